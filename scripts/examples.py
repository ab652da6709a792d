"""Print queries of your users, from data/queries, as examples of their style for synthesize_questions.examples.

They are not taken by the stage itself: other examples are another prompt, and every chunk would be asked about again
with each new log. Paste the lines into params.yaml when you want that; `make estimate` tells what it costs. What
data/human tests with, what looks personal and what is long is left out. Nothing is asked.

Usage: python -m scripts.examples [--count N]
"""

from __future__ import annotations

import argparse
import json
from hashlib import sha256
from itertools import pairwise

from attune.core.errors import UserError, run
from attune.core.params import load_params
from attune.parts.assign import SplitParams
from attune.people.queries.clean import kept_queries, personal
from attune.people.queries.read import read_log
from attune.people.queries.tested import human_texts, near
from attune.questions.cleaning.language import document_languages, foreign_to
from attune.questions.corpus import Corpus
from attune.text.words import words
from stages.split import HUMAN
from stages.synthesize_questions import CORPUS, TYPED

COUNT = 8  # more tell a model little, and are paid for with each chunk
LONGEST = 120  # characters


def choose(texts: list[str], count: int) -> list[str]:
    """Choose queries of different lengths: the lowest hash of each N-th part of them, sorted by their words.

    A hash is as good as a die, and falls the same way each time.
    """
    ordered = sorted(texts, key=lambda text: (len(words(text)), text))
    bounds = [len(ordered) * number // count for number in range(count + 1)]
    parts = [ordered[start:stop] for start, stop in pairwise(bounds) if start < stop]
    return [min(part, key=lambda text: sha256(text.encode()).digest()) for part in parts]


def main() -> None:
    """Read, choose, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, help="how many examples")
    count = max(1, parser.parse_args().count)
    similarity = load_params("split", SplitParams).near_duplicate_similarity
    chunks = Corpus(CORPUS)
    foreign = foreign_to(set(document_languages(chunks).values()), (chunk.passage for chunk in chunks))
    queries, _ = kept_queries(read_log(TYPED).rows, foreign)
    if not queries:
        raise UserError(f"{TYPED} holds no queries; {TYPED / 'README.md'} tells what it may hold")
    private = {query.text for query in personal(queries)}
    texts = [query.text for query in queries if query.text not in private and len(query.text) <= LONGEST]
    tested = near(texts, human_texts(HUMAN), similarity)
    free = [text for text, is_tested in zip(texts, tested, strict=True) if not is_tested]
    print(
        f"# {len(queries)} different queries; left out: {len(private)} that look personal, "
        f"{len(queries) - len(private) - len(texts)} long ones, {len(texts) - len(free)} that data/human tests with"
    )
    print(
        "# into the section synthesize_questions of params.yaml; every chunk is then asked about again (make estimate)"
    )
    print("  examples:")
    for text in choose(free, count):
        print(f"    - {json.dumps(text, ensure_ascii=False)}")


if __name__ == "__main__":
    run(main)
