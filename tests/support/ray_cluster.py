"""A Ray cluster of two machines on this one, and jobs that go wrong there in every way."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from attune.core.errors import UserError
from attune.engine.jobs import Job
from tests.conftest import ROOT

# read when Ray is imported. Nice 15, as its processes are otherwise, is nothing at all on a busy machine
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
MEMORY = 80 * 2**20  # for objects, on each machine


def patiently(start: Callable[[], Any]) -> Any:
    """Start a machine, again where this one is so busy that 30 s, which Ray allows for it, are too few."""
    for _ in range(4):
        with suppress(Exception):
            return start()
    return start()


class Machines:
    """The first machine, which this process is on, and a second one that can be killed."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster()
        patiently(lambda: self._cluster.add_node(num_cpus=1, object_store_memory=MEMORY))
        self.address = str(self._cluster.address)
        self._second: Any = None
        self.complete()

    def complete(self) -> None:
        """See that there are two."""
        if self._second is None:
            self._second = patiently(lambda: self._cluster.add_node(num_cpus=1, object_store_memory=MEMORY))
            self._cluster.wait_for_nodes()

    def kill(self) -> None:
        """Pull the plug of the second one."""
        self._cluster.remove_node(self._second, allow_graceful=False)
        self._second = None

    def close(self) -> None:
        self._cluster.shutdown()


@contextmanager
def machines() -> Iterator[Machines]:
    """Two machines, with this process connected to them."""
    from attune.engine.connection import ADDRESS, connect, disconnect

    found = Machines()
    before = Path.cwd()
    os.environ[ADDRESS] = found.address
    os.chdir(ROOT)  # where the processes of the cluster find the jobs of tests
    try:
        connect()
        os.chdir(before)
        yield found
    finally:
        os.chdir(before)
        del os.environ[ADDRESS]
        disconnect()
        found.close()


class Squares(Job[int, tuple[int, str]]):
    """Squares of numbers, and where they were made."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._ready = False

    def arrive(self) -> None:
        self._ready = True

    def __call__(self, item: int) -> tuple[int, str]:
        import ray

        assert self._ready
        time.sleep(self._seconds)
        return item * item, ray.get_runtime_context().get_node_id()


class Deadly(Job[str, str]):
    """Does what it is told; each call leaves a line in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, item: str) -> str:
        with self._file.open("a") as file:
            file.write(f"{item}\n")
        if item == "die":
            os._exit(7)
        if item == "die once" and self._file.read_text().count(item) == 1:
            os._exit(7)
        if item == "refuse":
            raise UserError("refused; take another")
        if item == "fail":
            raise ZeroDivisionError(item)
        return item.upper()


class Large(Job[int, bytes]):
    """Results of 4 MiB."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, item: int) -> bytes:
        (self._folder / str(item)).touch()
        return bytes([item % 256]) * (4 * 2**20)
