"""Exact search and measures at scale, beside sentence-transformers' InformationRetrievalEvaluator on the same vectors.

Random vectors stand for encoded texts, so that only the searching and the counting are timed. Each side runs in a
process of its own, in turn; peak memory is the process's own, vectors included.

Usage: python -m benchmarks.evaluation [--chunks 100000] [--questions 10000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time

import numpy as np
import torch

DIMENSIONS = 384
KS = (1, 5, 10)


def vectors(chunks: int, questions: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return unit vectors of questions and chunks; question i is near chunk i, so that there is something to find."""
    generator = torch.Generator().manual_seed(0)
    passages = torch.nn.functional.normalize(torch.randn(chunks, DIMENSIONS, generator=generator), dim=1)
    noise = torch.randn(questions, DIMENSIONS, generator=generator)
    asked = torch.nn.functional.normalize(passages[:questions] + 0.25 * noise, dim=1)
    return asked, passages


def ours(asked: torch.Tensor, passages: torch.Tensor) -> dict[str, float]:
    """Search and measure with this project."""
    from attune.search.measures import find_hits, means, per_question
    from attune.search.ranking import rank

    ids = [f"{number:08d}" for number in range(len(passages))]
    ranked = rank(lambda a, b: a @ b.T, asked, passages, ids, 100)
    return means(per_question(find_hits(ranked, ids, [[name] for name in ids[: len(asked)]]), KS))


def theirs(asked: torch.Tensor, passages: torch.Tensor) -> dict[str, float]:
    """Search and measure with sentence-transformers, whose model here looks its vectors up."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
    from sentence_transformers.util import dot_score

    class Lookup(SentenceTransformer):
        """A model whose texts are numbers of vectors."""

        def encode(self, sentences: list[str], **_: object) -> torch.Tensor:  # type: ignore[override]
            table = asked if sentences[0].startswith("q") else passages
            return table[torch.tensor([int(text[1:]) for text in sentences])]

        encode_query = encode_document = encode  # type: ignore[assignment]

    ids = [f"{number:08d}" for number in range(len(passages))]
    judge = InformationRetrievalEvaluator(
        {f"q{number:08d}": f"q{number}" for number in range(len(asked))},
        {name: f"c{number}" for number, name in enumerate(ids)},
        {f"q{number:08d}": {ids[number]} for number in range(len(asked))},
        accuracy_at_k=list(KS), precision_recall_at_k=list(KS), write_csv=False, score_functions={"dot": dot_score},
    )  # fmt: skip
    found = judge(Lookup(modules=[torch.nn.Identity()], device="cpu"))
    return {name.removeprefix("dot_").replace("accuracy", "hit_rate"): float(value) for name, value in found.items()}


def one(side: str, chunks: int, questions: int) -> None:
    """Run one side in this process; print seconds, peak MiB and two of the measures."""
    tables = vectors(chunks, questions)
    import sentence_transformers.sentence_transformer.evaluation  # noqa: F401  # not part of what is timed

    start = time.perf_counter()
    measures = (ours if side == "ours" else theirs)(*tables)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(seconds, peak, measures["ndcg@10"], measures["hit_rate@5"])


def main() -> None:
    """Run both sides in turn; print medians and the ratio with its spread."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=["ours", "theirs"], help="run one side once (used by this command itself)")
    arguments = parser.parse_args()
    if arguments.side:
        one(arguments.side, arguments.chunks, arguments.questions)
        return
    sizes = ["--chunks", str(arguments.chunks), "--questions", str(arguments.questions)]
    runs: dict[str, list[list[float]]] = {"ours": [], "theirs": []}
    for number in range(arguments.rounds):
        for side, found in runs.items():
            command = [sys.executable, "-m", "benchmarks.evaluation", "--side", side, *sizes]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found.append([float(value) for value in output.splitlines()[-1].split()])
            print(f"round {number + 1}, {side}: {found[-1][0]:.1f} s, {found[-1][1]:.0f} MiB", flush=True)
    for side, found in runs.items():
        seconds, peak, ndcg, hit = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{side:<7} {seconds:>8.1f} s {peak:>8.0f} MiB   nDCG@10 {ndcg:.9f}  hit rate@5 {hit:.9f}")
    ratios = [b[0] / a[0] for a, b in zip(runs["ours"], runs["theirs"], strict=True)]
    print(f"theirs takes {np.median(ratios):.1f} times as long ({min(ratios):.1f} to {max(ratios):.1f})")


if __name__ == "__main__":
    main()
