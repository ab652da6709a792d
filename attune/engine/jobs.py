"""The one way from a stage to many processes: a job, the items that it is done with, and an engine that maps them.

What each engine keeps to: result i is that of item i, results come in the order of the items, and no more than some
calls for each processor are begun ahead of the result that is asked for, however many items there are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class Job(ABC, Generic[Item_contra, Result_co]):
    """What is done with each item. It is sent once to each process of a cluster that works for it.

    Attributes:
        processors: how many one call keeps busy.
        gpu: whether a call makes use of a GPU, where the cluster has any.
    """

    processors: int = 1
    gpu: bool = False

    def arrive(self) -> None:  # most have nothing to do
        """Make ready, once in each process that it was sent to; in the process that made it there is no need."""

    @abstractmethod
    def __call__(self, item: Item_contra) -> Result_co:
        """Return what becomes of an item; the same wherever it runs."""


@dataclass(frozen=True)
class Lost:
    """In a result's place: the processes that worked on the item died, as often as it was tried; and why."""

    reason: str


class Engine(Protocol):
    """Where calls run."""

    def map(self, job: Job[Item, Result], items: Iterable[Item]) -> Generator[Result | Lost, None, None]:
        """Yield what becomes of each item, in their order; items are taken as they are needed.

        Raises:
            UserError: the engine cannot work, or the job raised one. Whatever else the job raises is raised here.
        """
        ...
