"""Questions from a language model in this process, without a key, a server or a network.

The default model has 135 million parameters, runs on a laptop's processor and, asked plainly, writes "What is the
purpose of this passage?" for most passages. Classifier-free guidance makes it look at the passage (`guidance.py`).
On a processor each thread writes a batch of its own: a token of one batch is too little work to share, and so no reply
depends on how many threads there are. docs/measurements.md has how much all this helps and costs.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from transformers import StoppingCriteriaList

from attune.core.params import RuntimeParams
from attune.core.progress import progress
from attune.engine.choice import Here, engine_of
from attune.engine.jobs import Job, Lost
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.params import LocalParams, local_settings
from attune.questions.writers.guidance import guided
from attune.questions.writers.local_model import load_language_model

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

AHEAD = 4  # batches for each thread, written or waiting
WORKERS = 8  # at most: each needs some hundred MiB, and with more of them Python itself is what they wait for


class LocalWriter:
    """Writes replies greedily, in batches of prompts of similar length."""

    def __init__(self, model: str, params: LocalParams, runtime: RuntimeParams) -> None:
        self.settings: Mapping[str, Any] = local_settings(model, params)
        self._name, self._params, self._runtime = model, params, runtime

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Write all replies; see `Writer`. None costs anything, and none fails but where an engine loses a batch."""
        engine = engine_of(self._runtime)
        # not before there is something to write
        job = _Writing(*load_language_model(self._name, self._params), self._params)
        size, failed = self._params.batch_size, dict[str, str]()
        # longest first: little padding, and the time left is not underestimated; each is made again when its turn comes
        ordered = sorted(range(len(requests)), key=lambda place: _longest_first(requests[place]))
        under_way: deque[list[Request]] = deque()

        def batches() -> Iterator[list[Request]]:
            for start in range(0, len(ordered), size):
                under_way.append([requests[place] for place in ordered[start : start + size]])
                yield under_way[-1]

        threads = self._runtime.threads or torch.get_num_threads()
        written = _in_threads(job, batches(), threads) if isinstance(engine, Here) else engine.map(job, batches())
        with progress(None, "writing questions", "chunk", total=len(requests)) as bar, closing(written):
            for found in written:
                batch = under_way.popleft()
                if isinstance(found, Lost):
                    failed |= {request.chunk_id: found.reason for request in batch}
                else:
                    for request, reply in zip(batch, found, strict=True):
                        replies.add(request, reply)
                bar.update(len(batch))
        return failed


class _Writing(Job[list[Request], list[Reply]]):
    """Writes the replies of a batch, with one thread on a processor."""

    gpu = True

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerBase, params: LocalParams) -> None:
        self._model, self._tokenizer, self._params = model, tokenizer, params
        self.stop, self._tokenizing = threading.Event(), threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        model = self._model if self.on_processor else deepcopy(self._model).to("cpu")
        return _Writing, (model, self._tokenizer, self._params)

    def arrive(self) -> None:
        """Use one thread, as everywhere, or a GPU."""
        torch.set_num_threads(1)
        self._model.to("cuda" if torch.cuda.is_available() else "cpu")

    @property
    def on_processor(self) -> bool:
        """Whether there is no GPU."""
        return bool(self._model.device.type == "cpu")

    def __call__(self, item: list[Request]) -> list[Reply]:
        """Return the reply to each request of a batch."""
        starts = [self._start(request) for request in item]
        with self._tokenizing:  # tokenizers serve one thread at a time
            asked = [self._chat(request.prompt, start) for request, start in zip(item, starts, strict=True)]
            prompts = self._encode(asked)
            blanks, rows = self._blanks(item, starts)
            avoid = [self._tokenizer(word, add_special_tokens=False)["input_ids"] for word in self._params.avoid]
        scale, most = self._params.guidance, self._params.max_reply_tokens
        with torch.inference_mode():
            inputs = guided(self._model, prompts, blanks, rows, scale, most) if scale > 1 else prompts
            generated = self._model.generate(
                **inputs,
                max_new_tokens=most,
                do_sample=False,
                bad_words_ids=avoid or None,
                stopping_criteria=StoppingCriteriaList([self._is_over]),
            )
        written = generated[: len(item), inputs["input_ids"].shape[1] :]
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

    def _is_over(self, ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        """Tell `generate` of each text, of shape (texts,), whether it is to end here."""
        return torch.full(ids.shape[:1], self.stop.is_set(), dtype=torch.bool, device=ids.device)

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


def _in_threads(
    job: _Writing, batches: Iterable[list[Request]], threads: int
) -> Generator[list[Reply] | Lost, None, None]:
    """Yield the replies to each batch, in their order; what was begun when nobody wants more is not finished."""
    workers = min(threads, WORKERS) if job.on_processor else 1
    # set in a thread of Python, it is the number of threads that this one has of its own
    begin = partial(torch.set_num_threads, 1) if job.on_processor else None
    running: deque[Future[list[Reply]]] = deque()
    with ThreadPoolExecutor(workers, initializer=begin) as pool:
        try:
            for batch in batches:
                running.append(pool.submit(job, batch))
                if len(running) > AHEAD * workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            job.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _longest_first(request: Request) -> tuple[int, str]:
    return -len(request.prompt), request.key
