"""Tables of contents, rows of figures and repetitions are not asked about; text, code and tables with words are."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.records import Chunk
from attune.questions.asking.worth import REASONS, worth_asking

PROSE = (
    "The pump moves eighty litres of clean water each minute through a valve of brass, which does not rust. The inlet "
    "filter is changed every 500 hours by the operator, or whenever the lamp on the panel is lit."
)


def reason(text: str, fewest_words: int = 5) -> str | None:
    kept, skipped = worth_asking([Chunk("c", "", text)], fewest_words)
    assert sum(skipped.values()) == 1 - len(kept)
    return next((name for name, count in skipped.items() if count), None)


def table(between: str, *ends: str) -> str:
    labels = ("Introduction", "Cost of oil", "Operations and support", "The valve", "Index of words")
    return "\n".join(label + between + end for label, end in zip(labels, ends, strict=True))


CONTENTS = [
    # leaders
    table(" ........ ", "1", "3", "7", "12", "90"),
    table(" . . . . . . . . . . . . . . . . . . . . ", "1", "3", "7", "12", "90"),
    table(" …… ", "1", "3", "7", "12", "90"),
    table(" ____ ", "1", "3", "3", "12", "1190"),
    # in one line, as some PDF files give it
    "Contents Introduction ..... 1 Installation ..... 3 Oil pressure ..... 7 The valve ..... 12 Index ..... 90",
    # no leaders
    "Item 1. Business 5\nItem 1A. Risk Factors 12\nItem 2. Properties 40\nItem 3. Legal Proceedings (pending) 41\n"
    "PART II\nItem 5. Market for Equity 43\nItem 6. [Reserved] 43",
    "Introduction\t1\nInstallation of the pump\t3\nOil pressure\t7\nWhat does it move?\t12\nIndex\t90",
    # titles that take two lines
    "The introduction to the whole of\nthis book ...... 1\nInstallation ...... 3\nOil pressure and how it is\n"
    "read ...... 7\nThe valve ...... 12\nIndex ...... 90",
    "第一章 概述 …… 1\n第二章 安装 …… 3\n第三章 油压 …… 7\n第四章 阀门 …… 12\n索引 …… 90",
    "Einführung ....... 1\nÖldruck ....... 3\nÜberprüfung ....... 3\nVentil ....... 12\nStichwörter ....... 90",
]


@pytest.mark.parametrize("text", CONTENTS)
def test_a_table_of_contents_is_told_by_its_rising_pages(text: str) -> None:
    assert reason(text) == "table_of_contents"


@pytest.mark.parametrize(
    "text",
    [
        # figures rise and fall, have commas, signs, several columns
        table(" ", "320", "170", "440", "411", "911"),
        table(" ..... ", "3,208", "4,702", "5,400", "6,111", "9,110"),
        table(" ..... $ ", "320", "410", "440", "511", "911"),
        table(" $ ", "320", "410", "440", "511", "911"),
        table(" ..... ", "12.5", "13.1", "20.2", "30.9", "44.1"),
        table(" ..... ", "12%", "13%", "20%", "30%", "44%"),
        table(" ..... ", "12 20", "13 30", "20 40", "30 50", "44 60"),
        table(" ", "100 120", "200 220", "300 320", "400 420", "500 520"),
        table(" ", "(12)", "(13)", "(20)", "(30)", "(75)"),
        table(" ", "1,320", "2,410", "3,440", "4,511", "5,911"),
        table(" ..... ", "320", "170", "440", "411", "911"),
        # years
        table(" of ", "1998", "2001", "2003", "2010", "2015"),
        # too few
        "Introduction ........ 1\nInstallation ........ 3\nOil pressure ........ 7\n" + PROSE,
        "".join(f"{PROSE}\nSee the page {page}\n{PROSE}\n" for page in range(3, 9)),
        # all the same
        table(" ", "4", "4", "4", "4", "4"),
        # text
        PROSE,
        "1. Open the valve of the pump.\n2. Wait for the lamp.\n3. Close the valve again.\n4. Read the panel.",
        "名称和规格：泵每分钟输送八十升清水，通过黄铜阀门，不会生锈。操作员每五百小时更换一次过滤器。",
        "ポンプは毎分八十リットルの水を送り、弁は真鍮でできているので錆びません。",
        "पंप हर मिनट अस्सी लीटर साफ पानी पीतल के वाल्व से भेजता है, जिसमें जंग नहीं लगता। फ़िल्टर बदला जाता है।",
        "ปั๊มส่งน้ำสะอาดแปดสิบลิตรต่อนาทีผ่านวาล์วทองเหลืองที่ไม่เป็นสนิม",
        "تنقل المضخة ثمانين لترا من الماء النظيف كل دقيقة عبر صمام من النحاس الذي لا يصدأ أبدا.",
        # code
        "def mean(values: list[float]) -> float:\n    if not values:\n        raise ValueError('no values')\n"
        "    return sum(values) / len(values)\n",
        "for (int i = 0; i < rows.size(); ++i) {\n  total += rows[i].price * rows[i].count;\n}\nreturn total / 100;",
        "SELECT name, price FROM pumps WHERE litres > 80 AND valve = 'brass' ORDER BY price DESC LIMIT 10;",
        '{"pump": {"litres": 80, "valve": "brass", "filter_hours": 500, "lamp": true, "colour": "green"}}',
        # a table of figures with labels
        "Net revenue per rider | $51.79 | 44.40\nCost of revenue | $1,702 | 1,447\nOperations and support | $402 | 453",
    ],
)
def test_other_text_is_asked_about(text: str) -> None:
    assert reason(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Page 3 of 12", "too_few_words"),
        ("!!! ??? ... ---", "too_few_words"),
        ("水泵", "too_few_words"),
        ("12 000,50 13 100,75 14 990,00 15 230,10 2021 2022 2023 Total 99 100", "few_letters"),
        ("Net 1,702 1,447 402 453 | Tax 106 120 177 | Sum 2,021 2,022 99 100 | Due 12,150 13", "few_letters"),
        ("+---+---+---+\n| a | 1 | 2 |\n+---+---+---+\n| b | 3 | 4 |\n+---+---+---+", "few_letters"),
    ],
)
def test_what_holds_few_words_or_letters_is_skipped_for_that(text: str, expected: str) -> None:
    assert reason(text) == expected


def test_the_fewest_words_are_a_knob() -> None:
    text = "one two three four"
    assert reason(text, 4) is None
    assert reason(text, 5) == "too_few_words"
    assert reason("!", 0) == "few_letters"


def test_of_chunks_that_repeat_each_other_the_first_is_asked_about() -> None:
    form = [
        f"{PROSE} {PROSE} {PROSE} Signed by {name} today." for name in ("Ada Lovelace", "Grace Hopper", "Mary Shaw")
    ]
    others = ["The oven is heated to 200 degrees and the bread stays in it for an hour, says the old baker.", PROSE]
    texts = [others[0], form[0], form[1], others[0].upper(), form[2]]
    kept, skipped = worth_asking([Chunk(str(n), "", text) for n, text in enumerate(texts)], 5)
    assert list(kept) == [0, 1]
    assert skipped["repeats_another_chunk"] == 3
    assert reason(others[1]) is None


def test_a_chunk_that_repeats_a_skipped_one_is_judged_by_itself() -> None:
    chunks = [Chunk(str(n), "", text) for n, text in enumerate([CONTENTS[0], CONTENTS[0].upper(), PROSE])]
    kept, skipped = worth_asking(chunks, 5)
    assert list(kept) == [2]
    assert (skipped["table_of_contents"], skipped["repeats_another_chunk"]) == (2, 0)
    long = " ".join(f"word{n}" for n in range(100))
    kept, skipped = worth_asking([Chunk("0", "", long), Chunk("1", "", f"{long} more")], 101)
    assert list(kept) == [1]
    assert worth_asking([Chunk("0", "", long), Chunk("1", "", f"{long} more")], 100)[1]["repeats_another_chunk"] == 1


def test_a_small_difference_in_subject_is_no_repetition() -> None:
    text = "The {} pump moves {} litres of {} each minute through a valve of {}."
    texts = [text.format("Atlas", 80, "water", "brass"), text.format("Borea", 90, "oil", "steel")]
    assert len(worth_asking([Chunk(str(n), "", text) for n, text in enumerate(texts)], 5)[0]) == 2


TEXTS = st.lists(st.sampled_from([PROSE, PROSE.upper(), "Page 3", "1 2 3 4 5 6", *CONTENTS[:3]]) | st.text(max_size=40))


@given(TEXTS, st.integers(0, 20))
def test_every_chunk_is_kept_or_counted_once_and_keeps_its_place(texts: list[str], fewest: int) -> None:
    chunks = [Chunk(str(n), "", text) for n, text in enumerate(texts)]
    kept, skipped = worth_asking(chunks, fewest)
    assert tuple(skipped) == REASONS
    assert len(kept) + sum(skipped.values()) == len(chunks)
    assert list(kept) == sorted(set(kept)) and set(kept) <= set(range(len(chunks)))


@given(st.data())
def test_the_order_of_the_chunks_decides_only_which_of_the_same_is_kept(data: st.DataObject) -> None:
    chunks = [Chunk(str(n), "", text) for n, text in enumerate(data.draw(TEXTS))]
    kept, skipped = worth_asking(chunks, 3)
    others = data.draw(st.permutations(chunks))
    kept_of_others, skipped_of_others = worth_asking(others, 3)
    assert skipped == skipped_of_others
    assert len(kept) == len(kept_of_others)
    texts = {chunks[place].text.casefold() for place in kept}
    assert texts == {others[place].text.casefold() for place in kept_of_others}


@pytest.mark.parametrize(
    "text",
    [". " * 200_000 + "a", "_" * 400_000, "… " * 200_000, "a " * 20_000, "1 " * 20_000, "a" + " " * 100_000 + "b"],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    worth_asking([Chunk("c", "", f"{PROSE} {text}")], 5)
    assert time.process_time() - start < 3
