"""How long a run takes is told from what there is to do: more work is no less time, and the sample comes out right."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scripts.forecast import DEFAULT_BYTES, STAGES, Work, base_model_bytes, letters, seconds, to_run, told
from scripts.sample_documents import samples
from tests.conftest import ROOT
from tests.project.test_dvc_yaml import ORDER
from tests.support.pdf_files import pdf

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
NUMBERS = st.floats(0, 1e9)
WORKS = st.builds(Work, st.just(STAGES), NUMBERS, NUMBERS, NUMBERS, st.floats(16, 8192))


def total(work: Work, processors: int = 2, size: float = DEFAULT_BYTES) -> float:
    return sum(seconds(work, PARAMS, size, processors).values())


@given(WORKS, st.sampled_from(["letters", "chunks", "unasked", "tokens"]), st.floats(1, 100))
def test_more_work_takes_no_less_time_and_more_processors_no_more(work: Work, kind: str, times: float) -> None:
    assert total(replace(work, **{kind: getattr(work, kind) * times})) >= total(work)
    assert total(work, processors=8) <= total(work, processors=2)
    assert total(work, size=DEFAULT_BYTES * times) >= total(work)
    assert total(replace(work, stages=STAGES[3:])) <= total(work)


def test_training_questions_alone_is_done_sooner() -> None:
    work, alone = (
        Work(("finetune",), 0.0, 1000.0, 0.0, 200.0),
        PARAMS | {"finetune": PARAMS["finetune"] | {"side": "question"}},
    )
    assert seconds(work, alone, DEFAULT_BYTES, 2)["finetune"] < 0.5 * total(work)


def test_what_follows_a_changed_stage_runs_too() -> None:
    assert list(STAGES) == ORDER
    assert to_run({}) == ()
    assert to_run({"evaluate": [], "report": []}) == ("evaluate", "report")
    assert to_run({"finetune": ["changed deps"], "data/documents.dvc": []}) == STAGES[3:]


def test_the_sentence() -> None:
    assert told({}, 0.0) == "nothing has changed: this takes a moment"
    assert told({"chunk": 60.0, "finetune": 180.0}, 0.1) == "about 4 min (chunk 1, finetune 3)"
    assert told({"report": 2.0}, 0.0) == "about 1 min"
    assert told({"finetune": 180.0}, 3.0).startswith("about 12 min; 3.0 other programs")


def test_a_document_that_cannot_be_opened_is_no_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 and no more")
    assert letters(broken) < 10
    whole = tmp_path / "whole.pdf"
    whole.write_bytes(pdf(["one page"], ["another"]))
    assert letters(whole) == 5000


def test_the_default_model_is_as_large_as_the_costs_say() -> None:
    assert base_model_bytes(PARAMS["base_model"]["name"]) == pytest.approx(DEFAULT_BYTES, rel=0.02)
    assert base_model_bytes("organisation/model") == DEFAULT_BYTES


@pytest.mark.slow
def test_the_chunks_of_the_sample_are_foreseen(tmp_path: Path) -> None:
    for name, content in samples().items():
        (tmp_path / name).write_bytes(content)
    expected = sum(map(letters, tmp_path.iterdir())) / (PARAMS["chunk"]["max_tokens"] * 2.9)
    chunks = json.loads((ROOT / "results/chunk/metrics.json").read_text(encoding="utf-8"))["chunks"]
    assert 0.7 * chunks < expected < 1.4 * chunks
