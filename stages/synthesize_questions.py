"""Ask a language model which questions each chunk answers, and keep the questions that are worth training on.

Reads data/beir/corpus.jsonl and the prompts; writes data/beir/queries.jsonl, data/replies.jsonl (kept between runs:
no reply is paid for twice) and results/synthesize_questions/metrics.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from stages.lib.beir import Chunk, Question, content_id, read_corpus, write_queries
from stages.lib.cleaning import Cleaned, Rules, clean
from stages.lib.errors import UserError, run
from stages.lib.files import write_json
from stages.lib.local_writer import LocalParams, LocalWriter
from stages.lib.openai_writer import OpenAIWriter
from stages.lib.params import RuntimeParams, Section, load_params
from stages.lib.questions import parse_questions
from stages.lib.replies import Replies, Reply
from stages.lib.requests import PromptFile, Request
from stages.lib.writers import Writer

CORPUS = Path("data/beir/corpus.jsonl")
PROMPTS = Path("prompts")
QUERIES = Path("data/beir/queries.jsonl")
REPLIES = Path("data/replies.jsonl")
METRICS = Path("results/synthesize_questions/metrics.json")


class SynthesizeQuestionsParams(Section):
    """The section `synthesize_questions` of params.yaml."""

    provider: Literal["local", "openai"]
    model: str = Field(min_length=1)
    base_url: str | None
    questions_per_chunk: int = Field(ge=1, le=20)
    max_passage_characters: int | None = Field(ge=100)
    max_reply_tokens: int = Field(ge=16)
    temperature: float | None = Field(ge=0, le=2)
    max_failed_fraction: float = Field(ge=0, le=1)
    min_words: int = Field(ge=1)
    max_words: int = Field(ge=1)
    rare_word_fraction: float = Field(ge=0, le=1)
    local: LocalParams


def make_writer(params: SynthesizeQuestionsParams, runtime: RuntimeParams) -> Writer:
    """Return the writer that `provider` names."""
    if params.provider == "local":
        return LocalWriter(params.model, params.max_reply_tokens, params.local, runtime)
    return OpenAIWriter(params.model, params.base_url, params.temperature, params.max_reply_tokens, runtime)


def make_requests(chunks: Sequence[Chunk], params: SynthesizeQuestionsParams, writer: Writer) -> list[Request]:
    """Return one request for each chunk."""
    prompt = PromptFile(PROMPTS / f"{params.provider}.txt")
    return [
        prompt.request(chunk, params.questions_per_chunk, params.max_passage_characters, writer.settings)
        for chunk in chunks
    ]


def ask(requests: Sequence[Request], writer: Writer, params: SynthesizeQuestionsParams) -> dict[str, Reply]:
    """Return chunk id -> reply, asking only for the replies that are not in `REPLIES` yet.

    Raises:
        UserError: nothing can be asked, or more than `max_failed_fraction` of the chunks stayed without a reply.
    """
    with Replies(REPLIES) as replies:
        missing = {request.key: request for request in requests if request.key not in replies}
        print(f"{len(requests) - len(missing)} of {len(requests)} replies are in {REPLIES}, {len(missing)} to ask for")
        failed = writer.write(list(missing.values()), replies) if missing else {}
        answered = {request.chunk_id: replies[request.key] for request in requests if request.key in replies}
    unanswered = len(requests) - len(answered)
    if unanswered:
        reasons = "; ".join(sorted(set(failed.values()))[:3])
        summary = f"{unanswered} of {len(requests)} chunks stayed without a reply ({reasons})"
        if unanswered > params.max_failed_fraction * len(requests):
            raise UserError(
                f"{summary}. Every reply so far is kept in {REPLIES}: mend the cause and run the same command again, "
                "or raise synthesize_questions.max_failed_fraction"
            )
        print(f"warning: {summary}; run the same command again to ask for them")
    return answered


def collect(chunks: Sequence[Chunk], answered: Mapping[str, Reply], most: int) -> list[tuple[str, str]]:
    """Return (chunk id, question) for the first `most` questions of each reply, in the order of the chunks."""
    return [
        (chunk.id, question)
        for chunk in chunks
        if chunk.id in answered
        for question in parse_questions(answered[chunk.id].text)[:most]
    ]


def metrics(answered: Mapping[str, Reply], chunks: int, written: int, cleaned: Cleaned) -> dict[str, Any]:
    """Count chunks, questions and tokens."""
    return {
        "chunks": chunks,
        "chunks_without_reply": chunks - len(answered),
        "chunks_with_questions": len({chunk for chunk, _ in cleaned.kept}),
        "prompt_tokens": sum(reply.prompt_tokens for reply in answered.values()),
        "completion_tokens": sum(reply.completion_tokens for reply in answered.values()),
        "questions_written": written,
        "questions_kept": len(cleaned.kept),
        "dropped": cleaned.dropped,
    }


def main() -> None:
    """Load, ask, clean, write."""
    params = load_params("synthesize_questions", SynthesizeQuestionsParams)
    runtime = load_params("runtime", RuntimeParams)
    chunks = read_corpus(CORPUS)
    writer = make_writer(params, runtime)
    answered = ask(make_requests(chunks, params, writer), writer, params)
    written = collect(chunks, answered, params.questions_per_chunk)
    cleaned = clean(written, chunks, Rules(params.min_words, params.max_words, params.rare_word_fraction))
    if not cleaned.kept:
        raise UserError(f"none of the {len(written)} questions is worth keeping: {cleaned.dropped}; try another model")
    write_queries(QUERIES, (Question(content_id(c, q), q, {"chunks": [c]}) for c, q in cleaned.kept))
    write_json(METRICS, metrics(answered, len(chunks), len(written), cleaned))
    print(f"wrote {QUERIES}: {len(cleaned.kept)} of {len(written)} questions kept")


if __name__ == "__main__":
    run(main)
