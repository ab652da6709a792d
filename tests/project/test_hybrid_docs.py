"""What docs/hybrid.md tells people to write is valid, has the weight of the knob, and does what evaluate measures."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.search.fusion import RRF_K, fuse
from tests.conftest import ROOT

TEXT = (ROOT / "docs/hybrid.md").read_text(encoding="utf-8")
KNOBS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["evaluate"]["hybrid"]
WEIGHT = KNOBS["dense_weight"]


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return [str(block) for block in found]


def every(value: Any, key: str) -> Iterator[Any]:
    """What stands under a key, wherever it is."""
    if isinstance(value, dict):
        yield from ([value[key]] if key in value else [])
        for inner in value.values():
            yield from every(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from every(inner, key)


def test_every_block_is_valid_and_none_is_in_another_language() -> None:
    assert len(blocks("json")) + len(blocks("python")) == len(re.findall(r"^```\w+$", TEXT, re.MULTILINE))
    for block in blocks("python"):
        ast.parse(block)
    for block in blocks("json"):
        json.loads(block)


def test_bodies_have_the_weight_of_the_knob_on_the_side_of_the_vectors() -> None:
    elastic, pipeline, search, qdrant = map(json.loads, blocks("json"))
    lexical, dense = elastic["retriever"]["linear"]["retrievers"]
    assert "standard" in lexical["retriever"] and "knn" in dense["retriever"]
    assert [lexical["weight"], dense["weight"]] == [round(1 - WEIGHT, 9), WEIGHT]
    assert [list(query) for (queries,) in [list(every(search, "queries"))] for query in queries] == [["match"], ["knn"]]
    assert list(every(pipeline, "weights")) == [[round(1 - WEIGHT, 9), WEIGHT]]
    assert qdrant["query"]["rrf"]["k"] == RRF_K + 1  # it counts ranks from 0


def test_calls_have_the_weight_of_the_knob() -> None:
    weaviate, lancedb, _ = (ast.parse(block) for block in blocks("python"))
    for tree, name in ((weaviate, "alpha"), (lancedb, "weight")):
        (found,) = (node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == name)
        assert isinstance(found, ast.Constant) and found.value == WEIGHT


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40))
def test_the_function_ranks_all_chunks_as_evaluate_does(seed: int, count: int) -> None:
    names: dict[str, Any] = {}
    exec(blocks("python")[-1], names)  # the text of our own page
    random = np.random.default_rng(seed)
    dense = random.normal(0.2, 0.3, count)
    lexical = np.maximum(random.normal(0, 5, count), 0)
    lexical[random.integers(count)] = 0.0  # as nearly always, some chunk shares no word with the question
    ids = [f"c{number:02d}" for number in range(count)]
    matches = {id: score for id, score in zip(ids, lexical.tolist(), strict=True) if score}
    (line,) = fuse([dense], [lexical], [WEIGHT], "score")
    by_score = sorted(range(count), key=lambda place: (-line[place], ids[place]))
    found = names["fuse"](dict(zip(ids, dense.tolist(), strict=True)), matches)
    score = dict(zip(ids, line, strict=True))
    np.testing.assert_allclose([score[id] for id in found], [line[place] for place in by_score], atol=1e-12)
