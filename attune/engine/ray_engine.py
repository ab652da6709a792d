"""Calls on a Ray cluster: in order, a bounded number ahead, and tried again a bounded number of times.

Ray would retry by itself, but for ever where memory ran out, and without a word. Here each loss is counted and told.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic

from attune.core.errors import UserError, one_line
from attune.engine.jobs import Item, Job, Lost, Result
from attune.engine.same import environment
from attune.engine.worker import call

AHEAD = 4  # calls for each processor, done or under way; more results at a time would fill the memory
TRIES = 4  # of an item whose process dies
LOOK = 5.0  # seconds from one look at the cluster to the next: machines come and go
PATIENCE = 60.0  # seconds without a processor before it is told


@dataclass
class _Call(Generic[Item]):
    """A call on its way: `reference` is Ray's, as long as there is no outcome."""

    item: Item
    reference: Any = None
    outcome: Any = None
    tries: int = 0


class RayEngine:
    """The processes of a cluster that this one is connected to."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray

    def map(self, job: Job[Item, Result], items: Iterable[Item]) -> Generator[Result | Lost, None, None]:
        """Do a job there; see `Engine`. What is under way ends with the iterator."""
        with closing(_Run(self._ray, job)) as run:
            waiting, window = iter(items), deque[_Call[Item]]()
            while True:
                for item in islice(waiting, run.room(len(window))):
                    window.append(run.begin(_Call(item)))
                if not window:
                    return
                while window[0].reference is not None:
                    run.settle()
                yield window.popleft().outcome


class _Run:
    """What is under way of one map."""

    def __init__(self, ray: Any, job: Job[Any, Any]) -> None:
        self._ray = ray
        self._under_way: dict[Any, _Call[Any]] = {}
        self._again = self._given_up = 0
        self._processors, self._gpu = job.processors, job.gpu
        self._remote = ray.remote(max_retries=0, max_calls=0)(call)
        self._looked = self._idle_since = time.monotonic()
        self._slots = self._look()
        self._job = [ray.put(job)]
        self._environment = ray.put(environment())

    def room(self, begun: int) -> int:
        """Return how many more calls may begin."""
        if time.monotonic() - self._looked > LOOK:
            self._slots = self._look()
        return max(0, AHEAD * max(self._slots, 1) - begun)

    def begin(self, one: _Call[Any]) -> _Call[Any]:
        """Let a call begin."""
        one.tries += 1
        one.reference = self._remote.options(**self._needs).remote(self._job, self._environment, one.item)
        self._under_way[one.reference] = one
        return one

    def settle(self) -> None:
        """Wait until a call has ended, and take what came of it, or let it begin again where its process died."""
        errors = self._ray.exceptions
        # fetch_local: what does not fit into the memory for objects beside the others would be waited for, for ever
        ready, _ = self._ray.wait(list(self._under_way), timeout=LOOK, fetch_local=False)
        for reference in ready:
            one = self._under_way.pop(reference)
            one.reference = None
            try:
                one.outcome = self._ray.get(reference)
            except errors.RayTaskError as error:
                raise error.cause if isinstance(error.cause, UserError) else error from None
            except (errors.RuntimeEnvSetupError, errors.LocalRayletDiedError, errors.TaskUnschedulableError) as error:
                raise UserError(f"the Ray cluster cannot go on: {one_line(error, 400)}") from None
            except errors.RayError as error:
                self._lose(one, error)
        if not ready:
            self._slots = self._look()

    def _lose(self, one: _Call[Any], error: Exception) -> None:
        if one.tries < TRIES:
            self._again += 1
            self.begin(one)
        else:
            self._given_up += 1
            one.outcome = Lost(f"ended its process {TRIES} times, perhaps out of memory ({type(error).__name__})")

    def _look(self) -> int:
        """Look at the cluster, and return how many calls can run there at a time."""
        machines = [machine["Resources"] for machine in self._ray.nodes() if machine["Alive"]]
        self._needs, slots = capacity(machines, self._processors, self._gpu)
        now = self._looked = time.monotonic()
        if slots:
            self._idle_since = now
        elif now - self._idle_since > PATIENCE:
            self._idle_since = now
            print(f"warning: the Ray cluster has no processor since {PATIENCE:g} s; waiting", file=sys.stderr)
        return slots

    def close(self) -> None:
        """End what is still under way, and tell what was lost."""
        for reference in self._under_way:
            self._ray.cancel(reference, force=True)
        if self._again:
            given_up = f", {self._given_up} given up" if self._given_up else ""
            print(
                f"warning: {self._again} calls were begun again, for their process or machine was lost{given_up}",
                file=sys.stderr,
            )


def capacity(machines: Sequence[Mapping[str, float]], processors: int, gpu: bool) -> tuple[dict[str, int], int]:
    """Return what a call asks for, and how many such calls run at a time.

    Nothing is asked for that no machine has, for Ray would wait for one that has, for ever and without a word.

    Args:
        machines: what each has, as Ray names it.
        processors: how many a call would keep busy.
        gpu: whether it would use a GPU; then calls run on machines with GPUs alone, if there are any.
    """
    with_gpu = [machine for machine in machines if machine.get("GPU", 0) >= 1 and machine.get("CPU", 0) >= 1]
    if gpu and with_gpu:
        slots = sum(int(min(machine["GPU"], machine["CPU"])) for machine in with_gpu)
        return {"num_cpus": 1, "num_gpus": 1}, slots
    sizes = [int(machine.get("CPU", 0)) for machine in machines]
    each = max(1, min(processors, max(sizes, default=1)))
    return {"num_cpus": each, "num_gpus": 0}, sum(size // each for size in sizes)
