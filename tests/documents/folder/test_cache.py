"""What is kept comes back as it was or not at all, and takes no more room than it may."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.folder import cache as module
from attune.documents.folder.cache import LIBRARIES, Cache, code_version, key_of
from tests.conftest import ROOT

KEYS = [key_of(str(number)) for number in range(9)]
ENTRY: dict[str, Any] = {"text": "Füchse 狐狸", "blocks": [["heading", 0, 3]], "title": ""}
# modules of attune/text that no reader uses
NOT_READING = ("hashed_pairs.py", "near_duplicates.py", "overlaps.py")
STANDARD = {"__future__"}


def files(cache: Cache) -> list[Path]:
    return sorted(path for path in cache.folder.rglob("*") if path.is_file())


def test_entries_come_back(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "kept", 10**6)
    assert cache.load(KEYS[0]) is None
    cache.store(KEYS[0], ENTRY)
    assert cache.load(KEYS[0]) == ENTRY
    assert cache.load(KEYS[1]) is None


@given(st.binary(max_size=40), st.integers(0, 200), st.booleans())
def test_a_broken_entry_is_none(noise: bytes, place: int, cut: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder), 10**6)
        cache.store(KEYS[0], ENTRY)
        (path,) = files(cache)
        whole = path.read_bytes()
        broken = whole[:place] if cut else whole[:place] + noise + whole[place + len(noise) :]
        path.write_bytes(broken)
        assert cache.load(KEYS[0]) in (None, ENTRY)
        assert cache.load(KEYS[0]) is None or broken.startswith(whole)


@pytest.mark.parametrize("content", [b"[]", b"1", b"null"])
def test_what_is_no_entry_is_none(tmp_path: Path, content: bytes) -> None:
    cache = Cache(tmp_path, 10**6)
    cache.store(KEYS[0], ENTRY)
    files(cache)[0].write_bytes(zlib.compress(content))
    assert cache.load(KEYS[0]) is None


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 10**6)
    for number, key in enumerate(KEYS):
        cache.store(key, ENTRY)
        path = max(files(cache), key=lambda path: path.stat().st_mtime_ns)
        os.utime(path, (number, number))
    size = files(cache)[0].stat().st_size
    assert cache.load(KEYS[0]) is not None  # used just now
    Cache(tmp_path, 3 * size).trim()
    assert [number for number, key in enumerate(KEYS) if cache.load(key)] == [0, 7, 8]
    Cache(tmp_path, 0).trim()
    assert files(cache) == []


def test_where_nothing_may_be_kept_nothing_is_written(tmp_path: Path) -> None:
    Cache(tmp_path / "kept", 0).store(KEYS[0], ENTRY)
    assert not (tmp_path / "kept").exists()


def test_a_place_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    cache = Cache(tmp_path / "kept", 10**6)
    cache.store(KEYS[0], ENTRY)
    assert cache.load(KEYS[0]) is None
    cache.trim()


def test_keys_tell_parts_apart() -> None:
    parts: list[tuple[bytes | str, ...]] = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("\udcfc",)]
    assert len({key_of(*some) for some in parts}) == len(parts)
    assert key_of("a") == key_of(b"a")


def test_the_version_changes_with_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in module.PACKAGES:
        (tmp_path / package).mkdir()
    monkeypatch.setattr(module, "__file__", str(tmp_path / "documents" / "folder" / "cache.py"))
    version = code_version.__wrapped__
    seen = {version()}
    (tmp_path / "text" / "clean.py").write_text("x = 1\n")
    seen.add(version())
    (tmp_path / "text" / "clean.py").write_text("x = 2\n")
    seen.add(version())
    (tmp_path / "text" / "clean.py").rename(tmp_path / "text" / "tidy.py")
    seen.add(version())
    monkeypatch.setattr(module, "LIBRARIES", ("no-such-library",))
    seen.add(version())
    assert len(seen) == 5


def test_the_version_knows_every_library_that_reads() -> None:
    names = importlib.metadata.packages_distributions()
    used = set()
    for package in module.PACKAGES:
        for path in (ROOT / "attune" / package).rglob("*.py"):
            if path.name not in NOT_READING:
                used |= {name for module in imported(path) for name in names.get(module, [])}
    used = {name.replace("_", "-") for name in used}
    used -= {"pydantic", "pydantic-core", "tqdm", "transformers"}  # knobs, a bar, what loads a tokenizer
    assert {name.lower() for name in used} == {name.lower() for name in (*LIBRARIES, "pebble")}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    return found - STANDARD
