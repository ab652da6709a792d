"""Questions from a language model in this process, without a key, a server or a network.

The default model has 135 million parameters, runs on a laptop's processor and, asked plainly, writes "What is the
purpose of this passage?" for most passages. Classifier-free guidance makes it look at the passage (`guidance.py`).
docs/measurements.md has how much it helps and costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from attune.core.params import RuntimeParams
from attune.core.progress import progress
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.params import LocalParams, local_settings
from attune.questions.writers.guidance import guided
from attune.questions.writers.local_model import load_language_model


class LocalWriter:
    """Writes replies greedily, in batches of prompts of similar length."""

    def __init__(self, model: str, params: LocalParams, runtime: RuntimeParams) -> None:
        self.settings: Mapping[str, Any] = local_settings(model, params)
        self._name, self._params, self._threads = model, params, runtime.threads

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Write all replies; see `Writer`. None fails or costs anything."""
        if self._threads:
            torch.set_num_threads(self._threads)
        # not before there is something to write
        self._model, self._tokenizer = load_language_model(self._name, self._params)
        size = self._params.batch_size
        # longest first: little padding, and the time left is not underestimated
        ordered = sorted(range(len(requests)), key=lambda place: _longest_first(requests[place]))
        with progress(None, "writing questions", "chunk", total=len(requests)) as bar:
            for start in range(0, len(ordered), size):
                batch = [requests[place] for place in ordered[start : start + size]]
                for request, reply in zip(batch, self._generate(batch), strict=True):
                    replies.add(request, reply)
                bar.update(len(batch))
        return {}

    def _generate(self, batch: Sequence[Request]) -> list[Reply]:
        starts = [self._start(request) for request in batch]
        asked = [self._chat(request.prompt, start) for request, start in zip(batch, starts, strict=True)]
        prompts = self._encode(asked)
        avoid = [self._tokenizer(word, add_special_tokens=False)["input_ids"] for word in self._params.avoid]
        with torch.inference_mode():
            inputs = self._guided(prompts, batch, starts) if self._params.guidance > 1 else prompts
            generated = self._model.generate(
                **inputs,
                max_new_tokens=self._params.max_reply_tokens,
                do_sample=False,
                bad_words_ids=avoid or None,
            )
        written = generated[: len(batch), inputs["input_ids"].shape[1] :]
        texts = self._tokenizer.batch_decode(written, skip_special_tokens=True)
        lengths = (written != self._tokenizer.pad_token_id).sum(dim=1).tolist()
        read = prompts["attention_mask"].sum(dim=1).tolist()
        return [
            Reply(start + text, "length" if length >= self._params.max_reply_tokens else "stop", tokens, length)
            for start, text, length, tokens in zip(starts, texts, lengths, read, strict=True)
        ]

    def _guided(self, prompts: Any, batch: Sequence[Request], starts: Sequence[str]) -> dict[str, Any]:
        without = [
            self._chat(request.prompt_without_passage, start) for request, start in zip(batch, starts, strict=True)
        ]
        places = {text: place for place, text in enumerate(dict.fromkeys(without))}
        rows = [places[text] for text in without]
        return guided(self._model, prompts, self._encode(list(places)), rows, self._params.guidance)

    def _start(self, request: Request) -> str:
        """Return the words that the reply begins with: chosen by the request, so that kinds of questions mix."""
        return self._params.reply_starts[int(request.key, 16) % len(self._params.reply_starts)]

    def _chat(self, prompt: str, start: str) -> str:
        """Return a prompt as the model reads it, with the words that its reply begins with."""
        message = [{"role": "user", "content": prompt}]
        return str(self._tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)) + start

    def _encode(self, texts: list[str]) -> Any:
        encoded = self._tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        return encoded.to(self._model.device)


def _longest_first(request: Request) -> tuple[int, str]:
    return -len(request.prompt), request.key
