"""The prompt that a language model gets about a chunk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from attune.core.errors import UserError
from attune.core.records import LEAD, Chunk
from attune.questions.asking.requests import Request

TITLE_CHARACTERS = 200
_END = re.compile(r"<\s*/\s*(passage)", re.IGNORECASE)
PLACEHOLDERS = {"questions", "full", "hurried", "keywords", "examples", "language", "title", "passage"}


class PromptFile:
    """A prompt with placeholders (`$$` is a dollar sign).

    $passage is the chunk's text, below the names of its columns where it is rows of a table; $title its document's
    title with the headings that it stands under, $language the code of its language; $questions is how many queries
    are wanted, $full, $hurried and $keywords how many of each kind; $examples are queries of the user's own,
    one a line.
    """

    def __init__(self, path: Path) -> None:
        """Load a prompt.

        Raises:
            UserError: the file is missing or not UTF-8, has an unknown placeholder, or has no $passage.
        """
        try:
            # editors put a byte order mark at the head, which nobody sees; with it, all would be asked again
            self._template = Template(path.read_text(encoding="utf-8").replace("\ufeff", "").strip())
        except FileNotFoundError:
            raise UserError(f"{path} does not exist; `git checkout {path}` brings it back") from None
        except UnicodeDecodeError as error:
            where = f"{error.reason} at byte {error.start}"
            raise UserError(f"{path} is not UTF-8 text ({where}); save it as UTF-8") from None
        names = set(self._template.get_identifiers()) if self._template.is_valid() else {"$"}
        if names - PLACEHOLDERS or "passage" not in names:
            others = ", ".join(f"${name}" for name in sorted(PLACEHOLDERS - {"passage"}))
            raise UserError(
                f"{path}: expected $passage and, if you like, {others}; found "
                f"{', '.join(sorted(names)) or 'none'} (write $$ for a dollar sign)"
            )

    def request(
        self, chunk: Chunk, wanted: Mapping[str, object], most: int | None, settings: Mapping[str, Any]
    ) -> Request:
        """Return the request about a chunk; whatever stands in the chunk, it is text and never a placeholder.

        Args:
            chunk: what to ask about.
            wanted: what the placeholders stand for, but $title and $passage.
            most: characters of the chunk that are shown, cut at a word; None shows all.
            settings: what shapes the reply beside the prompt.
        """
        # a quotation mark in a title would end it for the model, as a closing tag ends a passage
        title = LEAD.join(dict.fromkeys(filter(None, [chunk.document_title, *chunk.headings])))
        title = _shorten(title.replace('"', "'"), TITLE_CHARACTERS)
        # rows say nothing without the names of their columns
        passage = _shorten(f"{chunk.table_header} {chunk.text}", most)
        return Request(
            chunk.id,
            self._template.substitute(wanted, title=title, passage=passage),
            self._template.substitute(wanted, title="", passage=""),
            settings,
        )


def _shorten(text: str, most: int | None) -> str:
    """Join the words of a text by single spaces and cut it to at most `most` characters.

    A closing tag in the text would end the passage for the model, and what follows would read as instructions.
    """
    text = _END.sub(r"(/\1", " ".join(text.split()))
    if most is None or len(text) <= most:
        return text
    return text[: most + 1].rsplit(" ", 1)[0][:most]
