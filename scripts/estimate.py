"""Print what the next `dvc repro` would ask the language model for, and what that costs; ask nothing.

Usage: python -m scripts.estimate
"""

from __future__ import annotations

from attune.core.errors import run
from attune.core.params import load_params
from attune.questions.asking.ask import make_requests, plan
from attune.questions.asking.replies import Replies
from attune.questions.cleaning.language import document_languages
from attune.questions.corpus import Corpus
from attune.questions.params import SynthesizeQuestionsParams
from stages.synthesize_questions import CORPUS, PROMPTS, REPLIES


def main() -> None:
    """Load, print."""
    params = load_params("synthesize_questions", SynthesizeQuestionsParams)
    chunks = Corpus(CORPUS)
    requests, skipped = make_requests(chunks, document_languages(chunks), params, PROMPTS)
    if any(skipped.values()):
        print(f"{sum(skipped.values())} of {len(chunks)} chunks are not worth asking about: {skipped}")
    plan(requests, Replies.read(REPLIES), params)


if __name__ == "__main__":
    run(main)
