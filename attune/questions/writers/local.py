"""Questions from a language model in this process, without a key, a server or a network.

The default model has 135 million parameters, runs on a laptop's processor and, asked plainly, writes "What is the
purpose of this passage?" for most passages. Classifier-free guidance makes it look at the passage (`guidance.py`).
On a processor each thread writes a batch of its own: a token of one batch is too little work to share, and so no reply
depends on how many threads there are. docs/measurements.md has how much all this helps and costs.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import torch
from transformers import StoppingCriteriaList

from attune.core.params import RuntimeParams
from attune.core.progress import progress
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.params import LocalParams, local_settings
from attune.questions.writers.guidance import guided
from attune.questions.writers.local_model import load_language_model

WORKERS = 8  # at most: each needs some hundred MiB, and with more of them Python itself is what they wait for


class LocalWriter:
    """Writes replies greedily, in batches of prompts of similar length."""

    def __init__(self, model: str, params: LocalParams, runtime: RuntimeParams) -> None:
        self.settings: Mapping[str, Any] = local_settings(model, params)
        self._name, self._params, self._threads = model, params, runtime.threads

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Write all replies; see `Writer`. None fails or costs anything."""
        # not before there is something to write
        self._model, self._tokenizer = load_language_model(self._name, self._params)
        size = self._params.batch_size
        # longest first: little padding, and the time left is not underestimated
        ordered = sorted(requests, key=lambda request: (-len(request.prompt), request.key))
        batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        bar = progress(None, "writing questions", "chunk", total=len(requests))
        with bar, closing(self._write_all(batches)) as all_written:
            for batch, written in zip(batches, all_written, strict=True):
                for request, reply in zip(batch, written, strict=True):
                    replies.add(request, reply)
                bar.update(len(batch))
        return {}

    def _write_all(self, batches: Sequence[Sequence[Request]]) -> Generator[list[Reply], None, None]:
        """Yield the replies to each batch, in their order; what was begun when nobody wants more is not finished."""
        self._stop, self._tokenizing = threading.Event(), threading.Lock()
        on_processor = self._model.device.type == "cpu"
        workers = min(self._threads or torch.get_num_threads(), WORKERS) if on_processor else 1
        # set in a thread of Python, it is the number of threads that this one has of its own
        begin = partial(torch.set_num_threads, 1) if on_processor else None
        with ThreadPoolExecutor(workers, initializer=begin) as pool:
            try:
                yield from pool.map(self._generate, batches)
            finally:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _generate(self, batch: Sequence[Request]) -> list[Reply]:
        starts = [self._start(request) for request in batch]
        with self._tokenizing:  # tokenizers serve one thread at a time
            asked = [self._chat(request.prompt, start) for request, start in zip(batch, starts, strict=True)]
            prompts = self._encode(asked)
            blanks, rows = self._blanks(batch, starts)
            avoid = [self._tokenizer(word, add_special_tokens=False)["input_ids"] for word in self._params.avoid]
        scale, most = self._params.guidance, self._params.max_reply_tokens
        with torch.inference_mode():
            inputs = guided(self._model, prompts, blanks, rows, scale, most) if scale > 1 else prompts
            generated = self._model.generate(
                **inputs,
                max_new_tokens=most,
                do_sample=False,
                bad_words_ids=avoid or None,
                stopping_criteria=StoppingCriteriaList([self._stopped]),
            )
        written = generated[: len(batch), inputs["input_ids"].shape[1] :]
        with self._tokenizing:
            texts = self._tokenizer.batch_decode(written, skip_special_tokens=True)
        lengths = (written != self._tokenizer.pad_token_id).sum(dim=1).tolist()
        read = prompts["attention_mask"].sum(dim=1).tolist()
        return [
            Reply(start + text, "length" if length >= most else "stop", tokens, length)
            for start, text, length, tokens in zip(starts, texts, lengths, read, strict=True)
        ]

    def _blanks(self, batch: Sequence[Request], starts: Sequence[str]) -> tuple[Any, list[int]]:
        """Return the different prompts without passages, and which of them belongs to each request."""
        without = [
            self._chat(request.prompt_without_passage, start) for request, start in zip(batch, starts, strict=True)
        ]
        places = {text: place for place, text in enumerate(dict.fromkeys(without))}
        return self._encode(list(places)), [places[text] for text in without]

    def _stopped(self, ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        """Tell `generate` of each text, of shape (texts,), whether it is to end here."""
        return torch.full(ids.shape[:1], self._stop.is_set(), dtype=torch.bool, device=ids.device)

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
