"""Ask a language model which questions each chunk answers, and keep the questions that are worth training on.

Reads data/beir/corpus.jsonl, the prompts and data/queries, which holds what people typed, if anything; writes
data/beir/queries.jsonl, data/replies.jsonl (kept between runs: no reply is paid for twice) and
results/synthesize_questions/metrics.json.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path

from attune.core.beir import write_queries
from attune.core.errors import run
from attune.core.files import write_json
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.core.records import Question, content_id
from attune.people.queries.answers import Rules
from attune.people.queries.guess import load_base
from attune.people.queries.questions import questions_of_people
from attune.people.queries.read import read_log
from attune.questions.asking.ask import ask, make_requests
from attune.questions.cleaning.counts import Counts
from attune.questions.cleaning.language import document_languages, foreign_to
from attune.questions.cleaning.select import select
from attune.questions.corpus import Corpus
from attune.questions.params import SynthesizeQuestionsParams
from attune.questions.writers import make_writer

CORPUS = Path("data/beir/corpus.jsonl")
PROMPTS = Path("prompts")
TYPED = Path("data/queries")
QUERIES = Path("data/beir/queries.jsonl")
REPLIES = Path("data/replies.jsonl")
METRICS = Path("results/synthesize_questions/metrics.json")


def main() -> None:
    """Load, ask, clean, write."""
    params = load_params("synthesize_questions", SynthesizeQuestionsParams)
    runtime, base = load_params("runtime", RuntimeParams), load_params("base_model", BaseModelParams)
    writer = make_writer(params, runtime)
    log, chunks = read_log(TYPED), Corpus(CORPUS)  # a mistake in a log is told before anything is paid for
    languages = document_languages(chunks)
    requests, skipped = make_requests(chunks, languages, params, PROMPTS)
    answered, bill = ask(requests, writer, params, REPLIES)
    counts = Counts(params)
    kept = select(answered, chunks, languages, params, counts)
    written = (Question(content_id(c, q), q, {"chunks": [c], "kind": kind}) for c, q, kind in kept)
    foreign = partial(foreign_to, set(languages.values()), (chunk.passage for chunk in chunks))
    rules, batch_size = Rules(**params.queries.model_dump()), runtime.encode_batch_size
    typed = questions_of_people(log, chunks, foreign, partial(load_base, base, runtime), rules, batch_size)
    write_queries(QUERIES, chain(written, typed.labelled))
    asked = {"chunks": len(chunks), "chunks_skipped": skipped, "chunks_without_reply": len(requests) - len(answered)}
    write_json(METRICS, asked | counts.counts(bill) | ({"people": typed.counts} if typed.counts else {}))
    print(f"wrote {QUERIES}: {counts.queries} queries for {len(requests)} chunks")
    dropped = [f"{count} {reason.replace('_', ' ')}" for reason, count in counts.reasons.items() if count]
    if dropped:
        print(f"left out of what was written: {', '.join(dropped)}")
    if typed.counts:
        told = {name: count for name, count in typed.counts.items() if isinstance(count, int)}
        print(f"{TYPED}: " + ", ".join(f"{count} {name}" for name, count in told.items()))


if __name__ == "__main__":
    run(main)
