"""The local question writer: seconds a chunk, and how many questions worth training on come of them.

Compares numbers of chunks written about at a time, number formats, lengths of replies and of what is shown of a chunk,
on chunks taken evenly from data/beir/corpus.jsonl, in rounds in which the variants take turns.

Usage: python -m benchmarks.writer [--chunks 48] [--rounds 2] [--variants NAME ...]
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from attune.core.errors import run
from attune.core.params import RuntimeParams, load_params
from attune.questions.asking.ask import make_requests, plan
from attune.questions.asking.replies import Replies
from attune.questions.asking.writer import Limits
from attune.questions.cleaning.counts import Counts
from attune.questions.cleaning.language import document_languages
from attune.questions.cleaning.select import select
from attune.questions.corpus import Corpus
from attune.questions.params import SynthesizeQuestionsParams
from attune.questions.writers.local import LocalWriter
from stages.synthesize_questions import CORPUS, PROMPTS

AS_IT_IS = "as in params.yaml"
VARIANTS: dict[str, dict[str, Any]] = {
    AS_IT_IS: {},
    "8 at a time": {"batch_size": 8},
    "16 at a time": {"batch_size": 16},
    "32 at a time": {"batch_size": 32},
    "48 at a time": {"batch_size": 48},
    "float32": {"dtype": "float32"},
    "replies of 48 tokens": {"max_reply_tokens": 48},
    "replies of 96 tokens": {"max_reply_tokens": 96},
    "no guidance": {"guidance": 1.0},
    "800 characters shown": {"max_passage_characters": 800},
}


def varied(params: SynthesizeQuestionsParams, changes: dict[str, Any]) -> SynthesizeQuestionsParams:
    """Return the section with some knobs of it, or of its table `local`, set."""
    own = {name: value for name, value in changes.items() if name in SynthesizeQuestionsParams.model_fields}
    local = params.local.model_copy(update={name: value for name, value in changes.items() if name not in own})
    return params.model_copy(update={**own, "provider": "local", "local": local})


def main() -> None:
    """Write with each variant, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS), choices=list(VARIANTS))
    arguments = parser.parse_args()
    params = load_params("synthesize_questions", SynthesizeQuestionsParams)
    runtime, corpus = load_params("runtime", RuntimeParams), Corpus(CORPUS)
    languages = document_languages(corpus)
    step = max(1, len(corpus) // arguments.chunks)
    chunks = corpus[::step][: arguments.chunks]
    took: dict[str, list[float]] = defaultdict(list)
    kept: dict[str, int] = {}
    for number in range(arguments.rounds):
        for name in random.Random(number).sample(arguments.variants, len(arguments.variants)):
            knobs = varied(params, VARIANTS[name])
            requests, _ = make_requests(chunks, languages, knobs, PROMPTS)
            with tempfile.TemporaryDirectory() as folder, Replies(Path(folder) / "replies.jsonl") as replies:
                missing, budget = plan(requests, replies, knobs)
                writer = LocalWriter(knobs.model, knobs.local, runtime)
                start = time.perf_counter()
                writer.write(missing, replies, Limits(0, budget))
                took[name].append((time.perf_counter() - start) / len(requests))
                answered = [(request.chunk_id, replies[request.key]) for request in requests]
            # the rules know rare words from the whole corpus
            unheaded = knobs.model_copy(update={"headings": False})
            chosen = select(answered, corpus, languages, unheaded, Counts(unheaded))
            kept[name] = sum(1 for _ in chosen)
    print(f"{'':<22} {'seconds a chunk':>24} {'kept':>6} {'kept in a second':>17}")
    for name, seconds in took.items():
        middle = statistics.median(seconds)
        spread = f"{middle:.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
        print(f"{name:<22} {spread:>24} {kept[name]:>6} {kept[name] / len(requests) / middle:>17.2f}")


if __name__ == "__main__":
    run(main)
