"""Carry requests and replies by file, for whoever runs them elsewhere: `vllm run-batch`, or a page of the server's.

Usage: python -m scripts.batch export FILE    writes the requests that have no reply yet
       python -m scripts.batch import FILE    adds the replies in what came of them to data/replies.jsonl
"""

from __future__ import annotations

import sys
from pathlib import Path

from attune.core.errors import UserError, run
from attune.core.files import atomic_file, read_jsonl
from attune.core.params import load_params
from attune.questions.asking.ask import make_requests
from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Request
from attune.questions.cleaning.language import document_languages
from attune.questions.corpus import Corpus
from attune.questions.params import SynthesizeQuestionsParams
from attune.questions.writers.batch_file import request_line, result_of, shorten
from stages.synthesize_questions import CORPUS, PROMPTS, REPLIES


def export(path: Path, params: SynthesizeQuestionsParams, requests: dict[str, Request]) -> None:
    """Write the requests that have no reply yet."""
    answered = Replies.read(REPLIES)
    missing = [request for key, request in requests.items() if key not in answered]
    if not missing:
        print(f"all {len(requests)} requests are answered in {REPLIES}; wrote nothing")
        return
    with atomic_file(path) as file:
        file.writelines(request_line(request, params.settings, params.base_url) for request in missing)
    print(f"wrote {path}: {len(missing)} requests to {params.model}")


def bring_in(path: Path, requests: dict[str, Request]) -> None:
    """Add the replies in a file of results to those that are kept.

    Raises:
        UserError: the file is missing, a line of it is no result, or none of it was of use.
    """
    if not path.exists():
        raise UserError(f"{path} does not exist; expected what `vllm run-batch -o` or the Batch API wrote")
    added, known, unknown, problems = 0, 0, 0, []
    with Replies(REPLIES) as replies:
        for number, row in enumerate(read_jsonl(path), start=1):
            try:
                result = result_of(row)
            except ValueError as error:
                raise UserError(
                    f"{path}:{number}: not a result of a batch ({error}); the {added} replies before it are kept"
                ) from None
            if result.key not in requests:
                unknown += 1
            elif result.key in replies:
                known += 1
            elif result.reply is None:
                problems.append(result.problem)
            else:
                replies.add(requests[result.key], result.reply)
                added += 1
    counts = f"{added} added, {known} were there already, {unknown} unknown, {len(problems)} failed"
    reasons = f" ({shorten(problems)})" if problems else ""
    print(f"{path} -> {REPLIES}: {counts}{reasons}")
    if unknown:
        print("unknown are those of other chunks, another prompt, or another model, temperature or max_reply_tokens")
    if not added and not known:
        raise UserError(f"{path}: no reply in it is to a request of this project as it stands now: {counts}{reasons}")


def main() -> None:
    """Load, carry."""
    match sys.argv[1:]:
        case [("export" | "import") as command, name]:
            path = Path(name)
        case _:
            raise UserError("expected `python -m scripts.batch export FILE` or `python -m scripts.batch import FILE`")
    params = load_params("synthesize_questions", SynthesizeQuestionsParams)
    if params.provider != "openai":
        raise UserError(
            f"synthesize_questions.provider is '{params.provider}'; files carry the requests of provider openai"
        )
    chunks = Corpus(CORPUS)
    asked, _ = make_requests(chunks, document_languages(chunks), params, PROMPTS)
    requests = {request.key: request for request in asked}
    if command == "export":
        export(path, params, requests)
    else:
        bring_in(path, requests)


if __name__ == "__main__":
    run(main)
