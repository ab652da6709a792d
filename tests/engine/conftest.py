"""Two machines for all tests of a file that need them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.ray_cluster import Machines, machines


@pytest.fixture(scope="module")
def two() -> Iterator[Machines]:
    pytest.importorskip("ray", reason="no ray: pip install -r requirements-ray.txt")
    with machines() as found:
        yield found
