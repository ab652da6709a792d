"""Which chunks may answer a question that was not asked of them, beside a comparison of every pair."""

from __future__ import annotations

from dataclasses import replace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.core.records import Chunk, Question
from attune.text.words import words
from attune.training.data.batches import Batch, BatchLabels, label_batch
from attune.training.data.plausible import plausible_answers
from attune.training.data.training_set import training_set
from attune.training.loop.info_nce import info_nce

# few words, so that queries stand in passages often; scripts without spaces, case and marks between words
TEXTS = st.lists(
    st.sampled_from(["oil", "Oil", "oil,", "pump", "-", "the", "油圧ポンプ", "油圧", "ÉCOLE", "école"]), max_size=12
)
PLACES = st.lists(st.sampled_from(["a.pdf", "b.pdf", "c.pdf"]), min_size=1, max_size=2, unique=True)


@st.composite
def sets(draw: st.DrawFn) -> tuple[list[Chunk], dict[str, list[str]], set[str]]:
    chunks = []
    for number, (text, title, documents) in enumerate(
        draw(st.lists(st.tuples(TEXTS, TEXTS, PLACES), min_size=1, max_size=8))
    ):
        metadata = {"document": documents[0], "also_in": [{"document": name} for name in documents[1:]]}
        chunks.append(Chunk(f"c{number}", " ".join(title), " ".join(text) or "x", metadata))
    ids = st.lists(st.sampled_from([chunk.id for chunk in chunks]), min_size=1, max_size=2, unique=True)
    relevant = draw(st.dictionaries(TEXTS.map(" ".join).filter(bool), ids, max_size=8))
    return chunks, relevant, draw(st.sets(st.sampled_from(sorted(relevant)))) if relevant else set()


def holds(chunk: Chunk, question: str) -> bool:
    """Whether the words stand in the passage in a row, by looking at every place."""
    wanted, said = words(question), words(chunk.passage)
    return bool(wanted) and any(said[at : at + len(wanted)] == wanted for at in range(len(said)))


@settings(deadline=None)
@given(sets())
def test_equals_a_comparison_of_every_question_with_every_chunk(
    case: tuple[list[Chunk], dict[str, list[str]], set[str]],
) -> None:
    chunks, relevant, titles = case
    asked = {chunk for ids in relevant.values() for chunk in ids}
    by_id = {chunk.id: chunk for chunk in chunks}
    expected = {}
    for question, ids in relevant.items():
        documents = {by_id[chunk].document for chunk in ids} if question in titles else set()
        expected[question] = {
            chunk.id
            for chunk in chunks
            if chunk.id not in ids
            and (
                (chunk.id in asked and holds(chunk, question)) or documents & {place.document for place in chunk.places}
            )
        }
    assert plausible_answers(chunks, relevant, titles) == {question: ids for question, ids in expected.items() if ids}


def test_words_in_a_row_and_not_parts_of_words() -> None:
    texts = {
        "a": "x",
        "b": "Change the OIL  filter, then",
        "c": "oil the filter",
        "d": "boil filter",
        "e": "oil\nfilter.",
    }
    chunks = [Chunk(name, "", text, {"document": name}) for name, text in texts.items()]
    relevant = {"oil filter?": ["a"], **{f"q {name}": [name] for name in "bcde"}}
    assert plausible_answers(chunks, relevant, []) == {"oil filter?": {"b", "e"}}


def test_in_a_batch_they_are_neither_right_nor_wrong() -> None:
    def chunk(name: str, document: str, text: str) -> Chunk:
        return Chunk(name, "", text, {"document": document, "title": "Pump", "start": 0, "end": 0})

    chunks = [
        chunk("a", "one", "first"),
        chunk("b", "one", "second"),
        chunk("c", "two", "a Pump"),
        chunk("d", "two", "z"),
    ]
    questions = [Question("t", "Pump", {"kind": "title"}), *(Question(name, f"what {name}", {}) for name in "abcd")]
    relevant = {"t": ["a"], **{name: [name] for name in "abcd"}}
    data = training_set(chunks, questions, relevant, [0, 1, 2, 3])
    labels = label_batch(data, Batch(("Pump", "what a"), ("a", "b", "c", "d")))
    assert labels["relevant"].tolist() == [[True, False, False, False]] * 2
    assert labels["masked"].tolist() == [[False, True, True, False], [False] * 4]
    # so that where they lie moves the loss of the one question, and not of the other
    torch.manual_seed(0)
    asked, found = torch.randn(2, 8), torch.randn(4, 8)
    moved = found.clone()
    moved[1:3] += 1
    one: BatchLabels = {"relevant": labels["relevant"][:1], "masked": labels["masked"][:1]}
    assert info_nce(asked[:1], found, one, 20, False) == info_nce(asked[:1], moved, one, 20, False)
    assert info_nce(asked, found, labels, 20, False) != info_nce(asked, moved, labels, 20, False)
    assert replace(data, plausible={}).may_answer("Pump", "b") is False and data.may_answer("Pump", "b")
