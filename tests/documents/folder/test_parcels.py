"""Documents that travel become what they become here, and what is kept of them comes back."""

from __future__ import annotations

import pickle
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from attune.documents.cutting.tokens import Tokens
from attune.documents.decode import Unreadable
from attune.documents.folder.cache import Cache
from attune.documents.folder.parcels import Reading, made_elsewhere
from attune.documents.folder.work import Made, Work
from attune.engine.jobs import Item, Job, Lost, Result
from tests.support.cut_documents import PROSE, params, tokenizer


class Sent:
    """All that a cluster does, but for the cluster: a job arrives as bytes, as do items and results."""

    def __init__(self, lose: str = "") -> None:
        self._lose = lose

    def map(self, job: Job[Item, Result], items: Iterable[Item]) -> Generator[Result | Lost, None, None]:
        there = pickle.loads(pickle.dumps(job))
        assert isinstance(there, Reading)
        there.arrive()
        with there._pool:
            for item in items:
                path = getattr(item, "path", "")
                found: Any = there(pickle.loads(pickle.dumps(item)))
                yield Lost("ended its process") if path == self._lose else pickle.loads(pickle.dumps(found))


def folder(tmp_path: Path) -> tuple[Path, list[str]]:
    root = tmp_path / "documents"
    root.mkdir()
    (root / "a.txt").write_text("Of foxes\n\n" + PROSE * 5)
    (root / "b.md").write_text("# Of bears\n\n" + PROSE)
    (root / "c.txt").write_bytes(b"")
    (root / "d.jsonl").write_text('{"_id": "one", "title": "Wolves", "text": "A passage on wolves."}\n')
    (root / "e.pdf").write_bytes(b"%PDF-1.4 broken")
    return root, sorted(path.name for path in root.iterdir())


def work(root: Path, name: str) -> Work:
    tokens = root.parent / "tokens"
    Tokens(tokenizer("WordPiece")).write(tokens)
    return Work(root, params(max_tokens=64), tokens, Cache(root.parent / name, 10**7))


def here(made: Work, path: str) -> Made | str:
    try:
        return made.make(path)
    except Unreadable as reason:
        return str(reason)


def entries(cache: Cache) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in cache.folder.glob("*/*")}


def test_the_same_becomes_of_documents_and_the_same_is_kept(tmp_path: Path, monkeypatch: Any) -> None:
    root, paths = folder(tmp_path)
    mine, away = work(root, "mine"), work(root, "away")
    expected = [here(mine, path) for path in paths]
    found = list(made_elsewhere(paths, away, 60, Sent()))
    assert [str(one) if isinstance(one, Unreadable) else one for one in found] == expected
    assert sum(isinstance(one, str) for one in expected) == 2
    assert entries(away.cache) == entries(mine.cache) != {}
    # what was kept is sent along: nothing comes back, and it is as young as what was used last
    before = {path: path.stat().st_mtime_ns for path in away.cache.folder.glob("*/*")}
    monkeypatch.setattr(Cache, "write", None)  # nothing is to be kept again
    assert [here(mine, path) for path in paths] == expected
    again = list(made_elsewhere(paths, away, 60, Sent()))
    assert [str(one) if isinstance(one, Unreadable) else one for one in again] == expected
    assert all(path.stat().st_mtime_ns > time for path, time in before.items())


def test_what_the_engine_loses_is_unreadable_and_keeps_its_place(tmp_path: Path) -> None:
    root, paths = folder(tmp_path)
    lost, second, *_ = made_elsewhere(paths, work(root, "away"), 60, Sent(lose="a.txt"))
    assert isinstance(lost, Unreadable) and str(lost) == "ended its process"
    assert second == work(root, "mine").make("b.md")


def test_without_a_cache_nothing_is_kept(tmp_path: Path) -> None:
    root, paths = folder(tmp_path)
    away = replace(work(root, "away"), cache=Cache(tmp_path / "none", 0))
    first, *_ = made_elsewhere(paths, away, 60, Sent())
    assert first == work(root, "mine").make("a.txt")
    assert not (tmp_path / "none").exists()
