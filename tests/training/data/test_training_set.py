"""The training questions joined with their chunks, whose passages lose the headings that are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.core.records import Chunk, Question
from attune.questions.cleaning.headings import find_headings
from attune.text.heading_lines import as_heading
from attune.training.data.training_set import TrainingSet, passage_without, training_set
from tests.support.headings import TEXT, TEXT_2, chunk
from tests.support.training import training_set_of


def test_a_chunk_is_trained_without_the_headings_that_are_asked_of_it() -> None:
    text = "Changing the filter\nTurn the pump off first."
    chunks = [
        Chunk("a", "Pump", text, {"document": "a", "title": "Pump", "start": 0, "end": 44}),
        Chunk("b", "Pump", text + " And on.", {"document": "a", "title": "Pump", "start": 30, "end": 60}),
    ]
    questions = [
        Question("1", "Changing the filter", {"chunks": ["a"], "kind": "heading"}),
        Question("2", "Pump", {"chunks": ["a"], "kind": "title"}),
        Question("3", "When is the pump off?", {"chunks": ["a"], "kind": "full"}),
        Question("4", "When is the pump on?", {"chunks": ["b"], "kind": "full"}),
    ]
    data = training_set(chunks, questions, {q.id: q.metadata["chunks"] for q in questions}, [0, 1])
    assert data.passages["a"] == "Turn the pump off first."
    assert data.passages["b"] == "Pump " + text + " And on."
    assert data.relevant["Changing the filter"] == data.relevant["When is the pump off?"] == ("a",)
    assert data.neighbours["a"] == {"b"} and data.neighbours["b"] == {"a"}


def test_of_a_guessed_document_no_chunk_is_wrong() -> None:
    chunks = [Chunk(name, "", f"Text {name}.", {"document": name[0], "title": ""}) for name in ("a1", "a2", "b1")]
    kinds = {"guess": ("guessed", "a1"), "known": ("asked", "a1"), "other": ("full", "a2"), "third": ("full", "b1")}
    questions = [Question(name, name, {"chunks": [chunk], "kind": kind}) for name, (kind, chunk) in kinds.items()]
    data = training_set(chunks, questions, {q.id: q.chunks for q in questions}, [0, 1, 2])
    assert data.may_answer("guess", "a2") and not data.may_answer("guess", "b1")
    assert not data.may_answer("known", "a2")


def test_questions_of_the_same_text_are_one_question() -> None:
    data = training_set_of({"1": ["a"], "2": ["b"], "3": ["c"]}, texts={"1": "Who?", "2": "Who?", "3": "Why?"})
    assert data.relevant == {"Who?": ("a", "b"), "Why?": ("c",)}


def test_qrels_of_another_run_are_named() -> None:
    with pytest.raises(UserError, match="run `dvc repro`"):
        training_set([Chunk("c", "", "text", {"title": ""})], [Question("q", "What?")], {"q": ["gone"]}, [0])


@pytest.mark.parametrize("relevant", [{"q": ["nowhere"]}, {"q": ["a", "nowhere"]}])
def test_unknown_chunks_are_named(relevant: dict[str, list[str]]) -> None:
    with pytest.raises(UserError, match=r"question q .*run `dvc repro`"):
        training_set_of(relevant)


def test_unknown_questions_are_named() -> None:
    with pytest.raises(UserError, match=r"question q .*run `dvc repro`"):
        TrainingSet.build([Chunk("a", "", "text", {})], {}, {"q": ["a"]}, [0], [])


def test_a_passage_loses_the_headings_that_are_asked_for_and_no_others() -> None:
    text = f"## Oil pressure\n\n{TEXT}\n\nOil temperature\n~~~~~~~~~~~~~~~\n\n{TEXT_2}\n\nFigure 3: Flow of oil"
    whole = chunk(text, title="The pump", shown="The pump")
    assert passage_without(whole, set()) == whole.passage
    assert passage_without(whole, {"Nothing of this"}) == whole.passage
    assert passage_without(whole, {"Oil pressure"}) == f"The pump {text}".replace("## Oil pressure\n\n", "")
    without = passage_without(whole, {"Oil pressure", "Oil temperature", "Flow of oil", "The pump"})
    assert without.split() == f"{TEXT} {TEXT_2}".split()  # nor is the underline left


@pytest.mark.parametrize("text", ["## Oil pressure", "Oil pressure\n====", "## Oil pressure\n\n---\n\n* * *"])
def test_a_passage_of_headings_alone_stays_whole(text: str) -> None:
    assert passage_without(chunk(text), {"Oil pressure"}) == text


LINES = st.lists(
    st.sampled_from([
        "## Oil pressure", "Oil pressure", "3.1 Oil pressure", "============", "Figure 3: Flow of oil", TEXT,
        TEXT_2, "", "  ", "  Oil pressure  ", "The oil pressure is low.", "```", "# Oil pressure #", "**Oil pressure**",
    ]) | st.text(max_size=20).map(lambda text: " ".join(text.split())),
    max_size=10,
)  # fmt: skip


@given(LINES, st.sets(st.sampled_from(["Oil pressure", "Flow of oil", "The pump"])), st.booleans())
def test_a_passage_loses_whole_lines_or_the_title_and_never_everything(
    lines: list[str], headings: set[str], titled: bool
) -> None:
    whole = chunk("\n".join(lines), title="The pump", shown="The pump" if titled else "")
    passage = passage_without(whole, headings)
    if passage == whole.passage:
        return
    title = "" if not titled or "The pump" in headings else "The pump "
    assert passage.startswith(title)
    rest = iter(line.strip() for line in lines)
    body = [line.strip() for line in passage.removeprefix(title).split("\n")]
    assert all(line in rest for line in body if line)  # its lines, in their order
    assert any(character.isalnum() for character in "".join(body))
    assert not {found[0] for line in body if (found := as_heading(line.rstrip()))} & headings


@given(LINES, LINES)
def test_what_is_found_in_a_chunk_is_taken_out_of_its_passage(lines: list[str], more: list[str]) -> None:
    chunks = [chunk("\n".join(text), f"c{n}", title="The oil pump", shown="The oil pump") for n, text in
              enumerate((lines, more))]  # fmt: skip
    for each in chunks:
        asked = {heading.text for heading in find_headings(chunks) if heading.chunk_id == each.id}
        passage = passage_without(each, asked)
        assert passage.strip()
        assert passage == each.passage or not asked & {line.strip() for line in passage.split("\n")}
