"""The picture in README is taken of a report: its head, small, in the colours of the scheme (slow, needs Chromium)."""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import picture
from stages import report
from tests.support.report_files import Run, write_run

pytestmark = pytest.mark.slow


@pytest.mark.skipif(not any(map(shutil.which, picture.NAMES)), reason="no Chromium on PATH")
def test_both_schemes_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.chdir(tmp_path):
        write_run(tmp_path, Run())
        report.main()
        monkeypatch.setattr(sys, "argv", ["picture", "--into", "pictures"])
        picture.main()
    shown = {}
    for scheme in picture.SCHEMES:
        path = tmp_path / f"pictures/report-{scheme}.png"
        assert path.stat().st_size < 150_000
        with Image.open(path) as image:
            assert image.width == picture.WIDTH and image.height > 300
            shown[scheme] = np.asarray(image.convert("L"))
    assert shown["light"].mean() > 200 and shown["dark"].mean() < 60
    assert shown["light"].std() > 5 and shown["dark"].std() > 5  # something is written there
