"""What a map is learned from: each text once, no false wrong answers, dev questions as the verdict clusters them."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.adapter import lessons as module
from attune.adapter.lessons import Lessons, read_lessons
from attune.core.beir import write_qrels, write_queries
from attune.core.errors import UserError
from attune.core.records import Chunk, Question
from tests.support.turned import IDENTITY, general

CHUNKS = [
    Chunk(f"c{i}", "", f"text {i}", {"document": f"d{i // 2}", "start": 100 * i, "end": 100 * i + 90, "pages": None})
    for i in range(8)
]
CHUNKS[1] = Chunk("c1", "", "text 1", {"document": "d0", "start": 80, "end": 190, "pages": None})  # overlaps with c0
GROUPS = [0, 1, 2, 2, 4, 5, 6, 7]  # c2 and c3 say the same
QUERIES, TRAIN, DEV = Path("queries.jsonl"), Path("train.tsv"), Path("dev.tsv")


def read(train: list[tuple[str, str]], dev: list[tuple[str, str]]) -> Lessons:
    texts = {"q1": "one?", "q2": "two?", "q3": "one?", "q4": "four?", "q5": "five?"}
    write_queries(QUERIES, [Question(id, text, {}) for id, text in texts.items()])
    write_qrels(TRAIN, train)
    write_qrels(DEV, dev)
    return read_lessons(CHUNKS, GROUPS, QUERIES, TRAIN, DEV, general(IDENTITY)[1])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_questions_of_one_text_are_one_and_false_wrong_answers_are_known() -> None:
    found = read([("q3", "c2"), ("q1", "c0"), ("q2", "c5")], [("q4", "c6"), ("q5", "c7")])
    assert (found.train.texts, found.train.relevant) == (["one?", "two?"], [["c0", "c2"], ["c5"]])
    assert found.alike == [{"c1", "c3"}, set()]  # what overlaps, and what says the same
    assert found.texts == ["one?", "two?", "four?", "five?"] and found.left_out == 0
    assert list(found.clusters) == ["c6", "c7"]  # one document: its chunks, as in the verdict
    guards, judges = found.general.half("guards").asked, found.general.half("judges").asked
    assert found.general_texts == [*guards.texts, *judges.texts]


def test_no_more_is_learned_from_than_seconds_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_QUESTIONS", 1)
    found = read([("q4", "c3"), ("q1", "c0"), ("q2", "c5")], [("q5", "c7")])
    assert found.train.ids == ["q1"] and len(found.alike) == 1 and found.left_out == 2


@pytest.mark.parametrize("path", [TRAIN, DEV])
def test_missing_questions_are_told(path: Path) -> None:
    pairs = {TRAIN: [("q1", "c0")], DEV: [("q4", "c6")]} | {path: []}
    with pytest.raises(
        UserError, match=rf"{path} has no questions, and an adapter needs some .* set evaluate\.adapters"
    ):
        read(pairs[TRAIN], pairs[DEV])


def test_what_does_not_exist_is_told() -> None:
    with pytest.raises(UserError, match=r"dev\.tsv: question q4 or its chunk does not exist"):
        read([("q1", "c0")], [("q4", "c9")])
    with pytest.raises(UserError, match=r"train\.tsv: question q9 or its chunk does not exist"):
        read([("q9", "c0")], [("q4", "c6")])
