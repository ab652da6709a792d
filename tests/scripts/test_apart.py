"""What a process took is its own, and one that is ended from outside is told in a line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from attune.core.errors import UserError
from scripts.apart import apart
from tests.conftest import ROOT

HOLD = """
import resource, sys
from scripts.apart import apart, peak_mib
def hold(mib):
    held = b"x" * (mib * 2**20)
    return peak_mib(resource.RUSAGE_SELF), len(held)
if __name__ == "__main__":
    print(*(round(apart(hold, mib)[0]) for mib in (600, 0, 300)))
"""


@pytest.mark.slow
def test_a_process_that_is_ended_is_told_in_a_line() -> None:
    with pytest.raises(UserError, match="was ended from outside, most often since memory ran out"):
        apart(os._exit, 9)


@pytest.mark.slow
def test_the_memory_of_one_model_is_not_that_of_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "hold.py").write_text(HOLD)
    said = subprocess.run(
        [sys.executable, "hold.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    first, second, third = map(int, said.split())
    assert 550 < first - second < 650 and 270 < third - second < 330
