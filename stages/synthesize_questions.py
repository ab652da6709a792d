"""Ask a language model which questions each chunk answers, and keep the questions that are worth training on.

Reads data/beir/corpus.jsonl and the prompts; writes data/beir/queries.jsonl, data/replies.jsonl (kept between runs:
no reply is paid for twice) and results/synthesize_questions/metrics.json.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from stages.lib.batch_record import Record
from stages.lib.batch_writer import BatchWriter
from stages.lib.beir import Chunk, Question, content_id, read_corpus, write_queries
from stages.lib.chat_body import chat_settings
from stages.lib.cleaning import Rules, clean
from stages.lib.costs import Budget, Meter, price_of, spent
from stages.lib.errors import UserError, run
from stages.lib.files import write_json
from stages.lib.headings import KINDS as HEADINGS
from stages.lib.headings import find_headings
from stages.lib.kinds import KINDS, Kinds, Query, in_kinds, queries_in
from stages.lib.language import document_languages, english_by_mistake
from stages.lib.local_params import LocalParams, local_settings
from stages.lib.openai_writer import OpenAIWriter
from stages.lib.params import RuntimeParams, Section, load_params
from stages.lib.prices import Price
from stages.lib.questions import parse_questions
from stages.lib.replies import Replies, Reply
from stages.lib.requests import PromptFile, Request, Requests
from stages.lib.words import words
from stages.lib.worth import worth_asking
from stages.lib.writers import Limits, Writer

CORPUS = Path("data/beir/corpus.jsonl")
PROMPTS = Path("prompts")
QUERIES = Path("data/beir/queries.jsonl")
REPLIES = Path("data/replies.jsonl")
METRICS = Path("results/synthesize_questions/metrics.json")


class SynthesizeQuestionsParams(Section):
    """The section `synthesize_questions` of params.yaml."""

    provider: Literal["local", "openai"]
    mode: Literal["live", "batch"]
    model: str = Field(min_length=1)
    base_url: str | None = Field(min_length=1)
    questions_per_chunk: int = Field(ge=1, le=20)
    kinds: Kinds
    headings: bool
    examples: list[str]
    min_passage_words: int = Field(ge=0)
    max_passage_characters: int | None = Field(ge=100)
    max_reply_tokens: int = Field(ge=16)
    temperature: float | None = Field(ge=0, le=2)
    max_failed_fraction: float = Field(ge=0, le=1)
    max_cost_usd: float | None = Field(ge=0)
    prices: dict[str, Price]
    min_words: int = Field(ge=1)
    max_words: int = Field(ge=1)
    rare_word_fraction: float = Field(ge=0, le=1)
    max_similarity: float = Field(gt=0, le=1)
    local: LocalParams

    @field_validator("mode")
    @classmethod
    def _only_servers_have_batches(cls, mode: str, others: ValidationInfo) -> str:
        if mode == "batch" and others.data.get("provider") == "local":
            raise PydanticCustomError(
                "mode",
                "a model in this process has no batches; set it to live, or synthesize_questions.provider to openai",
            )
        return mode

    @property
    def price(self) -> Price | None:
        """What the model costs; None where `prices` does not say."""
        return price_of(self.model, self.prices, free=self.provider == "local")

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that shapes a reply beside the prompt; known without a key and without loading a model."""
        if self.provider == "local":
            return local_settings(self.model, self.local)
        return chat_settings(self.model, self.temperature, self.max_reply_tokens)


def make_writer(params: SynthesizeQuestionsParams, runtime: RuntimeParams) -> Writer:
    """Return the writer that `provider` and `mode` name."""
    if params.provider == "local":
        from stages.lib.local_writer import LocalWriter

        return LocalWriter(params.model, params.local, runtime)
    writer = BatchWriter if params.mode == "batch" else OpenAIWriter
    return writer(params.model, params.base_url, params.temperature, params.max_reply_tokens, runtime)


def make_requests(
    chunks: Sequence[Chunk], languages: Mapping[str, str], params: SynthesizeQuestionsParams
) -> tuple[Requests, dict[str, int]]:
    """Return a request for each chunk that is worth one, and how many of the others there are for each reason.

    Args:
        chunks: all chunks.
        languages: those of the documents, where they are known.
        params: of the stage.

    Raises:
        UserError: there is no such chunk, or the prompt is missing or malformed.
    """
    prompt, settings = PromptFile(PROMPTS / f"{params.provider}.txt"), params.settings
    worth, skipped = worth_asking(chunks, params.min_passage_words)
    if not worth:
        raise UserError(
            f"none of the {len(chunks)} chunks is worth asking about: {skipped}; "
            "lower synthesize_questions.min_passage_words, or add documents with more text"
        )
    wanted: dict[str, object] = {
        "questions": params.questions_per_chunk,
        **{str(kind): count for kind, count in params.kinds.counts(params.questions_per_chunk).items()},
        "examples": "\n".join(f"- {' '.join(example.split())}" for example in params.examples) or "(none are known)",
    }

    def about(chunk: Chunk) -> Request:
        language = languages.get(chunk.metadata["document"], "whichever it is")
        return prompt.request(chunk, wanted | {"language": language}, params.max_passage_characters, settings)

    return Requests(worth, about), skipped


def check_budget(params: SynthesizeQuestionsParams) -> None:
    """Refuse a budget that cannot be kept.

    Raises:
        UserError: there is a budget, but no price for the model.
    """
    if params.max_cost_usd is not None and params.price is None:
        raise UserError(
            f"synthesize_questions.max_cost_usd is set, but synthesize_questions.prices has no price for "
            f"'{params.model}'; add it, in US dollars for a million tokens, or set max_cost_usd to null"
        )


def ask(requests: Requests, writer: Writer, params: SynthesizeQuestionsParams) -> dict[str, Reply]:
    """Return chunk id -> reply, asking only for the replies that are not in `REPLIES` yet.

    Raises:
        UserError: nothing can be asked, the budget is used up, or more than `max_failed_fraction` of the chunks
            stayed without a reply.
    """
    check_budget(params)
    most_failures = int(params.max_failed_fraction * len(requests))
    with Replies(REPLIES) as replies:
        missing, meter = plan(requests, replies, params)
        already = spent((replies[key] for key in set(requests.keys) if key in replies), params.price)
        budget = Budget(params.max_cost_usd, already or 0, meter)
        failed = writer.write(missing, replies, Limits(most_failures, budget)) if missing else {}
        places = zip(requests.chunks, requests.keys, strict=True)
        answered = {chunk.id: replies[key] for chunk, key in places if key in replies}
    unanswered = len(requests) - len(answered)
    if unanswered:
        reasons = "; ".join(sorted(set(failed.values()))[:3])
        summary = f"{unanswered} of {len(requests)} chunks stayed without a reply ({reasons})"
        if unanswered > most_failures:
            raise UserError(
                f"{summary}. Every reply so far is kept in {REPLIES}: mend the cause and run the same command again, "
                "or raise synthesize_questions.max_failed_fraction"
            )
        print(f"warning: {summary}; run the same command again to ask for them")
    return answered


def plan(requests: Requests, replies: Mapping[str, Reply], params: SynthesizeQuestionsParams) -> tuple[Requests, Meter]:
    """Say what is to be asked and what it will cost, before anything is asked; return the missing requests."""
    missing = {key: chunk for key, chunk in zip(requests.keys, requests.chunks, strict=True) if key not in replies}
    answered = ((request, replies[key]) for key, request in zip(requests.keys, requests, strict=True) if key in replies)
    batch = params.mode == "batch"
    meter = Meter(answered, params.questions_per_chunk, params.max_reply_tokens, params.price, batch)
    unanswered = Requests(list(missing.values()), requests.make)
    print(f"{len(requests)} chunks, {len(requests) - len(missing)} of them answered in {REPLIES}")
    if missing:
        how = ", at half price" if batch else ""
        print(f"{len(missing)} to ask {params.model} for{how}: {meter.estimate(unanswered)}", flush=True)
        if params.provider == "openai" and (submitted := Record().count(missing.keys())):
            rest = (
                "they are not asked again" if batch else "mode: batch waits for them, mode: live asks, and pays, again"
            )
            print(f"{submitted} of them were submitted in a batch by an earlier run: {rest}", flush=True)
    return unanswered, meter


def select(
    answered: Mapping[str, Reply],
    chunks: Sequence[Chunk],
    languages: Mapping[str, str],
    params: SynthesizeQuestionsParams,
) -> tuple[list[Query], dict[str, int]]:
    """Return the queries worth training on, and how many of those in the replies were dropped for each reason."""
    rules = Rules(params.min_words, params.max_words, params.rare_word_fraction, params.max_similarity)
    replies = {chunk.id: answered[chunk.id].text for chunk in chunks if chunk.id in answered}
    written = queries_in(replies, params.questions_per_chunk)
    cleaned = clean(written, chunks, rules, english_by_mistake(chunks, languages))
    if not cleaned.kept:
        raise UserError(f"none of the {len(written)} questions is worth keeping: {cleaned.dropped}; try another model")
    # a server's model is asked for the kinds, the local one writes full questions whatever it is asked for
    queries = in_kinds(cleaned.kept, chunks, params.kinds) if params.provider == "local" else cleaned.kept
    if params.headings:
        said = {tuple(words(query.text)) for query in queries}
        headings = clean((Query(*heading) for heading in find_headings(chunks)), chunks, rules).kept
        queries += [heading for heading in headings if tuple(words(heading.text)) not in said]
    return queries, cleaned.dropped


def metrics(
    answered: Mapping[str, Reply], queries: Sequence[Query], params: SynthesizeQuestionsParams
) -> dict[str, Any]:
    """Count replies, queries, tokens and dollars: of all replies in use, whenever they were paid for."""
    replies, kinds = list(answered.values()), Counter(query.kind for query in queries)
    found = [len(parse_questions(reply.text)) for reply in replies]
    counts = {
        "chunks_with_questions": len({query.chunk_id for query in queries}),
        "replies_cut_off": sum(reply.finish_reason == "length" for reply in replies),
        "replies_refused": sum(reply.finish_reason in ("refusal", "content_filter") for reply in replies),
        "replies_without_questions": found.count(0),
        "replies_with_too_few": sum(0 < count < params.questions_per_chunk for count in found),
        "replies_with_too_many": sum(count > params.questions_per_chunk for count in found),
        "prompt_tokens": sum(reply.prompt_tokens for reply in replies),
        "completion_tokens": sum(reply.completion_tokens for reply in replies),
        "questions_written": sum(min(count, params.questions_per_chunk) for count in found),
        "questions_kept": sum(kinds[kind] for kind in KINDS),
        "kinds": {kind: kinds[kind] for kind in (*KINDS, *HEADINGS)},
    }
    cost = spent(replies, params.price)
    return counts if cost is None else counts | {"cost_usd": cost}


def main() -> None:
    """Load, ask, clean, write."""
    params = load_params("synthesize_questions", SynthesizeQuestionsParams)
    runtime = load_params("runtime", RuntimeParams)
    writer = make_writer(params, runtime)
    chunks = read_corpus(CORPUS)
    languages = document_languages(chunks)
    requests, skipped = make_requests(chunks, languages, params)
    answered = ask(requests, writer, params)
    queries, dropped = select(answered, chunks, languages, params)
    write_queries(QUERIES, (Question(content_id(c, q), q, {"chunks": [c], "kind": kind}) for c, q, kind in queries))
    counts = {"chunks": len(chunks), "chunks_skipped": skipped, "chunks_without_reply": len(requests) - len(answered)}
    write_json(METRICS, counts | metrics(answered, queries, params) | {"dropped": dropped})
    print(f"wrote {QUERIES}: {len(queries)} queries for {len(requests)} chunks")


if __name__ == "__main__":
    run(main)
