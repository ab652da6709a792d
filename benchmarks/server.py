"""The scripted server of the tests, in a process of its own: it takes neither time nor memory of what is measured."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from tests.support.faulty_server import FaultyServer


@contextmanager
def served(latency: float = 0.0) -> Iterator[str]:
    """Serve without faults while the block runs; give the address.

    Args:
        latency: seconds that an answer takes.
    """
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, latency))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join()


def _serve(connection: Connection, latency: float) -> None:
    with FaultyServer(faults=0.0, latency=latency) as server:
        connection.send(server.url)
        connection.recv()
