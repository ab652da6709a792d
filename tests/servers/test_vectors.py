"""No vector that was paid for is lost or mixed up, whatever happens to the process and to the file."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from attune.core.errors import UserError
from attune.servers.vectors import Matrix, Vectors, vector_key, vectors_file
from tests.conftest import ROOT


def vector(name: str) -> Matrix:
    return np.array([ord(name[0]), -0.1, 1e-30], dtype=np.float32)


def keep(path: Path, names: Iterable[str]) -> None:
    with Vectors(path) as vectors:
        for name in names:
            vectors.keep([name], vector(name)[np.newaxis], {})


def line(**changes: Any) -> str:
    return json.dumps({"key": "k", "vector": base64.b64encode(vector("a").tobytes()).decode()} | changes)


def encoded(*numbers: float) -> str:
    return base64.b64encode(np.array(numbers, dtype="<f4").tobytes()).decode()


finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
matrices = arrays.arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=finite).filter(
    lambda rows: bool(rows.any(axis=1).all())
)


@settings(deadline=None, max_examples=60)
@given(rows=matrices, data=st.data())
def test_every_bit_comes_back_in_the_order_of_the_keys(
    rows: Matrix, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("vectors") / "data" / "v.jsonl"
    keys = data.draw(st.lists(st.text("abc", min_size=1), min_size=len(rows), max_size=len(rows), unique=True))
    asked = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10))
    with Vectors(path) as vectors:
        vectors.keep(keys, rows, {})
        before = vectors.take([keys[place] for place in asked])
    with Vectors(path) as vectors:
        after = vectors.take([keys[place] for place in asked])
        assert vectors.dimensions == rows.shape[1]
        assert len(vectors) == len(rows)
    np.testing.assert_array_equal(before.view(np.uint32), rows[asked].view(np.uint32))
    np.testing.assert_array_equal(after.view(np.uint32), rows[asked].view(np.uint32))


@settings(deadline=None, max_examples=40)
@given(order=st.permutations("abcdef"), runs=st.integers(1, 6))
def test_bytes_depend_neither_on_the_order_of_arrival_nor_on_the_number_of_runs(
    order: list[str], runs: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    for run in range(runs):
        keep(folder / "v", order[run::runs])
    keep(folder / "straight", "abcdef")
    assert (folder / "v").read_bytes() == (folder / "straight").read_bytes()
    assert sorted(folder.iterdir()) == [folder / "straight", folder / "v"]


def test_the_file_can_be_read_by_others(tmp_path: Path) -> None:
    with Vectors(tmp_path / "v") as vectors:
        vectors.keep(["b", "a"], np.array([[1, 2], [3, 4]], dtype=np.float32), {"b": 700})
    rows = [json.loads(text) for text in (tmp_path / "v").read_text().splitlines()]
    assert rows == [
        {"key": "a", "vector": encoded(3, 4)},
        {"key": "b", "characters": 700, "vector": encoded(1, 2)},
    ]


def test_a_vector_is_on_disk_before_the_next_is_asked_for(tmp_path: Path) -> None:
    with Vectors(tmp_path / "v") as vectors:
        for count, name in enumerate("cab", start=1):
            vectors.keep([name], vector(name)[np.newaxis], {})
            assert len((tmp_path / "v").read_text().splitlines()) == count
            assert json.loads((tmp_path / "v").read_text().splitlines()[-1])["key"] == name


def test_which_texts_were_cut_is_kept(tmp_path: Path) -> None:
    with Vectors(tmp_path / "v") as vectors:
        vectors.keep(["a", "b"], np.stack([vector("a"), vector("b")]), {"b": 700})
        assert vectors.cut == {"b"}
    with Vectors(tmp_path / "v") as vectors:
        assert vectors.cut == {"b"}


def test_a_run_that_adds_nothing_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    keep(tmp_path / "v", "ab")
    before = (tmp_path / "v").stat()
    with Vectors(tmp_path / "v") as vectors:
        vectors.take(["a"])
    after = (tmp_path / "v").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_run_without_a_vector_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Vectors(tmp_path / "data" / "v"):
        raise RuntimeError
    with pytest.raises(ValueError, match="all zeros"), Vectors(tmp_path / "data" / "v") as vectors:
        vectors.keep(["a"], np.zeros((1, 3), dtype=np.float32), {})
    assert list(tmp_path.rglob("*")) == []


def test_an_error_in_the_run_keeps_what_came_before(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Vectors(tmp_path / "v") as vectors:
        vectors.keep(["a"], vector("a")[np.newaxis], {})
        raise RuntimeError
    with Vectors(tmp_path / "v") as vectors:
        assert "a" in vectors


def test_a_last_line_torn_at_any_byte_costs_that_line_and_nothing_else(tmp_path: Path) -> None:
    keep(tmp_path / "v", "ab")
    whole = (tmp_path / "v").read_bytes()
    keep(tmp_path / "all", "abc")
    start = len(whole) // 2  # both lines are of the same length
    for cut in range(start + 1, len(whole)):
        (tmp_path / "v").write_bytes(whole[:cut])
        with Vectors(tmp_path / "v") as vectors:
            assert ("a" in vectors, "b" in vectors) == (True, cut == len(whole) - 1)
            missing = [name for name in "bc" if name not in vectors]
            vectors.keep(missing, np.stack([vector(name) for name in missing]), {})
            np.testing.assert_array_equal(vectors.take(["c", "a"]), [vector("c"), vector("a")])
        assert (tmp_path / "v").read_bytes() == (tmp_path / "all").read_bytes()


def test_a_missing_line_end_is_mended_even_where_nothing_is_added(tmp_path: Path) -> None:
    keep(tmp_path / "v", "ab")
    whole = (tmp_path / "v").read_bytes()
    (tmp_path / "v").write_bytes(whole[:-1])
    with Vectors(tmp_path / "v") as vectors:
        assert len(vectors) == 2
    assert (tmp_path / "v").read_bytes() == whole


@pytest.mark.parametrize("tail", ["{", "\x00\x00\x00", '"text"', '{"key": "z"}', line(key="z", vector="AA")])
def test_a_torn_last_line_is_mended_even_where_nothing_is_added(tmp_path: Path, tail: str) -> None:
    keep(tmp_path / "v", "ab")
    whole = (tmp_path / "v").read_bytes()
    with (tmp_path / "v").open("a") as file:
        file.write(tail)
    with Vectors(tmp_path / "v") as vectors:
        assert len(vectors) == 2
    assert (tmp_path / "v").read_bytes() == whole


def test_lines_in_another_order_twice_or_with_gaps_are_put_in_order(tmp_path: Path) -> None:
    keep(tmp_path / "v", "abc")
    whole = (tmp_path / "v").read_bytes()
    a, b, c = whole.splitlines(keepends=True)
    keep(tmp_path / "more", "abcd")
    more = (tmp_path / "more").read_bytes()
    for mixed in (c + a + b, a + b + a + c, a + c + b, b"\n" + c + b"\n" + b + a):
        (tmp_path / "v").write_bytes(mixed)
        with Vectors(tmp_path / "v") as vectors:
            vectors.keep(["d"], vector("d")[np.newaxis], {})
            np.testing.assert_array_equal(vectors.take("dabc"), [vector(name) for name in "dabc"])
        assert (tmp_path / "v").read_bytes() == more
        (tmp_path / "v").write_bytes(mixed)
        with Vectors(tmp_path / "v") as vectors:
            np.testing.assert_array_equal(vectors.take("abc"), [vector("a"), vector("b"), vector("c")])
        assert (tmp_path / "v").read_bytes() == whole


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('{"broken', "control character"),
        ("[]", "list"),
        ("7", "int"),
        ("\xff", ""),
        ('{"key": "k"}', "'vector'"),
        (line(key=7), "key is not text"),
        (line(vector=None), ""),
        (line(vector="!" + encoded(1, 2, 3)), "base64"),
        (line(vector="AAAAAAA="), "multiple"),  # five bytes
        (line(vector=encoded(1, np.nan, 2)), "not finite"),
        (line(vector=encoded(1, np.inf, 2)), "not finite"),
        (line(vector=encoded(0, 0, 0)), "all zeros"),
        (line(vector=""), "0 numbers where 3 were expected"),
        (line(vector=encoded(1, 2)), "2 numbers where 3 were expected"),
    ],
)
def test_a_broken_line_in_the_middle_is_named_and_nothing_is_changed(tmp_path: Path, broken: str, reason: str) -> None:
    keep(tmp_path / "v", "ac")
    first, last = (tmp_path / "v").read_text().splitlines()
    (tmp_path / "v").write_text(f"{first}\n{broken}\n{last}\n", encoding="latin-1")
    before = (tmp_path / "v").read_bytes()
    with (
        pytest.raises(UserError, match=r"v:2: not a vector; .*nothing was changed") as caught,
        Vectors(tmp_path / "v"),
    ):
        pass
    assert reason in str(caught.value)
    assert (tmp_path / "v").read_bytes() == before


def test_appending_never_writes_through_a_link_into_dvcs_cache(tmp_path: Path) -> None:
    keep(tmp_path / "cache", "b")
    before = (tmp_path / "cache").read_bytes()
    os.link(tmp_path / "cache", tmp_path / "hard")
    (tmp_path / "soft").symlink_to(tmp_path / "cache")
    for name in ("hard", "soft"):
        keep(tmp_path / name, "a")
        with Vectors(tmp_path / name) as vectors:
            assert len(vectors) == 2
    assert (tmp_path / "cache").read_bytes() == before


def test_a_vector_of_another_dimension_is_not_kept(tmp_path: Path) -> None:
    keep(tmp_path / "v", "a")
    with Vectors(tmp_path / "v") as vectors, pytest.raises(ValueError, match="4 numbers where 3 were expected"):
        vectors.keep(["b"], np.ones((1, 4), dtype=np.float32), {})
    with Vectors(tmp_path / "v") as vectors:
        assert "a" in vectors
        assert "b" not in vectors


def test_the_key_depends_on_all_that_shapes_a_vector() -> None:
    keys = {
        vector_key(*what)
        for what in [
            ("m", None, "a"),
            ("n", None, "a"),
            ("m", 8, "a"),
            ("m", None, "b"),
            ("m", None, "a "),
            ("", 8, "ma"),
        ]
    }
    assert len(keys) == 6
    # a key that changes makes everybody pay again
    assert vector_key("m", None, "é") == "882c52a835d3714f2f1dada43d8482df65187933d7fdf46e1a18165fa59e19db"


def test_no_two_models_share_a_file(tmp_path: Path) -> None:
    names = [
        "text-embedding-3-small", "Text-Embedding-3-small", "BAAI/bge-m3", "BAAI-bge-m3", "baai-bge-m3", "bge:latest",
        "../../etc/passwd", "..", "a@256", "a", "a-256", "模型", "模", "a b", "a\\b", "a\nb",
    ]  # fmt: skip
    paths = [vectors_file(tmp_path, name, size) for name in names for size in (None, 256)]
    assert len({str(path).lower() for path in paths}) == len(paths)  # some file systems do not tell case apart
    assert {path.parent for path in paths} == {tmp_path}
    assert vectors_file(tmp_path, "text-embedding-3-small", None).name == "text-embedding-3-small.jsonl"
    assert vectors_file(tmp_path, "text-embedding-3-small", 256).name == "text-embedding-3-small@256.jsonl"
    for path in paths:
        path.touch()


def test_memory_holds_no_vectors_but_those_that_are_taken(tmp_path: Path) -> None:
    count, size = 1000, 1024
    rows = np.random.default_rng(0).normal(size=(count, size)).astype(np.float32)
    names = [f"{number:064d}" for number in range(count)]
    with Vectors(tmp_path / "v") as vectors:
        for start in range(0, count, 50):
            vectors.keep(names[start : start + 50], rows[start : start + 50], {})
    tracemalloc.start()
    try:
        with Vectors(tmp_path / "v") as vectors:
            _, loading = tracemalloc.get_traced_memory()
            found = vectors.take(names)
            vectors.keep(["new"], rows[:1], {})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(found, rows)
    assert loading < rows.nbytes / 4
    assert most < rows.nbytes * 1.25


KILLED = """
import sys
from pathlib import Path
import numpy as np
from attune.servers.vectors import Vectors
with Vectors(Path(sys.argv[1])) as vectors:
    for number in range(10**6):
        vectors.keep([f"{sys.argv[2]} {number} {i}" for i in range(8)], np.ones((8, 512), dtype=np.float32), {})
        print(number, flush=True)
"""


def test_kill_at_any_moment_loses_no_vector_that_was_kept(tmp_path: Path) -> None:
    finished = 0
    for attempt in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "v"), str(attempt)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.007 * attempt)
        process.send_signal(signal.SIGKILL)
        printed = process.stdout.read().splitlines()
        process.wait()
        finished += 1 + len([text for text in printed if text.isdigit()][:-1])  # the last number may itself be torn
    with Vectors(tmp_path / "v") as vectors:
        assert len(vectors) >= 8 * finished
        assert vectors.dimensions == 512
