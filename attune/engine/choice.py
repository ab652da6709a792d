"""Which engine a stage runs on: the one that `runtime.engine` names."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from attune.core.params import RuntimeParams
from attune.engine.jobs import Engine, Item, Job, Lost, Result


class Here:
    """This process. Its threads are what keeps all processors busy."""

    def map(self, job: Job[Item, Result], items: Iterable[Item]) -> Generator[Result | Lost, None, None]:
        """Do the job here; see `Engine`."""
        yield from map(job, items)


_in_use: Engine = Here()


def engine_of(runtime: RuntimeParams) -> Engine:
    """Return the engine that `runtime.engine` names; the first time, this connects to a cluster.

    Raises:
        UserError: it is not installed, or there is no such cluster.
    """
    if runtime.engine == "local":
        return Here()
    from attune.engine.connection import connect  # not before it is needed: nobody needs Ray for one machine

    return connect()


def use_engine(runtime: RuntimeParams) -> None:
    """Let what asks for no engine of its own, as encoding does, run where `runtime.engine` says; see `engine_of`."""
    global _in_use
    _in_use = engine_of(runtime)


def engine_in_use() -> Engine:
    """Return the engine of this process: this process itself, unless told otherwise."""
    return _in_use
