"""How often is the chunk right that is guessed where people's clicks tell the document alone?

FOLDER holds data/beir/corpus.jsonl and data/human with quotes or pages, such as a project after the stage `chunk`. Each
question is asked of the chunks of each document that answers it and has more than one; the guess is right where it is
one of those that the judgement names. Beside the fusion with several weights stand the first chunk and chance.

Usage: python -m benchmarks.guess FOLDER
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from attune.core.beir import read_corpus
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.people.human.questions import read_human
from attune.people.queries.guess import Open, choose, encode, load_base
from scripts.pipeline import CORPUS, ROOT

WEIGHTS = (0.0, 0.3, 0.5, 0.7, 0.9, 1.0)


def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    chunks = read_corpus(folder / CORPUS)
    human = read_human(folder / "data/human", chunks)
    number = {chunk.id: place for place, chunk in enumerate(chunks)}
    of_document: defaultdict[str, set[int]] = defaultdict(set)
    for place, chunk in enumerate(chunks):
        of_document[chunk.document].add(place)
    opens, right = [], []
    for text, ids in zip(human.texts, human.relevant, strict=True):
        answers = {number[chunk] for chunk in ids}
        for document in sorted({chunks[place].document for place in answers}):
            if len(candidates := of_document[document]) > len(answers & candidates):
                opens.append(Open(text, frozenset(candidates)))
                right.append(answers & candidates)
    base = load_params("base_model", BaseModelParams, ROOT / "params.yaml")
    runtime = load_params("runtime", RuntimeParams, ROOT / "params.yaml")
    model = load_base(base, runtime)
    sizes = [len(each.chunks) for each in opens]
    print(f"{len(opens)} pairs of a question and a document, of {np.median(sizes):.0f} chunks in the middle")
    chance = np.array([len(known) / size for known, size in zip(right, sizes, strict=True)])
    print(f"by chance {chance.mean():.3f}")
    print(
        f"the first chunk {np.mean([min(each.chunks) in known for each, known in zip(opens, right, strict=True)]):.3f}"
    )
    encoded = encode(opens, chunks, model, runtime.encode_batch_size)
    for weight in WEIGHTS:
        found = choose(opens, chunks, encoded, weight)
        hits = np.array([place in known for place, known in zip(found, right, strict=True)])
        print(f"weight {weight:.1f} of the model: {hits.mean():.3f}", flush=True)


if __name__ == "__main__":
    main()
