"""A question to a language model: which chunk it is about, its messages, and everything else that shapes the reply."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any

from stages.lib.beir import Chunk
from stages.lib.errors import UserError

TITLE_CHARACTERS = 200
PLACEHOLDERS = {"questions", "title", "passage"}


@dataclass(frozen=True)
class Request:
    """One prompt; two requests with the same key get the same reply and are paid for once."""

    chunk_id: str
    prompt: str
    prompt_without_passage: str
    settings: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """Hash of everything that shapes the reply: the prompt, the model and its settings; not the server."""
        content = json.dumps({"prompt": self.prompt, "settings": self.settings}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


class PromptFile:
    """A prompt with the placeholders $questions, $title and $passage (`$$` is a dollar sign)."""

    def __init__(self, path: Path) -> None:
        """Load a prompt.

        Raises:
            UserError: the file is missing, has an unknown placeholder, or has no $passage.
        """
        try:
            self._template = Template(path.read_text(encoding="utf-8").strip())
        except FileNotFoundError:
            raise UserError(f"{path} does not exist; `git checkout {path}` brings it back") from None
        names = set(self._template.get_identifiers()) if self._template.is_valid() else {"$"}
        if names - PLACEHOLDERS or "passage" not in names:
            raise UserError(
                f"{path}: expected $passage and, if you like, $questions and $title; found "
                f"{', '.join(sorted(names)) or 'none'} (write $$ for a dollar sign)"
            )

    def request(self, chunk: Chunk, questions: int, most: int | None, settings: Mapping[str, Any]) -> Request:
        """Return the request about a chunk; whatever stands in the chunk, it is text and never a placeholder.

        Args:
            chunk: what to ask about.
            questions: how many questions to write.
            most: characters of the chunk that are shown, cut at a word; None shows all.
            settings: what shapes the reply beside the prompt.
        """
        return Request(
            chunk.id,
            self._fill(questions, _shorten(chunk.metadata["title"], TITLE_CHARACTERS), _shorten(chunk.text, most)),
            self._fill(questions, "", ""),
            settings,
        )

    def _fill(self, questions: int, title: str, passage: str) -> str:
        return self._template.substitute(questions=questions, title=title, passage=passage)


def _shorten(text: str, most: int | None) -> str:
    """Join the words of a text by single spaces and cut it to at most `most` characters.

    A closing tag in the text would end the passage for the model, and what follows would read as instructions.
    """
    text = " ".join(text.split()).replace("</passage", "< /passage")
    if most is None or len(text) <= most:
        return text
    return text[: most + 1].rsplit(" ", 1)[0][:most]
