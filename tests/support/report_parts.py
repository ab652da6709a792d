"""Parts of what a report is made of."""

from __future__ import annotations

import json
from typing import Any

from attune.evaluation.metrics_file import AnyMetricsPart
from attune.report.reading.inputs import ChunkCounts
from attune.report.reading.tables import Asked

CHUNKS = ChunkCounts(
    documents=28,
    unreadable_documents=0,
    pages=0,
    pages_without_text=0,
    chunks=324,
    duplicate_chunks_merged=0,
    characters=1000,
    characters_in_chunks=980,
    characters_left_out={"boilerplate": 20},
)


def found(hit: tuple[float, ...], ndcg: tuple[float, ...], word: str, **more: Any) -> dict[str, Any]:
    """A set of questions; `hit` and `ndcg` are base, fine-tuned, low, high."""

    def difference(values: tuple[float, ...]) -> dict[str, Any]:
        base, tuned, low, high = values
        return {"difference": tuned - base, "low": low, "high": high, "p": 0.0031, "detectable": 0.061}

    measures = {"hit_rate@5": hit, "ndcg@10": ndcg}
    against = {name: difference(values) for name, values in measures.items()}
    verdict = {"word": word, "measure": "ndcg@10", "clusters": 12, "effective_clusters": 11.5}
    verdict |= {"clustered_by": "document", "against": {"base": against}}
    tables = {system: {n: v[place] for n, v in measures.items()} for place, system in enumerate(("base", "finetuned"))}
    return {"questions": 800, "chunks": 324, "verdict": verdict, "systems": tables} | more


def read(part: type[AnyMetricsPart], raw: dict[str, Any]) -> AnyMetricsPart:
    """What a metrics file of this content is read as."""
    return part.model_validate_json(json.dumps(raw))


def asked(base: int | None, tuned: int | None, id: str = "q", chunk: str = "c1", first: str = "c2") -> Asked:
    ranks, firsts = {"base": base, "finetuned": tuned}, {"base": f"{first}-base", "finetuned": first}
    return Asked(id, f"question {id}", chunk, ranks, firsts)
