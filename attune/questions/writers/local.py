"""Questions from a language model in this process, without a key, a server or a network.

The default model has 135 million parameters, runs on a laptop's processor and, asked plainly, writes "What is the
purpose of this passage?" for most passages. Classifier-free guidance makes it look at the passage (`guidance.py`).
docs/measurements.md has how much it helps and costs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch

from attune.core.params import RuntimeParams
from attune.core.progress import progress
from attune.engine.choice import engine_of
from attune.engine.jobs import Job, Lost
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.params import LocalParams, local_settings
from attune.questions.writers.guidance import guided
from attune.questions.writers.local_model import load_language_model

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class LocalWriter:
    """Writes replies greedily, in batches of prompts of similar length."""

    def __init__(self, model: str, params: LocalParams, runtime: RuntimeParams) -> None:
        self.settings: Mapping[str, Any] = local_settings(model, params)
        self._name, self._params, self._runtime = model, params, runtime

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Write all replies; see `Writer`. None costs anything, and none fails but where an engine loses a batch."""
        engine = engine_of(self._runtime)
        if self._runtime.threads:
            torch.set_num_threads(self._runtime.threads)
        # not before there is something to write
        job = _Writing(*load_language_model(self._name, self._params), self._params)
        size, failed = self._params.batch_size, dict[str, str]()
        # longest first: little padding, and the time left is not underestimated
        ordered = sorted(range(len(requests)), key=lambda place: _longest_first(requests[place]))
        places = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        batches: deque[list[Request]] = deque()  # under way

        def begun() -> Iterator[list[Request]]:
            for batch in places:
                batches.append([requests[place] for place in batch])
                yield batches[-1]

        with progress(None, "writing questions", "chunk", total=len(requests)) as bar:
            for written in engine.map(job, begun()):
                batch = batches.popleft()
                if isinstance(written, Lost):
                    failed |= {request.chunk_id: written.reason for request in batch}
                else:
                    for request, reply in zip(batch, written, strict=True):
                        replies.add(request, reply)
                bar.update(len(batch))
        return failed


class _Writing(Job[list[Request], list[Reply]]):
    """Writes the replies of a batch."""

    gpu = True

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerBase, params: LocalParams) -> None:
        self._model, self._tokenizer, self._params = model, tokenizer, params
        self.processors = torch.get_num_threads()

    def __getstate__(self) -> dict[str, Any]:
        on_processor = self._model.device.type == "cpu"
        return vars(self) | ({} if on_processor else {"_model": deepcopy(self._model).to("cpu")})

    def arrive(self) -> None:
        """Use as many threads as where the model comes from, for they decide on the last digits; or a GPU."""
        torch.set_num_threads(self.processors)
        self._model.to("cuda" if torch.cuda.is_available() else "cpu")

    def __call__(self, item: list[Request]) -> list[Reply]:
        """Return the reply to each request of a batch."""
        starts = [self._start(request) for request in item]
        asked = [self._chat(request.prompt, start) for request, start in zip(item, starts, strict=True)]
        prompts = self._encode(asked)
        avoid = [self._tokenizer(word, add_special_tokens=False)["input_ids"] for word in self._params.avoid]
        with torch.inference_mode():
            inputs = self._guided(prompts, item, starts) if self._params.guidance > 1 else prompts
            generated = self._model.generate(
                **inputs,
                max_new_tokens=self._params.max_reply_tokens,
                do_sample=False,
                bad_words_ids=avoid or None,
            )
        written = generated[: len(item), inputs["input_ids"].shape[1] :]
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
