"""The engine is the one that the knob names, and what names none runs in this process."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.core.params import load_params
from attune.engine import choice, connection
from attune.engine.choice import Here, engine_in_use, engine_of, use_engine
from attune.engine.jobs import Job
from tests.conftest import ROOT
from tests.support.asking import runtime


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = engine_in_use()
    yield
    choice._in_use = before


def test_this_process_unless_told_otherwise() -> None:
    assert isinstance(engine_in_use(), Here)
    assert isinstance(engine_of(runtime(engine="local")), Here)
    use_engine(runtime(engine="local"))
    assert isinstance(engine_in_use(), Here)


def test_ray_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(connection.ADDRESS, "http://nowhere")
    told = "RAY_ADDRESS is http://nowhere" if find_spec("ray") else "pip install -r requirements-ray.txt"
    with pytest.raises(UserError, match=told):
        use_engine(runtime(engine="ray"))
    assert isinstance(engine_in_use(), Here)


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="'local' or 'ray'"):
        runtime(engine="spark")
    assert load_params("runtime", type(runtime()), ROOT / "params.yaml").engine == "local"


class Halves(Job[int, float]):
    """Halves of numbers; a number too large is a fault."""

    def __call__(self, item: int) -> float:
        if item > 10**6:
            raise OverflowError(item)
        return item / 2


@given(st.lists(st.integers(-(10**6), 10**6)))
def test_result_i_is_that_of_item_i(items: list[int]) -> None:
    assert list(Here().map(Halves(), items)) == [item / 2 for item in items]


def test_items_are_taken_as_results_are() -> None:
    items = itertools.count()
    results = Here().map(Halves(), items)
    assert [next(results) for _ in range(3)] == [0, 0.5, 1]
    assert next(items) == 3


def test_what_the_job_raises_is_raised() -> None:
    with pytest.raises(OverflowError):
        list(Here().map(Halves(), [1, 10**7]))
