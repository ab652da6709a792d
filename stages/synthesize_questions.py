"""Ask a language model which questions each chunk answers, and keep the questions that are worth training on.

Reads data/beir/corpus.jsonl and the prompts; writes data/beir/queries.jsonl, data/replies.jsonl (kept between runs:
no reply is paid for twice) and results/synthesize_questions/metrics.json.
"""

from __future__ import annotations

from pathlib import Path

from attune.core.beir import write_queries
from attune.core.errors import run
from attune.core.files import write_json
from attune.core.params import RuntimeParams, load_params
from attune.core.records import Question, content_id
from attune.questions.asking.ask import ask, make_requests
from attune.questions.cleaning.counts import Counts
from attune.questions.cleaning.language import document_languages
from attune.questions.cleaning.select import select
from attune.questions.corpus import Corpus
from attune.questions.params import SynthesizeQuestionsParams
from attune.questions.writers import make_writer

CORPUS = Path("data/beir/corpus.jsonl")
PROMPTS = Path("prompts")
QUERIES = Path("data/beir/queries.jsonl")
REPLIES = Path("data/replies.jsonl")
METRICS = Path("results/synthesize_questions/metrics.json")


def main() -> None:
    """Load, ask, clean, write."""
    params = load_params("synthesize_questions", SynthesizeQuestionsParams)
    runtime = load_params("runtime", RuntimeParams)
    writer = make_writer(params, runtime)
    chunks = Corpus(CORPUS)
    languages = document_languages(chunks)
    requests, skipped = make_requests(chunks, languages, params, PROMPTS)
    answered, bill = ask(requests, writer, params, REPLIES)
    counts = Counts(params)
    kept = select(answered, chunks, languages, params, counts)
    write_queries(QUERIES, (Question(content_id(c, q), q, {"chunks": [c], "kind": kind}) for c, q, kind in kept))
    asked = {"chunks": len(chunks), "chunks_skipped": skipped, "chunks_without_reply": len(requests) - len(answered)}
    write_json(METRICS, asked | counts.counts(bill))
    print(f"wrote {QUERIES}: {counts.queries} queries for {len(requests)} chunks")
    dropped = [f"{count} {reason.replace('_', ' ')}" for reason, count in counts.reasons.items() if count]
    if dropped:
        print(f"left out of what was written: {', '.join(dropped)}")


if __name__ == "__main__":
    run(main)
