"""What the typesetter added goes, what the author wrote stays."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.paragraphs import running_text

LONG = "the quick brown fox jumps over the lazy dog and then it goes on to"  # a full line


def body(page: int) -> str:
    return f"{LONG} meet number {page * 7} of\nmany other foxes. They talk.\nThen page {page * 7} is\nover."


def test_headers_and_footers_go() -> None:
    pages = [f"Annual Report\nChapter one\n{body(n)}\nConfidential\nPage {n} of 4" for n in range(1, 5)]
    text, starts = running_text(pages)
    assert "Annual" not in text
    assert "Chapter" not in text
    assert "Confidential" not in text
    assert "Page" not in text
    assert [text[start : start + 9] for start in starts] == ["the quick"] * 4


def test_headers_may_alternate_and_be_missing_on_the_first_page() -> None:
    headers = ["", "Left head 2\n", "Right head\n", "Left head 4\n", "Right head\n", "Left head 6\n", "Right head\n"]
    text, _ = running_text([header + body(number) for number, header in enumerate(headers)])
    assert "head" not in text


def test_headers_that_are_drawn_first_together_with_the_footer_go() -> None:
    text, _ = running_text([f"The title\nPage {n} of 3\n{body(n)}" for n in range(1, 4)])
    assert "title" not in text
    assert "Page" not in text


@pytest.mark.parametrize("number", ["{}", "- {} -", "Page {}", "page {} of 9", "{}/9", "— {} —"])
def test_a_lone_page_number_goes_from_short_documents_too(number: str) -> None:
    text, _ = running_text([f"{body(n)}\n{number.format(n)}" for n in (1, 2)])
    assert text.endswith("over.")
    assert text.count("over.") == 2
    assert not [line for line in text.splitlines() if line.strip("—- 129").lower() in ("", "page", "page of", "/")]


def test_a_page_number_that_is_drawn_first_goes_too() -> None:
    assert running_text(["The title\nPage 1 of 1\nWords."])[0] == "The title\nWords."
    assert running_text(["The title\n1\nWords."])[0] == "The title\n1\nWords."


def test_a_number_that_is_not_the_page_number_stays() -> None:
    text, _ = running_text(["Total of all\n2021", "Total of none\n2022"])
    assert text.splitlines() == ["Total of all", "2021", "Total of none", "2022"]


def test_lines_that_recur_elsewhere_stay() -> None:
    text, _ = running_text([f"Page head\nintro {n}.\nmore {n}.\nNotes\n{body(n)}" for n in (10, 20, 30)])
    assert text.count("Notes") == 3


def test_wrapped_lines_are_joined_and_others_are_not() -> None:
    lines = [
        "Results",
        "We looked at the animals of the park, and found that they are mostly",
        "asleep. In the morning, when the visitors have not come yet, the",
        "Foxes are awake.",
        "Methods",
        "• Counting by hand",
        "• Counting by eye",
        "Animal Number 2021 Number 2022 Average of both years 50",
        "Fox 3 4",
        "The end of it is here, which is a line that is as long as the others,",
        "mostly: done.",
    ]
    text, starts = running_text(["\r\n".join(lines)])
    assert starts == (0,)
    assert text.splitlines() == [
        "Results",
        "We looked at the animals of the park, and found that they are mostly asleep. In the morning, when the "
        "visitors have not come yet, the Foxes are awake.",
        "Methods",
        "• Counting by hand",
        "• Counting by eye",
        "Animal Number 2021 Number 2022 Average of both years 50",
        "Fox 3 4",
        "The end of it is here, which is a line that is as long as the others, mostly: done.",
    ]


def test_bullets_in_a_line_start_lines() -> None:
    assert running_text(["It has: • legs • arms"])[0] == "It has:\n• legs\n• arms"


def test_a_sentence_may_run_over_the_end_of_a_page() -> None:
    text, starts = running_text([f"Start here.\n{LONG}", "", "be continued. End."])
    assert text == f"Start here.\n{LONG} be continued. End."
    page_3 = text.index("be continued")
    assert starts == (0, page_3, page_3)  # the empty page holds nothing


def test_a_page_end_at_a_sentence_end_is_a_line_end() -> None:
    text, starts = running_text(["It ends.", "It starts again."])
    assert text == "It ends.\nIt starts again."
    assert starts == (0, 9)


@pytest.mark.parametrize("hyphen", ["-\n", "\ufffe", "\x02", "\x02\n", "\xad\n"])
@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        ("A third-party offer.", "third-party"),  # as it is written elsewhere
        ("A thirdparty offer.", "thirdparty"),
        ("The third of a party.", "third-party"),  # made of two words of the document
        ("Nothing of the kind.", "thirdparty"),
    ],
)
def test_hyphens_at_line_ends(hyphen: str, elsewhere: str, expected: str) -> None:
    text, _ = running_text([f"{elsewhere}\nThere is another third{hyphen}party here."])
    assert text == f"{elsewhere}\nThere is another {expected} here."


def test_hyphens_before_capitals_and_numbers_stay() -> None:
    assert (
        running_text(["under Rule 13a-\n14 and the Weighted-\nAverage"])[0]
        == "under Rule 13a-14 and the Weighted-Average"
    )


def test_lines_of_chinese_are_joined_without_a_space() -> None:
    line = "天地玄黃宇宙洪荒日月盈昃辰宿列張" * 2
    assert running_text([f"{line}\n{line}\n寒來暑往。\n秋收冬藏。"])[0] == f"{line}{line}寒來暑往。\n秋收冬藏。"


WORDS = st.lists(
    st.sampled_from(["fox", "Fox", "dog.", "7", "cat-", "•", "a", "Überfluss", "日本", "x" * 30]), max_size=12
)


@given(st.lists(st.lists(WORDS.map(" ".join), max_size=6).map("\n".join), min_size=1, max_size=2))
def test_nothing_but_blanks_and_hyphens_changes(pages: list[str]) -> None:
    text, starts = running_text(pages)
    assert [c for c in text if not c.isspace() and c != "-"] == [
        c for page in pages for c in page if not c.isspace() and c != "-"
    ]
    assert len(starts) == len(pages)
    assert starts[0] == 0
    assert all(a <= b for a, b in pairwise([*starts, len(text)]))
    for start, end, page in zip(starts, [*starts[1:], len(text)], pages, strict=True):
        assert [c for c in text[start:end] if c.isalnum()] == [c for c in page if c.isalnum()]
