"""Whatever a server does: one line or success, nothing lost, nothing paid twice, and the same questions in the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attune.questions.asking.replies import Replies
from stages.synthesize_questions import QUERIES, REPLIES
from tests.conftest import set_params
from tests.project.test_faults import start, write_project
from tests.support.random_server import HANG, RandomServer
from tests.support.stage_process import begin, end

CHUNKS = 30
PATIENCE = 0.8 * HANG


def run_stage(folder: Path, as_people_do: bool = False) -> tuple[int | None, str]:
    """Run the stage in a process of its own, and return its exit code and what it said."""
    if as_people_do:
        started = start(folder)
        said, _ = started.communicate(timeout=300)
        return started.returncode, said
    return end(begin(folder), folder)


def ends_well(folder: Path, url: str, allowed: float, retries: int, as_people_do: bool) -> None:
    """Run the stage to its end, which is success or one line, and look at what it kept."""
    set_params(
        folder / "params.yaml",
        synthesize_questions={"base_url": url, "max_failed_fraction": allowed},
        runtime={"max_retries": retries, "request_timeout_seconds": PATIENCE, "concurrency": 8},
    )
    code, said = run_stage(folder, as_people_do)
    assert "Traceback" not in said
    assert code == (1 if said.strip().splitlines()[-1].startswith("error: ") else 0), said
    if (folder / REPLIES).exists():
        rows = [json.loads(line) for line in (folder / REPLIES).read_text(encoding="utf-8").splitlines()]
        assert [row["key"] for row in rows] == list(Replies.read(folder / REPLIES))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("undisturbed")
    with RandomServer(seed=0, rate=0.0) as server:
        write_project(folder, server.url, CHUNKS)
        assert run_stage(folder)[0] == 0
    return (folder / QUERIES).read_bytes()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 15))])
def test_whatever_a_server_does_nothing_is_lost_or_paid_twice(seed: int, tmp_path: Path, undisturbed: bytes) -> None:
    as_people_do = seed % 13 == 12
    with RandomServer(seed) as odd, RandomServer(seed, rate=0.0) as honest:
        write_project(tmp_path, odd.url, CHUNKS)
        for again in range(1 + seed % 2):
            ends_well(tmp_path, odd.url, (0.0, 0.3, 1.0)[(seed + again) % 3], seed % 3, as_people_do)
        kept = set(Replies.read(tmp_path / REPLIES)) if (tmp_path / REPLIES).exists() else set()
        assert len(kept) == len(odd.delivered)
        ends_well(tmp_path, honest.url, 0.0, 2, as_people_do)
        assert set(odd.delivered.values()) | set(honest.delivered.values()) == {1}
        assert not odd.delivered.keys() & honest.delivered.keys()
    assert (tmp_path / QUERIES).read_bytes() == undisturbed
