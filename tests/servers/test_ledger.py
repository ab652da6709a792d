"""Nothing that was paid for is lost to a second writer, to a checkout, or to a row of no use."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.questions.asking.replies import Replies, Reply
from attune.servers import guard
from tests.conftest import ROOT

PATH = Path("data/replies.jsonl")
JOURNAL = guard.KEPT / PATH


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, as the current folder."""
    (tmp_path / guard.PROJECT).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reply(text: str = "t") -> Reply:
    return Reply(text, "stop", 10, 5)


def keep(keys: str, path: Path = PATH) -> None:
    with Replies(path) as replies:
        for key in keys:
            replies.add_by_key(key, reply(key))


def kept(path: Path = PATH) -> list[str]:
    return [json.loads(line)["key"] for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("way", ["replaced", "written over", "gone"])
def test_rows_that_a_checkout_took_away_are_joined_in_again(
    here: Path, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keep("ab")
    before = PATH.read_bytes()
    keep("dc")
    whole = PATH.read_bytes()
    if way == "replaced":
        Path("old").write_bytes(before)
        os.replace("old", PATH)
    elif way == "written over":
        PATH.write_bytes(before)
    else:
        PATH.unlink()
    assert len(Replies.read(PATH)) == 4
    capsys.readouterr()
    with Replies(PATH) as replies:
        assert replies["c"] == reply("c")
    assert f"lacked {4 if way == 'gone' else 2} rows that were paid for here" in capsys.readouterr().out
    assert PATH.read_bytes() == whole
    with Replies(PATH):
        pass
    assert "lacked" not in capsys.readouterr().out


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_whatever_is_put_in_its_place_at_any_moment_no_row_is_lost(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("project")
    (folder / guard.PROJECT).touch()
    path, paid, versions = folder / PATH, set(), [b""]
    for _ in range(data.draw(st.integers(1, 3))):
        with Replies(path) as replies:
            for key in data.draw(st.text("abcdefgh", max_size=4)):
                if key not in replies:
                    replies.add_by_key(key, reply(key))
                    paid.add(key)
                if path.exists():
                    versions.append(path.read_bytes())
                version = data.draw(st.sampled_from(versions))
                match data.draw(st.sampled_from(["", "", "replace", "over", "gone"])):
                    case "replace":
                        (folder / "other").write_bytes(version)
                        os.replace(folder / "other", path)
                    case "over":
                        path.write_bytes(version)
                    case "gone":
                        path.unlink(missing_ok=True)
    with Replies(path) as replies:
        assert {key: replies[key] for key in replies} == {key: reply(key) for key in paid}
    if paid:
        assert kept(path) == sorted(paid)


def test_rows_of_the_file_that_replaced_it_are_kept_as_well(tmp_path: Path) -> None:
    keep("xy", tmp_path / "other")
    keep("a", tmp_path / "r")
    with Replies(tmp_path / "r") as replies:
        replies.add_by_key("b", reply("b"))
        os.replace(tmp_path / "other", tmp_path / "r")
        assert replies["a"] == reply("a")
    assert kept(tmp_path / "r") == ["a", "b", "x", "y"]


def test_a_journal_whose_last_line_is_torn_loses_that_line_alone(here: Path) -> None:
    keep("ab")
    for tail in ('{"key": "z', '{"broken"}\n{"key": "z'):
        with JOURNAL.open("a") as file:
            file.write(tail)
        keep("c" if "c" not in Replies.read(PATH) else "d")
        PATH.unlink()
    with Replies(PATH):
        pass
    assert kept() == ["a", "b", "c", "d"]


def test_what_the_journal_has_is_one_row_for_each_that_was_paid_for(here: Path) -> None:
    keep("ab")
    for _ in range(3):
        keep("")
        PATH.unlink()
    keep("c")
    assert sorted(kept(JOURNAL)) == ["a", "b", "c"]


def test_a_run_that_adds_nothing_leaves_file_and_journal_as_they_are(here: Path) -> None:
    keep("ab")
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in (PATH, JOURNAL)]
    keep("")
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in (PATH, JOURNAL)] == before


def test_a_file_in_order_is_appended_to_and_one_that_is_linked_or_torn_is_not(here: Path) -> None:
    def written_to() -> int:
        with Replies(PATH) as replies:
            replies.add_by_key(f"k{len(replies):03}", reply())
            return PATH.stat().st_ino

    keep("ab")
    written_to()
    before = PATH.stat().st_ino
    assert written_to() == before
    Path("cache").hardlink_to(PATH)
    cached = Path("cache").read_bytes()
    assert written_to() != Path("cache").stat().st_ino
    assert Path("cache").read_bytes() == cached
    Path("cache").unlink()
    PATH.rename("elsewhere")
    PATH.symlink_to(Path("elsewhere").absolute())
    cached = Path("elsewhere").read_bytes()
    written_to()
    assert Path("elsewhere").read_bytes() == cached and not PATH.is_symlink()
    with PATH.open("a") as file:
        file.write('{"key": "torn')
    before = PATH.stat().st_ino
    assert written_to() != before
    assert kept() == sorted(kept()) and len(kept()) == 7


USELESS = [
    '{"key": "b", "text": ["a", "list"], "finish_reason": "stop", "prompt_tokens": 1, "completion_tokens": 1}',
    '{"key": "b", "text": null, "finish_reason": "stop", "prompt_tokens": 1, "completion_tokens": 1}',
    '{"key": "b", "text": "t", "finish_reason": "stop", "prompt_tokens": "1", "completion_tokens": 1}',
    '{"key": "b", "text": "\\ud83d", "finish_reason": "stop", "prompt_tokens": 1, "completion_tokens": 1}',
    '{"key": "b", "content": "of a later version"}',
    '{"key": "b"}',
]


@pytest.mark.parametrize("row", USELESS)
def test_a_row_of_no_use_is_read_past_and_stays(tmp_path: Path, row: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r"
    keep("ac", path)
    first, last = path.read_text().splitlines()
    path.write_text(f"{first}\n{row}\n{last}\n")
    before = path.read_bytes()
    with Replies(path) as replies:
        assert list(replies) == ["a", "c"]
    assert f"{path}: 1 of 3 rows hold no reply that can be used" in capsys.readouterr().out
    assert path.read_bytes() == before
    keep("b", path)
    assert row in path.read_text().splitlines()
    assert kept(path) == ["a", "b", "b", "c"]
    capsys.readouterr()
    assert Replies.read(path)["b"] == reply("b")
    assert "no reply that can be used" not in capsys.readouterr().out  # it has been asked for again


def test_tokens_that_nobody_counted_are_none(tmp_path: Path) -> None:
    row = {"key": "a", "text": "t", "finish_reason": "stop", "prompt_tokens": None, "completion_tokens": None}
    (tmp_path / "r").write_text(json.dumps(row) + "\n")
    assert Replies.read(tmp_path / "r")["a"] == Reply("t", "stop", 0, 0)


def test_the_second_writer_is_told_who_holds_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0.2)
    with Replies(PATH) as replies:
        replies.add_by_key("a", reply("a"))
        with pytest.raises(UserError, match=rf"in use by process {os.getpid()} on .*wait until that"), Replies(PATH):
            pass
        assert list(Replies.read(PATH)) == ["a"]  # reading asks nobody
        replies.add_by_key("b", reply("b"))
    keep("c")
    assert kept() == ["a", "b", "c"]


def write(path: Path, start: int, count: int) -> None:
    for number in range(start, start + count):
        with Replies(path) as replies:
            replies.add_by_key(f"{number:03}", reply(str(number)))


def test_processes_that_take_turns_lose_nothing_and_readers_see_whole_rows(here: Path) -> None:
    path = here / PATH
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(path, start, 20)) for start in (0, 100)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        seen = Replies.read(path)
        time.sleep(0.01)
        assert all(seen[key] == reply(str(int(key))) for key in seen)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert kept(path) == [f"{start + number:03}" for start in (0, 100) for number in range(20)]


HOLDING = """
import sys, time
from pathlib import Path
from attune.questions.asking.replies import Replies
with Replies(Path(sys.argv[1])):
    print("holds it", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_killed_process_blocks_nobody(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0.5)
    command = [sys.executable, "-c", HOLDING, str(here / PATH)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(UserError, match=f"in use by process {process.pid} "), Replies(PATH):
            pass
        process.kill()
        process.wait()
    keep("a")
    assert kept() == ["a"]
