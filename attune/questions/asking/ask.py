"""Which chunks are to be asked about, what that will cost, and the asking itself."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.questions.asking.budget import Budget
from attune.questions.asking.costs import Bill, Meter
from attune.questions.asking.prompt import PromptFile
from attune.questions.asking.replies import Answers, Replies, Reply
from attune.questions.asking.requests import Request, Requests
from attune.questions.asking.under_way import UnderWay
from attune.questions.asking.worth import worth_asking
from attune.questions.asking.writer import Limits, Writer
from attune.questions.params import SynthesizeQuestionsParams
from attune.servers.prices import precise


def make_requests(
    chunks: Sequence[Chunk], languages: Mapping[str, str], params: SynthesizeQuestionsParams, prompts: Path
) -> tuple[Requests, dict[str, int]]:
    """Return a request for each chunk that is worth one, and how many of the others there are for each reason.

    Args:
        chunks: all chunks.
        languages: those of the documents, where they are known.
        params: of the stage.
        prompts: the folder with a prompt for each provider.

    Raises:
        UserError: there is no such chunk, or the prompt is missing or malformed.
    """
    prompt, settings = PromptFile(prompts / f"{params.provider}.txt"), params.settings
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
        language = languages.get(chunk.document, "whichever it is")
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


def ask(requests: Requests, writer: Writer, params: SynthesizeQuestionsParams, path: Path) -> tuple[Answers, Bill]:
    """Return the replies and what they have cost, asking only for those that are not in the file yet.

    Raises:
        UserError: nothing can be asked, the budget is used up, or more than `max_failed_fraction` of the chunks
            stayed without a reply.
    """
    check_budget(params)
    most_failures = int(params.max_failed_fraction * len(requests))
    with Replies(path) as replies:
        missing, budget = plan(requests, replies, params)
        try:
            failed = writer.write(missing, replies, Limits(most_failures, budget)) if missing else {}
        finally:
            if budget.bought.replies:
                print(budget.summary(), flush=True)
    answered, bill = Answers(requests, replies), Bill(params.price, params.max_reply_tokens)
    for tokens, reply in in_use(requests, replies):
        bill.add(reply, tokens)
    if bill.untold and params.provider == "openai":
        print(
            f"warning: {bill.untold} of {bill.replies} replies do not tell how many tokens they took; "
            "each counts as what it may have cost at most"
        )
    unanswered = len(requests) - len(answered)
    if unanswered:
        reasons = "; ".join(sorted(set(failed.values()))[:3])
        summary = f"{unanswered} of {len(requests)} chunks stayed without a reply ({reasons})"
        if unanswered > most_failures:
            raise UserError(
                f"{summary}. Every reply so far is kept in {path}: mend the cause and run the same command again, "
                "or raise synthesize_questions.max_failed_fraction"
            )
        print(f"warning: {summary}; run the same command again to ask for them")
    return answered, bill


def in_use(requests: Requests, replies: Replies) -> Iterator[tuple[float, Reply]]:
    """Yield the tokens of each prompt that has a reply, by `tokens_in`, and the reply; each was paid for once."""
    keys, tokens = requests.outline.keys, requests.outline.tokens
    for number in keys.first_numbers():
        if keys[number] in replies:
            yield tokens[number], replies[keys[number]]


def plan(requests: Requests, replies: Replies, params: SynthesizeQuestionsParams) -> tuple[Requests, Budget]:
    """Say what is to be asked and what it will cost, before anything is asked.

    Returns:
        The requests without a reply, and what may be spent on them.
    """
    keys, tokens = requests.outline.keys, requests.outline.tokens
    missing = {key: number for number, key in enumerate(keys) if key not in replies}
    bill, batch = Bill(params.price, params.max_reply_tokens), params.mode == "batch"

    def answered() -> Iterator[tuple[float, Reply]]:
        for read, reply in in_use(requests, replies):
            bill.add(reply, read)
            yield read, reply

    # where nothing is missing, nobody asks what it would cost
    known = answered() if missing else ()
    meter = Meter(known, params.questions_per_chunk, params.max_reply_tokens, params.price, batch)
    places = array("q", (requests.places[number] for number in missing.values()))
    print(f"{len(requests)} chunks, {len(requests) - len(missing)} of them answered in {replies.path}")
    if missing:
        how = ", at half price" if batch else ""
        prompts = [tokens[number] for number in missing.values()]
        most = meter.most(prompts).dollars
        limit = f"; at most {precise(most)}, if each reply takes max_reply_tokens" if most else ""
        asked = f"{len(missing)} replies are missing, from {params.model}{how}"
        print(f"{asked}: {meter.estimate(prompts)}{limit}", flush=True)
        if params.provider == "openai" and (submitted := UnderWay().count(missing.keys())):
            rest = (
                "they are not asked again" if batch else "mode: batch waits for them, mode: live asks, and pays, again"
            )
            print(f"{submitted} of them were submitted in a batch by an earlier run: {rest}", flush=True)
    return Requests(requests.chunks, places, requests.make), Budget(params.max_cost_usd, bill, meter)
