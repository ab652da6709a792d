"""On two machines as on one: every result, in order, whatever dies, and no more of them than are asked for."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.engine.connection import connect
from attune.engine.jobs import Lost
from attune.engine.ray_engine import AHEAD, TRIES, capacity
from tests.support.ray_cluster import Deadly, Large, Machines, Squares

slow = pytest.mark.slow
MACHINES = st.lists(
    st.fixed_dictionaries({}, optional={"CPU": st.integers(0, 64).map(float), "GPU": st.integers(0, 8).map(float)})
)


@given(MACHINES, st.integers(1, 128), st.booleans())
def test_a_call_asks_for_no_more_than_some_machine_has(
    machines: list[dict[str, float]], processors: int, gpu: bool
) -> None:
    needs, slots = capacity(machines, processors, gpu)
    places = {"CPU": needs["num_cpus"], "GPU": needs["num_gpus"]}
    fits = [
        min(int(machine.get(name, 0) // number) for name, number in places.items() if number) for machine in machines
    ]
    assert slots == sum(fits)
    assert slots or not any(machine.get("CPU") for machine in machines)
    assert bool(needs["num_gpus"]) == (gpu and any(min(m.get("CPU", 0), m.get("GPU", 0)) for m in machines))
    assert 1 <= needs["num_cpus"] <= processors


def until_both_work(results: Iterator[tuple[int, str] | Lost]) -> list[int]:
    """Take results until both machines have made some: on a busy one a process takes long to start."""
    squares, seen = list[int](), set[str]()
    while len(seen) < 2:
        result = next(results)
        assert isinstance(result, tuple)
        squares.append(result[0])
        seen.add(result[1])
    return squares


@slow
def test_results_are_in_order_and_of_both_machines(two: Machines) -> None:
    results = connect().map(Squares(0.02), itertools.count())
    found = until_both_work(results) + [
        result[0] for result in itertools.islice(results, 50) if isinstance(result, tuple)
    ]
    assert found == [n * n for n in range(len(found))] and len(found) > 50


@slow
def test_nothing_to_do(two: Machines) -> None:
    assert list(connect().map(Squares(), [])) == []


@slow
def test_an_item_that_kills_its_process_costs_itself(
    two: Machines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "calls"
    items = ["a", "die", "b", "die once", "c"]
    a, die, *others = connect().map(Deadly(file), items)
    assert [a, *others] == ["A", "B", "DIE ONCE", "C"]
    assert isinstance(die, Lost)
    assert die.reason == f"ended its process {TRIES} times, perhaps out of memory (WorkerCrashedError)"
    assert file.read_text().splitlines().count("die") == TRIES
    said = capsys.readouterr().err
    assert said == f"warning: {TRIES} calls were begun again, for their process or machine was lost, 1 given up\n"


@slow
def test_a_mistake_of_the_user_is_told_in_its_own_words(two: Machines, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        list(connect().map(Deadly(tmp_path / "calls"), ["a", "refuse"]))
    assert str(error.value) == "refused; take another"


@slow
def test_a_fault_of_this_program_is_raised(two: Machines, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        list(connect().map(Deadly(tmp_path / "calls"), ["a", "fail"]))


@slow
def test_no_more_is_made_than_is_taken(two: Machines, tmp_path: Path) -> None:
    """100 results are five times the memory for objects."""
    taken = 0
    items = itertools.count()
    results = connect().map(Large(tmp_path), items)
    for number, result in zip(range(100), results, strict=False):
        assert isinstance(result, bytes) and result[0] == number and len(result) == 4 * 2**20
        taken += 1
        assert len(list(tmp_path.iterdir())) <= taken + 2 * AHEAD
    results.close()
    time.sleep(1)
    made = len(list(tmp_path.iterdir()))
    time.sleep(1)
    assert len(list(tmp_path.iterdir())) == made <= taken + 2 * AHEAD
    assert next(items) <= taken + 2 * AHEAD + 1


@slow
def test_a_machine_that_dies_costs_nothing(two: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    two.complete()
    results = connect().map(Squares(0.3), itertools.count())
    found = until_both_work(results)
    death = threading.Thread(target=two.kill)
    death.start()  # it takes a while, in which work must not run out
    for result in results:
        assert isinstance(result, tuple)
        found.append(result[0])
        if len(found) % 20 == 0 and not death.is_alive():
            break
    assert found == [n * n for n in range(len(found))]
    death.join()
    results.close()
    said = capsys.readouterr().err
    assert "begun again, for their process or machine was lost\n" in said and said.count("\n") == 1
    two.complete()
    until_both_work(connect().map(Squares(0.1), itertools.count()))
