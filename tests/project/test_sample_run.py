"""The embedded defaults, all of them, on a few of the sample documents (slow)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from attune.models.load import load_folder
from tests.conftest import ROOT

FEW = ("signal-CZT.html", "signal-check_COLA.pdf", "signal-ZoomFFT.md", "stats-dunnett.docx", "stats-entropy.txt")


@pytest.mark.slow
def test_defaults_need_no_key_and_no_hub(tmp_path: Path) -> None:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    for folder in ("prompts", "data/general", "data/human", "data/queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    environment = {name: value for name, value in os.environ.items() if "KEY" not in name}
    environment |= {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "ATTUNE_MODELS": str(tmp_path / "models-cache")}

    def run(module: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("scripts.sample_documents")
    documents = tmp_path / "data" / "documents"
    for path in documents.iterdir():
        if path.name not in FEW:
            path.unlink()
    assert len(list(documents.iterdir())) == len(FEW)
    for stage in ("chunk", "synthesize_questions", "split", "finetune", "evaluate", "report"):
        run(f"stages.{stage}")
    questions = json.loads((tmp_path / "results/synthesize_questions/metrics.json").read_text())
    # of so few chunks a word is seldom rare, so more questions are dropped than with all of the sample documents
    assert questions["questions_kept"] >= 0.2 * questions["questions_written"] > 0
    summary = run("scripts.summary")
    assert "hit_rate@5" in summary and "models/finetuned" in summary
    assert load_folder(tmp_path / "models" / "finetuned").encode(["x"]).shape == (1, 384)
