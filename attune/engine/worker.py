"""What a process of a Ray cluster does: it fetches the job once, sees that it is fit for it, and does it."""

from __future__ import annotations

from typing import Any

from attune.engine.jobs import Job
from attune.engine.same import Environment

_job: tuple[str, Job[Any, Any]] | None = None  # the last one; the one before makes room for it


def call(job: list[Any], environment: Environment, item: Any) -> Any:
    """Return what becomes of an item.

    Args:
        job: the reference of the job, in a list: what stands there by itself is fetched again for each call.
        environment: what this process must have.
        item: the item.

    Raises:
        UserError: this process has something else, or the job raised one.
    """
    return fetched(job[0], environment)(item)


def fetched(reference: Any, environment: Environment) -> Job[Any, Any]:
    """Return the job of a reference, ready to be done."""
    global _job
    name = reference.hex()
    if _job is None or _job[0] != name:
        import ray

        environment.check()
        _job = None
        job = ray.get(reference)
        job.arrive()
        _job = name, job
    return _job[1]
