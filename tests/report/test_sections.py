"""The parts of the report: numbers, sentences, texts, ranks and drawings."""

from __future__ import annotations

import html
import json
import math
import re
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attune.core.records import Chunk
from attune.evaluation.results import AnyPart, Results, SetResults
from attune.report.reading.inputs import ChunkCounts, QuestionCounts, SplitCounts
from attune.report.reading.tables import Asked, Curves, read_curves
from attune.report.sections.examples import gained, gains, passage, regressions
from attune.report.sections.funnel import funnel
from attune.report.sections.moves import moves
from attune.report.sections.systems import difference_table, system_table
from attune.report.sections.verdict import Kind, state
from attune.report.sections.warnings import cautions_about, warnings
from attune.report.style.axis import Axis
from attune.report.style.lines import MOST_POINTS, Series, line_chart, running_mean, thinned
from attune.report.style.names import system_name
from attune.report.style.numbers import amount, axis_label, between, change, change_label, p_value, value_label
from attune.report.style.text import clean, excerpt, markdown

CHUNKS = ChunkCounts(
    documents=28,
    unreadable_documents=0,
    pages=0,
    pages_without_text=0,
    chunks=324,
    duplicate_chunks_merged=0,
    short_chunks_dropped=0,
)
SPLIT = SplitCounts(documents={"train": 19, "dev": 4, "test": 5, "gap": 0}, questions={"test": 145})
SHARED = SplitCounts(documents={"train": 28, "dev": 4, "test": 5, "gap": 0}, questions={"test": 145})


def found(hit: tuple[float, ...], ndcg: tuple[float, ...], word: str, **more: Any) -> dict[str, Any]:
    """A set of questions; `hit` and `ndcg` are base, fine-tuned, low, high."""

    def difference(values: tuple[float, ...]) -> dict[str, Any]:
        base, tuned, low, high = values
        return {"difference": tuned - base, "low": low, "high": high, "p": 0.0031, "detectable": 0.061}

    measures = {"hit_rate@5": hit, "ndcg@10": ndcg}
    against = {name: difference(values) for name, values in measures.items()}
    verdict = {"word": word, "measure": "ndcg@10", "clusters": 12, "effective_clusters": 11.5}
    verdict |= {"clustered_by": "document", "against": {"base": against}}
    tables = {system: {n: v[place] for n, v in measures.items()} for place, system in enumerate(("base", "finetuned"))}
    return {"questions": 800, "chunks": 324, "verdict": verdict, "systems": tables} | more


def read(part: type[AnyPart], raw: dict[str, Any]) -> AnyPart:
    """What a metrics file of this content is read as."""
    return part.model_validate_json(json.dumps(raw))


def told(kind: Kind, raw: dict[str, Any], split: SplitCounts = SPLIT) -> list[str]:
    return [text.replace("\u202f", " ") for text in state(kind, read(SetResults, raw), split, CHUNKS).sentences]


def test_a_gain_is_told_in_plain_words() -> None:
    raw = found((0.82069, 0.910345, 0.031, 0.147), (0.733413, 0.808735, 0.04, 0.11), "better")
    assert told("synthetic", raw) == [
        "On 800 questions about documents that it never saw, the fine-tuned model finds the right chunk among the "
        "first 5 in 91.0 % (base model: 82.1 %).",
        "The difference of +9.0 points (95 %: +3.1 to +14.7) is a gain beyond chance.",
        "Whoever searches like this finds the answer higher up with the fine-tuned model.",
        "The verdict rests on nDCG@10, which also counts how high the chunk stands: 0.733 before, 0.809 after, +0.075 "
        "(95 %: +0.040 to +0.110; p = 0.003).",
    ]


def test_no_change_tells_what_would_have_been_noticed() -> None:
    raw = found((0.8, 0.81, -0.03, 0.05), (0.7, 0.71, -0.02, 0.04), "no detectable change")
    sentences = told("human", raw)
    assert sentences[0].startswith("On 800 questions that people asked, the fine-tuned")
    assert sentences[1].endswith("(95 %: −3.0 to +5.0) could be chance: the interval holds zero.")
    assert sentences[2].endswith("a change of less than about 6.1 points would probably go unnoticed here.")


def test_a_loss_says_to_keep_the_base_model() -> None:
    raw = found((0.8, 0.7, -0.14, -0.06), (0.7, 0.6, -0.12, -0.08), "worse")
    sentences = told("synthetic", raw, SHARED)
    assert "about parts of the documents that it never saw" in sentences[0]
    assert sentences[1:3] == [
        "The difference of −10.0 points (95 %: −14.0 to −6.0) is a loss beyond chance.",
        "Whoever searches like this is better served by the base model: do not replace it.",
    ]
    general = told("general", raw | {"neighbours_kept": 0.62})
    assert general[2].startswith("The model has lost some of what it knew beyond the documents")
    assert general[2].endswith("62.0 % are the same as before.")


@pytest.mark.parametrize(
    ("word", "hit", "said"),
    [
        ("better", (0.8, 0.82, -0.01, 0.05), "alone could be chance."),
        (
            "no detectable change",
            (0.8, 0.82, 0.01, 0.03),
            "a gain beyond chance, but the measure that decides shows none.",
        ),
        (
            "no detectable change",
            (0.8, 0.78, -0.03, -0.01),
            "loss beyond chance, but the measure that decides shows none.",
        ),
    ],
)
def test_a_verdict_that_another_measure_decides_is_not_contradicted(
    word: str, hit: tuple[float, ...], said: str
) -> None:
    assert told("synthetic", found(hit, (0.7, 0.72, 0.01, 0.03), word))[1].endswith(said)


def test_too_few_questions_promise_nothing() -> None:
    raw = found((0.8, 0.81, -1.0, 1.0), (0.7, 0.71, -1.0, 1.0), "no detectable change")
    raw["verdict"]["against"]["base"]["hit_rate@5"]["detectable"] = 1.0
    assert told("human", raw)[2].endswith("equal: there are too few to show any change.")


def test_warnings_name_what_weakens_the_verdict() -> None:
    raw = found((0.8, 0.9, 0.1, 0.2), (0.7, 0.8, 0.1, 0.2), "better")
    assert [w.split(".")[0] for w in warnings(read(Results, raw), CHUNKS)] == [
        "All test questions were written by a language model"
    ]
    assert "only 200" not in " ".join(warnings(read(Results, raw | {"questions": 200}), CHUNKS))
    raw |= {"questions": 199, "skipped": {"x": "no key"}, "truncated": {"base": 0.05, "finetuned": 0.049}}
    raw["truncated"] |= {"base@64": 0.05, "finetuned@64": 0.049}
    raw["verdict"] |= {"clusters": 9, "effective_clusters": 9.0}
    text = " ".join(warnings(read(Results, raw), CHUNKS))
    for part in ("only 199", "only 9 documents", "x was not measured: no key", "Base: 5.0\u202f% of the chunks"):
        assert part in text
    assert "Fine-tuned" not in text and "Base, 64" not in text
    raw["verdict"] |= {"clustered_by": "chunk"}
    raw["human"] = found((0.8, 0.9, 0.1, 0.2), (0.7, 0.8, 0.1, 0.2), "better") | {"unmapped": 1}
    text = " ".join(warnings(read(Results, raw), CHUNKS))
    assert "fewer than 3 documents" in text and "1 question left out" in text and "language model" not in text


def test_unequal_documents_are_told_to_weigh_like_few() -> None:
    raw = found((0.8, 0.9, 0.1, 0.2), (0.7, 0.8, 0.1, 0.2), "better")
    raw["verdict"] |= {"clusters": 51, "effective_clusters": 2.34}
    (line,) = cautions_about("Test questions", read(SetResults, raw))
    assert line.startswith(
        "Test questions: they come from 51 documents of unequal size, which weigh like 2.3 of one size"
    )
    raw["verdict"] |= {"clusters": 1, "effective_clusters": 1.0, "clustered_by": "chunk"}
    assert [line.split(",")[0] for line in cautions_about("T", read(SetResults, raw))] == [
        "T: they come from fewer than 3 documents. The verdict holds for more questions about the same text",
        "T: they come from only 1 chunk",
    ]
    assert list(cautions_about("T", read(SetResults, raw), own=False)) == []


def test_systems_are_called_what_they_are() -> None:
    names = [system_name(name) for name in ("base@64", "finetuned@128", "bm25@2", "my-base@64", "base@v2")]
    assert names == ["Base, 64 numbers", "Fine-tuned, 128 numbers", "bm25@2", "my-base@64", "base@v2"]


def test_funnel_in_a_line() -> None:
    dropped = {"not_a_question": 180, "too_short": 0, "no_rare_word": 121}
    written = QuestionCounts(questions_written=951, questions_kept=650, dropped=dropped)
    split = SplitCounts(documents={}, questions={"train": 433, "dev": 72, "test": 145, "gap": 0})
    assert funnel(CHUNKS, written, split).line == (
        "28 documents → 324 chunks → 951 questions written → 650 questions kept (dropped: 180 not a question, "
        "121 without a telling word) → 433 train / 72 dev / 145 test"
    )


# systems and tables


def test_what_cannot_be_noticed_does_not_stretch_the_axis() -> None:
    raw = found((0.8, 0.81, -0.02, 0.04), (0.7, 0.71, -0.02, 0.04), "no detectable change")
    for detectable, ends in ((0.061, ("−10", "+10")), (1.0, ("−2", "+4"))):
        raw["verdict"]["against"]["base"]["hit_rate@5"]["detectable"] = detectable
        table = difference_table(read(SetResults, raw), "hit_rate@5", {})
        assert table and (table.ticks[0][1], table.ticks[-1][1]) == ends


def test_base_model_is_the_first_to_be_compared_with() -> None:
    raw = found((0.8, 0.81, -0.02, 0.04), (0.7, 0.71, -0.02, 0.04), "no detectable change")
    base = raw["verdict"]["against"]["base"]
    raw["verdict"]["against"] = {"bm25": base, "a": base, "base": base}
    table = difference_table(read(SetResults, raw), "ndcg@10", {})
    assert table and [row.system for row in table.rows] == ["base", "bm25", "a"]


def test_systems_are_in_the_order_of_the_measure_that_decides() -> None:
    raw = found((0.8, 0.7, 0, 0), (0.7, 0.71, 0, 0), "no detectable change")
    raw["systems"] |= {"x": {"hit_rate@5": None, "ndcg@10": None}, "y": {"hit_rate@5": 0.1, "ndcg@10": 0.9}}
    table = system_table(read(SetResults, raw), "hit_rate@5", {"x": "no key"})
    assert [(row.system, row.value, row.reason) for row in table.rows] == [
        ("y", "10.0\u202f%", ""),
        ("finetuned", "70.0\u202f%", ""),
        ("base", "80.0\u202f%", ""),
        ("x", "not measured", "no key"),
    ]


def test_column_of_a_system_that_did_not_run_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text("k,base,gone\n1,0.5,\n2,0.75,\n")
    assert read_curves(tmp_path / "curve.csv", "k") == Curves([1.0, 2.0], {"base": [0.5, 0.75]})


def test_tables_of_other_things_are_no_systems() -> None:
    raw = found((0.8, 0.81, -0.02, 0.04), (0.7, 0.71, -0.02, 0.04), "no detectable change")
    raw |= {"skipped": {"model@commit": "no key"}, "prompts": {"base": "query: "}, "truncated": {"a@b": 0.5}}
    assert list(read(Results, raw).systems) == ["base", "finetuned"]


# numbers


def test_numbers_are_written_as_people_read_them() -> None:
    assert amount("hit_rate@5", 0.910345) == "91.0\u202f%" and amount("ndcg@10", 0.8) == "0.800"
    assert change("hit_rate@5", -0.0312) == "−3.1" and change("mrr@10", 0.0004) == "0.000"
    assert change("recall@5", -0.0001) == "0.0" and change("map@100", 0.0005001) == "+0.001"
    assert between("hit_rate@5", 0.1, 0.25) == "10.0 to 25.0\u202f%" and between("ndcg@10", 0, 1) == "0.000 to 1.000"
    assert (axis_label("hit_rate@k", 0.25), axis_label("loss", 0.05)) == ("25\u202f%", "0.05")
    assert (value_label("hit_rate@5", 0.8), value_label("ndcg@10", 0.25)) == ("80", "0.25")
    assert (change_label("hit_rate@5", -0.1), change_label("ndcg@10", 0.05), change_label("ndcg@10", 0)) == (
        "−10",
        "+0.05",
        "0",
    )
    assert (p_value(0.0009), p_value(0.001), p_value(1.0)) == ("p < 0.001", "p = 0.001", "p = 1.000")


# texts

SIGNS = st.sampled_from(
    [*"\\`*_[]()<>&|~$#!@:/.-+=\"'{}^%\n\t\0", " ", "http://", "www.", "GH-7", "me@x.org", "é", "中", "ﷺ"]
)
TEXTS = st.lists(SIGNS | st.characters(codec="utf-8") | st.sampled_from("aZ09"), max_size=40).map("".join)


def rendered(source: str) -> str:
    options = cmarkgfm.Options.CMARK_OPT_UNSAFE
    return str(cmarkgfm.github_flavored_markdown_to_html(source, options=options))


@given(TEXTS)
@example("![a](http://b) [c][d] <e@f.gh> <https://i.jk> &copy; \\* www.l.mn o@p.qr ftp://s.t mailto:u@v.wx")
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    page = rendered(f"x {markdown(text)} y")
    shown = re.fullmatch(r"<p>x (.*) y</p>\n", page, re.DOTALL)
    assert shown, page
    assert "<" not in shown[1]
    assert " ".join(html.unescape(shown[1]).replace("\u2060", "").split()) == " ".join(
        clean(" ".join(text.split())).replace("\u2060", "").split()
    )


@given(TEXTS)
def test_markdown_stays_within_its_cell_and_mentions_nobody(text: str) -> None:
    page = rendered(f"| a | b |\n|---|---|\n| {markdown(text)} | z |\n")
    assert page.count("<td>") == 2 and page.count("<tr>") == 2
    assert not re.search(r"(?<!\w)@[a-zA-Z]|(?<!\w)#\d|\bGH-\d", html.unescape(page))


def test_hit_rates_stay_as_they_are_in_markdown() -> None:
    assert markdown("nDCG@10, 91.0 % (+8.9)") == "nDCG@10, 91.0 % (+8.9)"


@given(TEXTS, st.integers(1, 30))
def test_excerpt_is_the_beginning_in_one_line(text: str, most: int) -> None:
    whole, short = clean(" ".join(text.split())), excerpt(text, most)
    assert "\n" not in short and len(short) <= most + 2
    assert short == whole if len(whole) <= most else whole.startswith(short.removesuffix(" …"))


def test_excerpt_cuts_between_words_and_breaks_long_ones() -> None:
    assert excerpt("one two three", 9) == "one two …"
    assert excerpt("a" * 50, 10) == "a" * 10 + " …"


# ranks and examples


def asked(base: int | None, tuned: int | None, id: str = "q", chunk: str = "c1", first: str = "c2") -> Asked:
    ranks, firsts = {"base": base, "finetuned": tuned}, {"base": f"{first}-base", "finetuned": first}
    return Asked(id, f"question {id}", chunk, ranks, firsts)


RANKS = st.none() | st.integers(1, 100)


@given(st.lists(st.tuples(RANKS, RANKS), min_size=1, max_size=30))
def test_moves_count_every_question_once(ranks: list[tuple[int | None, int | None]]) -> None:
    m = moves([asked(*pair) for pair in ranks], 5)
    far = [(before or math.inf, after or math.inf) for before, after in ranks]
    assert m.total == len(ranks) == sum(map(sum, m.table))
    assert m.up == sum(after < before for before, after in far) and m.down == sum(a > b for b, a in far)
    assert m.entered - m.left == sum(after <= 5 for _, after in far) - sum(before <= 5 for before, _ in far)
    assert sum(bar.base for bar in m.bars) == sum(bar.tuned for bar in m.bars) == len(ranks)
    assert max(max(bar.base_share, bar.tuned_share) for bar in m.bars) == 1


def test_moves_stand_in_the_right_bins() -> None:
    m = moves([asked(1, None), asked(3, 1), asked(11, 100), asked(6, 10), asked(None, 5)], 5)
    assert m.bins == ["1", "2–3", "4–5", "6–10", "11–100", ">\u2009100"]
    assert [(r, c) for r, row in enumerate(m.table) for c, n in enumerate(row) if n] == [
        (0, 5),
        (1, 0),
        (3, 3),
        (4, 4),
        (5, 2),
    ]
    assert (m.up, m.same, m.down, m.entered, m.left) == (2, 0, 3, 1, 1)
    assert [(bar.bin, bar.base, bar.tuned) for bar in m.bars][:3] == [("1", 1, 1), ("2", 0, 0), ("3", 1, 0)]


def test_worst_and_best_are_by_what_they_cost_and_then_by_id() -> None:
    rows = [
        asked(20, 40, "far"),
        asked(1, 2, "near"),
        asked(1, None, "lost"),
        asked(2, 1, "b"),
        asked(2, 1, "a"),
        asked(3, 3, "same"),
    ]
    assert gained(rows[1]) == pytest.approx(1 / math.log2(3) - 1)
    assert [e.question for e in regressions(rows, {})] == ["question lost", "question near", "question far"]
    assert [e.question for e in gains(rows, {})] == ["question a", "question b"]
    assert [e.question for e in regressions(rows, {}, most=1)] == ["question lost"]
    assert regressions(rows, {})[0].after == "beyond rank 100"


def chunk(id: str, document: str, start: int, pages: list[int] | None = None) -> Chunk:
    return Chunk(id, "", f"text of {id}", {"document": document, "start": start, "end": start + 10, "pages": pages})


@pytest.mark.parametrize(
    ("other", "remark"),
    [
        (chunk("c2", "a.pdf", 29), "overlaps with the right chunk"),
        (chunk("c2", "a.pdf", 30), "same document"),
        (chunk("c2", "a.pdf", 11), "overlaps with the right chunk"),
        (chunk("c2", "a.pdf", 10), "same document"),
        (chunk("c2", "b.pdf", 0), ""),
    ],
)
def test_example_tells_how_the_chunks_are_related(other: Chunk, remark: str) -> None:
    corpus = {"c1": chunk("c1", "a.pdf", 20, [3, 4]), "c2": other}
    (one,) = regressions([asked(1, 7)], corpus)
    assert one.instead and (one.remark, one.instead.text) == (remark, "text of c2")
    assert (one.relevant.document, one.relevant.pages, one.before, one.after) == (
        "a.pdf",
        "pages 3–4",
        "rank 1",
        "rank 7",
    )
    assert passage("c1", {"c1": chunk("c1", "a", 0, [5, 5])}).pages == "page 5"


def test_gain_shows_what_the_base_model_had_put_first() -> None:
    (one,) = gains([asked(2, 1)], {name: chunk(name, "a", 0) for name in ("c1", "c2", "c2-base")})
    assert one.instead and one.instead.text == "text of c2-base"


def test_right_chunk_on_top_stands_in_nobodys_place() -> None:
    (one,) = regressions([asked(2, 3, first="c1")], {"c1": chunk("c1", "a", 0)})
    assert one.instead is None


# drawings

VALUES = st.lists(st.floats(-1, 1, allow_nan=False).map(lambda x: round(x, 6)), min_size=1, max_size=8)


@given(VALUES, st.integers(2, 6))
def test_axis_holds_all_values_between_few_round_ticks(values: list[float], intervals: int) -> None:
    axis = Axis.around(values, intervals)
    assert axis.low <= min(values) + 1e-9 and axis.high >= max(values) - 1e-9
    assert 2 <= len(axis.ticks) <= intervals + 2
    steps = [b - a for a, b in zip(axis.ticks, axis.ticks[1:], strict=False)]
    assert max(steps) == pytest.approx(min(steps))
    mantissa = steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-9)
    assert any(mantissa == pytest.approx(size) for size in (1, 2, 2.5, 5))
    assert all(0 <= float(axis.at(value).rstrip("%")) <= 100 for value in values)


def test_axis_of_measures_ends_at_one() -> None:
    assert Axis.around([0.62, 0.97]).ticks == (0.6, 0.7, 0.8, 0.9, 1.0)
    assert Axis.around([0.0]).low == 0.0
    assert Axis(0, 1, ()).at(0.5) == "50.00%" and Axis(0, 1, ()).span(0, 0.5) == ("4.00%", "46.00%")


def test_line_is_drawn_where_its_values_are() -> None:
    chart = line_chart("id", "Title", "k", [Series("a", "s-0", [(1, 0.0), (2, 0.5), (3, 1.0)])], "hit_rate@k")
    assert chart.lines[0].points == "46,170 198,90 350,10"
    assert [tick.label for tick in chart.x_ticks] == ["1", "2", "3"]
    assert chart.description == "Title over k. a: 0.0\u202f% at 1, 100.0\u202f% at 3."


@given(st.integers(1, 3 * MOST_POINTS))
def test_long_lines_are_thinned_and_keep_their_end(count: int) -> None:
    points = [(float(i), float(i % 7)) for i in range(count)]
    short = thinned(points)
    assert len(short) <= MOST_POINTS and short[-1] == points[-1]
    assert short == points or len(points) >= MOST_POINTS


def test_running_mean_is_the_mean_of_neighbours() -> None:
    assert running_mean([(1, 1.0), (2, 4.0), (3, 7.0), (4, 0.0)], 3) == [(1, 2.5), (2, 4.0), (3, 11 / 3), (4, 3.5)]
    assert running_mean([(1, 1.0)], 1) == [(1, 1.0)]
