"""Which clicks and judgements count."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.people.places.evidence import Evidence
from attune.people.queries.answers import MOST_ANSWERS, MOST_OF_CLIENT, Answers, Rules
from attune.people.queries.clean import Query
from attune.people.queries.rows import NOTHING, Row, Target
from tests.support.chunks import saying
from tests.support.lease import CHUNKS, IDS
from tests.support.typed import answers, typed

EVIDENCE = Evidence(CHUNKS)
MANY = Evidence([saying(f"The text of document {number}.", f"{number}.txt") for number in range(30)])
RULES = Rules(1, 0.5, 16)


def of(*rows: Row, rules: Rules = RULES) -> tuple[list[tuple[list[int], float]], dict[str, int]]:
    """The chunks and the weight of each answer, and what was left out."""
    finder = Answers(EVIDENCE, rules)
    found = [(sorted(answer.pointed.chunks), answer.weight) for answer in finder.of(Query("q", list(rows)))]
    return found, {reason: count for reason, count in finder.left_out.items() if count}


def click(place: int, client: str = "", clicks: float = 1.0) -> Row:
    return Row("q", "log:1", Target(IDS[place]), None, clicks, client)


def grade(place: int, given: float) -> Row:
    return Row("q", "log:1", Target(IDS[place]), given)


def test_a_client_has_one_vote_for_an_answer() -> None:
    rows = [click(0, "bot") for _ in range(99)] + [click(1, "a"), click(1, "b"), click(1, "c")]
    assert of(*rows) == ([([1], 3.0)], {"repeated": 98, "small_share": 1})


def test_clicks_of_nobody_known_are_added_up() -> None:
    assert of(click(0, clicks=3), click(0, clicks=4), click(1, "a")) == ([([0], 7.0)], {"small_share": 1})


def test_a_client_that_opens_everything_has_no_vote() -> None:
    finder = Answers(MANY, RULES)
    opened = [Row("q", "log:1", Target(f"{number}.txt"), None, 1.0, "bot") for number in range(MOST_OF_CLIENT + 1)]
    person = Row("q", "log:2", Target("3.txt"), None, 1.0, "a")
    (answer,) = finder.of(Query("q", [*opened, person]))
    assert answer.weight == 1.0 and answer.pointed.chunks == {3}
    assert finder.left_out["bots"] == MOST_OF_CLIENT + 1 and finder.left_out["repeated"] == 0
    assert len(finder.of(Query("q", [*opened[1:], person]))) == MOST_ANSWERS  # one link fewer may be a person


def test_a_query_has_few_answers_those_with_the_most_clicks() -> None:
    finder = Answers(MANY, Rules(1, 0.0, 16))
    rows = [Row("q", "log:1", Target(f"{number}.txt"), None, 1.0 + number) for number in range(9)]
    found = finder.of(Query("q", rows))
    assert [answer.weight for answer in found] == [9.0, 8.0, 7.0, 6.0, 5.0] and len(found) == MOST_ANSWERS
    assert finder.left_out["many_answers"] == 4


def test_few_clicks_do_not_count() -> None:
    rules = Rules(2, 0.0, 16)
    assert of(click(0, "a"), click(0, "b"), click(1, "a"), rules=rules) == ([([0], 2.0)], {"few_clicks": 1})


def test_what_people_judged_goes_before_clicks_and_against_them() -> None:
    found, left_out = of(grade(0, 3), grade(1, 0), click(1, "a"), click(1, "b"), click(2, "a"))
    assert found == [([0], 3.0), ([2], 1.0)] and left_out == {"not_relevant": 1}


def test_grades_of_several_people_are_averaged() -> None:
    assert of(grade(0, 2), grade(0, 0), grade(1, -1), grade(1, 1)) == ([([0], 1.0)], {"not_relevant": 1})


def test_a_fair_answer_does_not_count_beside_a_perfect_one_but_alone() -> None:
    assert of(grade(0, 3), grade(1, 1)) == ([([0], 3.0)], {"small_share": 1})
    assert of(grade(1, 1)) == ([([1], 1.0)], {})


def test_where_an_answer_is_known_none_is_guessed() -> None:
    found, _ = of(Row("q", "log:1", Target("lease.pdf"), None, 1.0), click(1))
    assert found == [([1], 1.0)]


def test_names_of_one_document_are_one_answer() -> None:
    rows = [Row("q", "log:1", Target(name), None, 1.0) for name in ("faq.md", "x://h/faq.md", IDS[3])]
    assert of(*rows, click(0, clicks=2)) == ([([3], 3.0), ([0], 2.0)], {})


def test_documents_that_are_not_there_are_counted_each_time_and_told_once() -> None:
    finder = Answers(EVIDENCE, RULES)
    gone = [Row("q", f"log:{line}", Target("gone.pdf"), None, 1.0) for line in (3, 4)]
    assert finder.of(Query("q", gone)) == [] and finder.left_out["unknown_place"] == 2
    assert finder.reasons == {"no document 'gone.pdf' has chunks": "log:3"}


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "a", "b", "c"])), max_size=12), st.integers(1, 3))
def test_every_click_is_a_vote_or_counted(clicked: list[tuple[int, str]], least: int) -> None:
    finder = Answers(EVIDENCE, Rules(least, 0.0, 16))
    found = finder.of(Query("q", [click(place, client) for place, client in clicked]))
    votes = {place: clicked.count((place, "")) for place, _ in clicked}
    for place, client in set(clicked):
        votes[place] += client != ""
    assert {next(iter(answer.pointed.chunks)): answer.weight for answer in found} == {
        place: number for place, number in votes.items() if number >= least
    }
    assert finder.left_out["repeated"] == len(clicked) - sum(votes.values())


def test_queries_without_a_target_have_no_answer() -> None:
    assert of(Row("q", "log:1", NOTHING, 1.0), Row("q", "log:2", NOTHING, None, 5.0)) == ([], {})


@pytest.mark.parametrize("most", [1, 2])
def test_a_chunk_answers_at_most_so_many_queries_those_with_the_most_clicks(tmp_path: Path, most: int) -> None:
    table = "query,document,clicks\n" + "".join(f"cat {number},faq.md,{number}\n" for number in range(1, 5))
    found = typed(tmp_path, {"log.csv": table}, Rules(1, 0.5, most))
    assert list(answers(found)) == [f"cat {number}" for number in range(5 - most, 5)]
    assert found.counts["answers_left_out"]["crowded"] == 4 - most
