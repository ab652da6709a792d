"""A query keeps to the words of its question, and kinds come in about the proportion asked for."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attune.core.records import Chunk
from attune.questions.cleaning.queries import Query
from attune.questions.cleaning.rephrase import common_words, in_kinds, rephrase
from attune.questions.params import KINDS, Kind, Kinds
from attune.text.words import words

SUBJECTS = "atlas borea ceres delos eurus fauna gaia helios iris juno".split()
PARTS = "valve rotor filter gasket sensor lamp hinge bolt cover piston".split()


def kinds(full: int = 0, hurried: int = 0, keywords: int = 0) -> Kinds:
    return Kinds(full=full, hurried=hurried, keywords=keywords)


def chunks(count: int = 30) -> list[Chunk]:
    return [
        Chunk(
            f"c{n}", "", f"The {SUBJECTS[n % 10]} machine {n} has a {PARTS[n % 10]} and the {PARTS[(n + 1) % 10]} too."
        )
        for n in range(count)
    ]


def questions(count: int = 30) -> list[Query]:
    return [
        Query(f"c{n}", f"What is the {SUBJECTS[n % 10]} machine {n} {PARTS[(n + i) % 10]} {how} for?", "full")
        for n in range(count)
        for i, how in enumerate(("built", "oiled", "sealed"))
    ]


@given(st.text(max_size=80), st.sampled_from(KINDS), st.sets(st.text(max_size=5)))
@example("?", "hurried", set())
@example("“?”", "keywords", set())
def test_a_rephrased_question_is_never_empty_and_adds_no_word(question: str, kind: Kind, common: set[str]) -> None:
    found = rephrase(question, kind, common)
    assert bool(found) == bool(question)
    if words(question):
        assert words(found)
    position = iter(words(question))
    if question.isascii():  # elsewhere a change of case may change the letters
        assert all(word in position for word in words(found))  # its words, in their order


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("full", 'What is the "Atlas ZX-9" rotor (new) oiled with?'),
        ("hurried", "what is the atlas zx-9 rotor new oiled with"),
        ("keywords", "Atlas ZX-9 rotor new oiled"),
    ],
)
def test_kinds_by_hand(kind: Kind, expected: str) -> None:
    assert rephrase('What is the "Atlas ZX-9" rotor (new) oiled with?', kind, {"what", "is", "the", "with"}) == expected


def test_two_keywords_are_enough_and_a_compound_is_one_unless_all_of_it_is_common() -> None:
    common = {"what", "is", "the", "of", "state", "art"}
    assert rephrase("What is the brass rotor?", "keywords", common) == "brass rotor"
    assert rephrase("What is the brass ZX-the rotor of-the?", "keywords", common) == "brass ZX-the rotor"


def test_a_question_stays_whole_where_one_keyword_is_left_of_it() -> None:
    assert rephrase("What is the rotor?", "keywords", {"what", "is", "the"}) == "What is the rotor?"
    asked = [Query("c0", "What is the rotor?", "full"), Query("c1", "What is the valve?", "full")]
    common = [Chunk(f"c{n}", "", "The rotor and the valve is what it is.") for n in range(9)]
    assert list(in_kinds(asked, common, kinds(keywords=1))) == asked  # and its kind says so


def test_common_words_begin_questions_or_stand_in_many_chunks() -> None:
    common = common_words([query.text for query in questions()], chunks())
    assert {"what", "is", "the", "machine"} <= common
    assert not common & {"valve", "rotor", "atlas", "oiled"}


def test_a_word_in_more_than_a_quarter_of_the_chunks_is_common() -> None:
    corpus = [Chunk(str(n), "", f"{'often ' * (n < 6)} {'seldom ' * (n < 5)} word{n}") for n in range(20)]
    assert common_words([], corpus) == {"often"}


def test_the_subject_of_the_only_question_is_no_common_word() -> None:
    assert "kubernetes" not in common_words(["Which Kubernetes pods restart?", "How is it sealed?"], chunks())


def test_all_kinds_are_made_in_about_the_proportion() -> None:
    made = Counter(query.kind for query in in_kinds(questions(), chunks(), kinds(1, 1, 1)))
    assert all(abs(made[kind] - 30) <= 8 for kind in KINDS)
    made = Counter(query.kind for query in in_kinds(questions(), chunks(), kinds(3, 0, 1)))
    assert made["hurried"] == 0 and 12 <= made["keywords"] <= 34


@given(st.permutations(range(30)))
def test_kinds_do_not_depend_on_the_order_of_the_chunks(order: list[int]) -> None:
    written = questions()
    shuffled = [query for place in order for query in written[place * 3 : place * 3 + 3]]
    assert sorted(in_kinds(shuffled, chunks(), kinds(1, 1, 2))) == sorted(in_kinds(written, chunks(), kinds(1, 1, 2)))


def test_more_chunks_change_no_others_as_long_as_common_words_stay() -> None:
    more = [Chunk(f"n{n}", "", f"The zeppelin{n} machine has a hull and the fin too.") for n in range(10)]
    new = [Query(f"n{n}", f"What is the zeppelin{n} hull for?", "full") for n in range(10)]
    before = common_words([q.text for q in questions()], chunks())
    after = common_words([q.text for q in questions() + new], chunks() + more)
    assert before & set(SUBJECTS + PARTS) == after & set(SUBJECTS + PARTS) == set()
    made = list(in_kinds(questions() + new, chunks() + more, kinds(1, 1, 1)))
    assert made[: len(questions())] == list(in_kinds(questions(), chunks(), kinds(1, 1, 1)))


def test_two_questions_that_become_the_same_stay_whole() -> None:
    asked = [
        Query("c0", "What is the inlet filter?", "full"),
        Query("c0", "Why is the inlet filter there?", "full"),
        Query("c1", "How is an outlet valve sealed?", "full"),
        Query("c2", "Where is the brass rotor?", "full"),
        Query("c3", "brass rotor?", "full"),  # says already what the one before would become
    ]
    corpus = [Chunk(f"c{n}", "", "What is the thing, and why or how or where is an object there?") for n in range(4)]
    made = list(in_kinds(asked, corpus, kinds(keywords=1)))
    assert [query.text for query in made] == [
        "What is the inlet filter?",
        "Why is the inlet filter there?",
        "outlet valve sealed",
        "Where is the brass rotor?",
        "brass rotor?",
    ]
    assert [query.kind for query in made] == ["full", "full", "keywords", "full", "full"]


@given(st.lists(st.tuples(st.sampled_from(["c0", "c1", "c2"]), st.text("ab ?", max_size=12)), unique_by=lambda q: q[1]))
def test_different_questions_stay_different(pairs: list[tuple[str, str]]) -> None:
    asked = {tuple(words(text)): Query(chunk, text, "full") for chunk, text in pairs if words(text)}
    made = list(in_kinds(list(asked.values()), chunks(3), kinds(1, 2, 3)))
    assert len({tuple(words(query.text)) for query in made}) == len(asked)
    assert [query.chunk_id for query in made] == [query.chunk_id for query in asked.values()]
