"""The adapter of a model of this process and of a server: asked for the same way as in evaluate, nothing paid twice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from attune.core.beir import read_qrels, write_qrels
from attune.core.errors import UserError
from attune.evaluation.others.adapters import file_name
from scripts.adapter import ADAPTERS, find, main
from stages import evaluate, finetune
from tests.conftest import set_params
from tests.stages.test_finetune import write_project
from tests.support.embedding_server import EmbeddingServer


def write_data(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, count=24)
    pairs = [(question, chunk) for question, ids in read_qrels(finetune.TRAIN).items() for chunk in ids]
    write_qrels(evaluate.TEST, pairs[:12])
    write_qrels(finetune.TRAIN, pairs[12:])


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["adapter", *arguments])
    main()


def test_the_base_model_is_adapted_and_judged(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_data(project, tiny_model)
    call(monkeypatch)
    said = capsys.readouterr().out
    assert f"{tiny_model}: ndcg@10 of 12 test questions without and with the adapter" in said
    assert all(f"\n{what} " in said for what in ("alone", "beside BM25", "general"))
    path = ADAPTERS / file_name(str(tiny_model))
    assert path.exists() == (f"wrote {path}" in said) != ("nothing was written" in said)


def test_an_unknown_model_and_missing_questions_are_told(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_data(project, tiny_model)
    with pytest.raises(UserError, match=r"evaluate\.others has no model 'nowhere'; expected one of: "):
        find("nowhere")
    write_qrels(finetune.DEV, [])
    with pytest.raises(UserError, match=r"dev\.tsv has no questions"):
        call(monkeypatch)


def test_a_server_is_asked_for_each_text_once(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_data(project, tiny_model)
    with EmbeddingServer() as server:
        other = {"provider": "openai", "name": "m", "base_url": server.url, "dimensions": None, "price": None}
        set_params(project / "params.yaml", evaluate={"others": [other]})
        call(monkeypatch, "m")
        assert "m: ndcg@10 of 12 test questions without and with the adapter" in capsys.readouterr().out
        # chunks and questions, general ones too
        assert len(server.answered) == 24 + 48 + 2 * 308 and set(server.answered.values()) == {1}
        call(monkeypatch, "m")
        assert set(server.answered.values()) == {1}
