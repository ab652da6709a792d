"""Which base model: none is judged by what it was chosen by, and the lightest that nothing beats is recommended."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.beir import read_corpus, write_corpus, write_groups, write_qrels
from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.evaluation.results import BASE, FINETUNED, HYBRID, HYBRID_BASE
from attune.statistics.difference import compare
from attune.statistics.mean import Labels, Values
from scripts.bases import main, models, set_aside
from scripts.bases_table import JSON, Candidate, recommend, table
from stages import evaluate, finetune
from tests.conftest import set_params
from tests.scripts.test_curve import files
from tests.stages.test_finetune import write_project
from tests.support.models import make_model

LABELS: Labels = np.array([f"d{i // 5}" for i in range(100)])
RELEVANT = st.dictionaries(st.text("abcdef", min_size=1), st.lists(st.sampled_from("stuvwxyz"), min_size=1), min_size=2)


@given(RELEVANT, st.integers(1, 20))
def test_a_document_is_trained_on_or_chosen_by(relevant: dict[str, list[str]], size: int) -> None:
    document = {chunk: chunk.translate({ord("t"): "s", ord("v"): "u"}) for chunk in "stuvwxyz"}
    of = {question: document[chunks[0]] for question, chunks in relevant.items()}
    if len(set(of.values())) < 2:
        with pytest.raises(UserError, match="has questions about 1 documents; expected two or more"):
            set_aside(relevant, size, document)
        return
    train, aside = set_aside(relevant, size, document)
    assert {**train, **aside} == relevant and train and aside
    assert not {of[question] for question in train} & {of[question] for question in aside}


def candidate(name: str, size: int, values: Values) -> Candidate:
    systems = dict.fromkeys((BASE, HYBRID_BASE, FINETUNED, HYBRID), values)
    return Candidate(name, systems, size, 384, 1.0, 60.0, 0.5, 700.0, 1900.0)


def test_the_lightest_that_none_beats_beyond_chance_is_taken() -> None:
    chance = np.random.default_rng(0)
    middling = chance.uniform(0.2, 0.8, len(LABELS))
    noise = chance.normal(0, 0.1, len(LABELS))
    light = candidate("light", 10, middling)
    equal = candidate("equal", 100, np.clip(middling + noise - noise.mean() + 0.001, 0, 1))
    better = candidate("better", 1000, middling + 0.1 + 0.01 * np.sign(noise))
    said = recommend([equal, light], LABELS, "document")
    assert said.startswith("take light: tuned and beside BM25 -0.00")
    assert said.endswith("against equal; not sure: the difference could be chance, and it is the lightest")
    said = recommend([light, equal, better], LABELS, "document")
    assert said.startswith("take better: tuned and beside BM25 +0.0") and said.endswith("the best of the others")
    said = recommend([light, better, candidate("twin", 999, better.values[HYBRID])], LABELS, "document")
    assert said.startswith("take twin: ") and said.endswith("it is the lightest of those that none beats beyond chance")
    shown = table([light, better]).splitlines()
    assert shown[0].split()[-8:] == ["text", "MiB", "to", "ask", "training", "s", "MiB", "to", "train"][-8:]
    assert shown[1].split()[:2] == ["light", f"{middling.mean():.3f}"] and shown[2].split()[0] == "better"
    assert shown[1].split()[-3:] == ["700", "60", "1900"]


def test_few_documents_are_told_whatever_the_interval() -> None:
    values = np.linspace(0.1, 0.8, len(LABELS))
    models_of = [candidate("a", 10, values + 0.1), candidate("b", 100, values)]
    few = [f"d{i % 4}" for i in range(len(LABELS))]
    assert "Mind: the 100 dev questions are about 4 documents, which weigh like 4.0;" in recommend(
        models_of, few, "document"
    )
    assert "Mind" not in recommend(models_of, LABELS, "document")


@given(st.lists(st.floats(0, 1), min_size=2, max_size=5), st.integers(0, 99))
def test_no_model_beats_the_one_that_is_taken_and_lighter_ones_are_beaten(means: list[float], seed: int) -> None:
    chance = np.random.default_rng(seed)
    found = [
        candidate(f"m{place}", 10 + place, np.clip(mean + chance.normal(0, 0.2, len(LABELS)), 0, 1))
        for place, mean in enumerate(means)
    ]
    taken = recommend(found, LABELS, "document").split()[1].rstrip(":")

    def beaten(one: Candidate) -> bool:
        return any(compare(other.values[HYBRID], one.values[HYBRID], LABELS).low > 0 for other in found)

    assert next(one.name for one in found if not beaten(one)) == taken


def test_a_single_model_is_nothing_to_compare(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model)
    with pytest.raises(UserError, match="nothing to compare"):
        models([str(tiny_model)])
    with pytest.raises(UserError, match="no model 'nowhere'"):
        models(["nowhere"])


@pytest.mark.slow
def test_models_are_trained_and_asked_and_nothing_else_is_touched(
    project: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(project, tiny_model, count=24, epochs=1)
    chunks = [
        Chunk(chunk.id, "", chunk.text, chunk.metadata | {"document": f"d{i % 6}"})
        for i, chunk in enumerate(read_corpus(finetune.CORPUS))
    ]
    write_corpus(finetune.CORPUS, chunks)
    write_groups(finetune.GROUPS, chunks, range(len(chunks)))
    write_qrels(evaluate.TEST, [])
    set_params(project / "params.yaml", base_model={"max_tokens": None})
    (tmp_path / "other").mkdir()
    other = make_model(tmp_path / "other", "static")
    before = files(project)
    monkeypatch.setattr(sys, "argv", ["bases", str(other)])
    main()
    assert files(project) - before == {JSON}
    found = json.loads(JSON.read_text())
    assert found["questions"] == 4 and [row["name"] for row in found["models"]] == [tiny_model.name, "model"]
    for row in found["models"]:
        assert 50 < row["to_ask"] < 5000 and 50 < row["to_train"] < 5000
        assert set(row["values"]) == {BASE, HYBRID_BASE, FINETUNED, HYBRID} and row["size"] > 0 and row["seconds"] > 0
        for measured in row["values"].values():
            low, high = measured["interval"]
            assert low <= measured["ndcg@10"] <= high
    said = capsys.readouterr().out
    assert found["answer"] in said and "4 dev questions; " in said
