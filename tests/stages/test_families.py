"""Base models of every family, from documents to the report; what is refused is refused by `chunk`, in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from attune.core.errors import UserError
from attune.core.files import write_jsonl
from attune.models.load import load_folder
from attune.training.saving.fingerprint import fingerprint
from stages import chunk, evaluate, finetune, report, split, synthesize_questions
from tests.conftest import set_params
from tests.support.chat_server import ChatServer
from tests.support.models import FAMILIES, make_model, make_router

STAGES = (chunk, synthesize_questions, split, finetune, evaluate, report)
SUBJECTS = "pump fan oven lamp door lock wheel mirror bottle carpet engine candle kettle anchor".split()


def write_documents(project: Path, **base: Any) -> None:
    documents = project / "data/documents"
    documents.mkdir(parents=True)
    for name in SUBJECTS:
        words = [[f"{name}{part}{end}" for end in ("ium", "ator", "ogen")] for part in ("inlet", "rotor", "gasket")]
        parts = [f"The {a} of the {name} holds the {b}. Oil the {c} before you turn it on." for a, b, c in words]
        (documents / f"{name}.md").write_text("\n\n".join([f"# The {name} manual", *parts]), encoding="utf-8")
    general = project / "general"
    write_jsonl(general / "corpus.jsonl", [{"_id": f"g{n}", "title": "", "text": f"fact {n}"} for n in range(4)])
    write_jsonl(general / "queries.jsonl", [{"_id": f"q{n}", "text": f"what is {n}?"} for n in range(4)])
    (general / "qrels").mkdir()
    rows = "".join(f"q{n}\tg{n}\t1\n" for n in range(4))
    (general / "qrels/test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}")
    set_params(
        project / "params.yaml",
        base_model={"max_tokens": None, **base},
        general={"set": str(general)},
        chunk={"max_tokens": 64, "overlap_tokens": 0},
        finetune={"epochs": 3, "batch_size": 6, "learning_rate": 3e-3},
        runtime={"workers": 1, "threads": 1, "max_retries": 0},
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*FAMILIES, "static", "bfloat16", "float16", "no window"])
def test_every_family_goes_through_all_stages(
    project: Path, chat_server: ChatServer, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dtype = getattr(torch, kind) if kind.endswith("16") else torch.float32
    family = {"no window": "t5", "bfloat16": "bert", "float16": "bert"}.get(kind, kind)
    name = make_model(project / "base", family, 10**30 if kind == "no window" else 128, dtype)
    write_documents(project, name=str(name))
    asking = {"provider": "openai", "model": "scripted", "base_url": chat_server.url}
    set_params(project / "params.yaml", synthesize_questions=asking)
    for stage in STAGES:
        stage.main()
    said = capsys.readouterr()
    assert "warning: only sentence-transformers 6" not in said.out
    assert Path("results/report.html").stat().st_size > 1000
    metrics = json.loads(finetune.METRICS.read_text())
    tuned = load_folder(finetune.MODEL)
    assert metrics["fingerprint"] == fingerprint(tuned)
    assert (metrics["fingerprint"] == metrics["base_fingerprint"]) == (metrics["weight"] == 0)
    assert {weights.dtype for weights in tuned.parameters()} == {dtype}
    losses = [float(line.split(",")[1]) for line in finetune.LOSS.read_text().splitlines()[1:]]
    assert len(losses) > 9 and sum(losses[-3:]) < sum(losses[:3])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "base", "expected"),
    [
        (make_router, {}, "is a Router"),
        (lambda folder: make_model(folder, "bert", similarity="dot"), {}, "compares vectors by 'dot'"),
        (lambda folder: make_model(folder, "static"), {"max_tokens": 512}, "set base_model.max_tokens to null"),
        (lambda folder: make_model(folder, "roberta", 10**30), {}, "the base model reads 129 tokens"),
        (lambda folder: make_model(folder, "mpnet", 10**30), {"max_tokens": 130}, "reads at most 128 tokens"),
        (lambda folder: "acme/tiny", {"revision": "main"}, "a branch or a tag"),
        (lambda folder: "acme/tiny", {"revision": "0" * 7}, "40 digits"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_a_document_is_read(
    project: Path, make: Any, base: dict[str, Any], expected: str
) -> None:
    name = make(project / "base")
    write_documents(project, name=str(name), **base)
    set_params(project / "params.yaml", chunk={"max_tokens": 130})
    with pytest.raises(UserError) as caught:
        chunk.main()
    assert expected in str(caught.value) and "\n" not in str(caught.value)
    assert not chunk.CORPUS.exists()
