"""Ask a language model which questions each chunk answers, and keep the questions that are worth training on.

Reads data/beir/corpus.jsonl and the prompts; writes data/beir/queries.jsonl, data/replies.jsonl (kept between runs:
no reply is paid for twice) and results/synthesize_questions/metrics.json.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from attune.core.beir import Chunk, Question, content_id, write_queries
from attune.core.errors import UserError, run
from attune.core.files import write_json
from attune.core.params import RuntimeParams, Section, load_params
from attune.questions.asking.answers import Answers
from attune.questions.asking.costs import Budget, Meter, price_of, spent
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import PromptFile, Request, Requests
from attune.questions.asking.under_way import Record
from attune.questions.asking.worth import worth_asking
from attune.questions.asking.writer import Limits, Writer
from attune.questions.cleaning.cleaner import REASONS, Cleaner, Rules
from attune.questions.cleaning.counts import QueryCounts, count_replies
from attune.questions.cleaning.headings import find_headings
from attune.questions.cleaning.kinds import Kinds, Query, in_kinds, queries_in
from attune.questions.cleaning.language import document_languages, english_by_mistake
from attune.questions.corpus import Corpus, finder
from attune.questions.fingerprints import Fingerprints
from attune.questions.params import LocalParams, local_settings
from attune.questions.writers.batch import BatchWriter
from attune.questions.writers.chat import chat_settings
from attune.questions.writers.live import OpenAIWriter
from attune.servers.prices import Price
from attune.text.words import words

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
        from attune.questions.writers.local import LocalWriter

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

    return Requests(chunks, worth, about), skipped


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


def ask(requests: Requests, writer: Writer, params: SynthesizeQuestionsParams) -> Answers:
    """Return the replies, asking only for those that are not in `REPLIES` yet.

    Raises:
        UserError: nothing can be asked, the budget is used up, or more than `max_failed_fraction` of the chunks
            stayed without a reply.
    """
    check_budget(params)
    most_failures = int(params.max_failed_fraction * len(requests))
    with Replies(REPLIES) as replies:
        missing, meter = plan(requests, replies, params)
        already = spent((replies[key] for key in requests.keys.distinct() if key in replies), params.price)
        budget = Budget(params.max_cost_usd, already or 0, meter)
        failed = writer.write(missing, replies, Limits(most_failures, budget)) if missing else {}
    answered = Answers(requests, replies)
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
    missing = {key: place for key, place in zip(requests.keys, requests.places, strict=True) if key not in replies}
    answered = ((request, replies[key]) for key, request in zip(requests.keys, requests, strict=True) if key in replies)
    batch = params.mode == "batch"
    meter = Meter(answered, params.questions_per_chunk, params.max_reply_tokens, params.price, batch)
    unanswered = Requests(requests.chunks, array("q", missing.values()), requests.make)
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
    answered: Iterable[tuple[str, Reply]],
    chunks: Sequence[Chunk],
    languages: Mapping[str, str],
    params: SynthesizeQuestionsParams,
    dropped: Counter[str],
) -> Iterator[Query]:
    """Yield the queries worth training on.

    Args:
        answered: chunk id and reply, in the order of the chunks; gone through twice.
        chunks: all chunks.
        languages: those of the documents, where they are known.
        params: of the stage.
        dropped: reason -> how many of the queries in the replies were dropped for it, counted up on the way.

    Raises:
        UserError: there is none.
    """
    find = finder(chunks)
    rules = Rules(params.min_words, params.max_words, params.rare_word_fraction, params.max_similarity)
    cleaner = Cleaner(chunks, find, rules)

    def written() -> Iterator[Query]:
        return queries_in(((chunk, reply.text) for chunk, reply in answered), params.questions_per_chunk)

    kept = cleaner.clean(written, dropped, english_by_mistake(find, languages))
    if params.provider == "local":
        # a server's model is asked for the kinds, the local one writes full questions whatever it is asked for
        kept = iter(in_kinds(list(kept), chunks, params.kinds))
    said = Fingerprints()
    for query in kept:
        said.add(" ".join(words(query.text)))
        yield query
    if not said:
        counts = {reason: dropped[reason] for reason in REASONS}
        raise UserError(f"none of the {dropped.total()} questions is worth keeping: {counts}; try another model")
    if params.headings:
        headings = cleaner.clean(lambda: (Query(*heading) for heading in find_headings(chunks)), Counter())
        yield from (heading for heading in headings if " ".join(words(heading.text)) not in said)


def metrics(answered: Answers, queries: QueryCounts, params: SynthesizeQuestionsParams) -> dict[str, Any]:
    """Count replies, queries, tokens and dollars."""
    cost = spent((reply for _, reply in answered), params.price)
    return {
        "chunks_with_questions": queries.chunks,
        **count_replies((reply for _, reply in answered), params.questions_per_chunk),
        "questions_kept": queries.questions,
        "kinds": queries.kinds,
        **({} if cost is None else {"cost_usd": cost}),
    }


def main() -> None:
    """Load, ask, clean, write."""
    params = load_params("synthesize_questions", SynthesizeQuestionsParams)
    runtime = load_params("runtime", RuntimeParams)
    writer = make_writer(params, runtime)
    chunks = Corpus(CORPUS)
    languages = document_languages(chunks)
    requests, skipped = make_requests(chunks, languages, params)
    answered = ask(requests, writer, params)
    dropped, queries = Counter[str](), QueryCounts()
    kept = queries.counted(select(answered, chunks, languages, params, dropped))
    write_queries(QUERIES, (Question(content_id(c, q), q, {"chunks": [c], "kind": kind}) for c, q, kind in kept))
    counts = {"chunks": len(chunks), "chunks_skipped": skipped, "chunks_without_reply": len(requests) - len(answered)}
    reasons = {reason: dropped[reason] for reason in REASONS}
    write_json(METRICS, counts | metrics(answered, queries, params) | {"dropped": reasons})
    print(f"wrote {QUERIES}: {sum(queries.kinds.values())} queries for {len(requests)} chunks")


if __name__ == "__main__":
    run(main)
