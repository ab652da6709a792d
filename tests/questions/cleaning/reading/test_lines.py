"""Lists, tables and tags tell which lines are questions; marks and remarks are no part of one."""

from __future__ import annotations

import pytest

from attune.questions.cleaning.reading.lines import bare, listed, table

A, B = "What is a pump?", "Where is it?"


@pytest.mark.parametrize(
    "line",
    [
        f"1. **{A}** (factual)",
        f"{A} (factual)",
        f"{A} [full]",
        f"- **{A}** - asks about the pump",
        f"**{A}**: it asks",
        f"**Full question:** {A}",
        f"2. (full) {A}",
        f'"{A}" – asks about the pump',
        "What is\x00 a\x1b[31m pump?",
        "What is a \ud83dpump?",
        f"a) {A}",
        f"iv. {A}",
        f"③ {A}",
        f"3\ufe0f\u20e3 {A}",
        f"（3）{A}",
        f"3、{A}",
        f"**3:** {A}",
        f"➤ {A}",
        f"- [ ] {A}",
        f"Frage 3: {A}",
        f"问题3：{A}",
        f"**Q3: {A}** A: It moves.",
    ],
)
def test_a_question_is_bare(line: str) -> None:
    assert bare(line) == A


@pytest.mark.parametrize(
    "line", ["Who won (in 2021)?", "What is it - and why?", "What does the <p> element do?", "E. coli"]
)
def test_what_belongs_to_a_question_stays(line: str) -> None:
    assert bare(line) == line


@pytest.mark.parametrize(
    "text",
    [
        f"Sure:\n\n1. {A}\n2. {B}\n\nShall I write more?",
        f"1. {A}\n   - Type: full\n   - Answer: is it?\n2. {B}\n   - Answer: there",
        f"Q: {A}\nA: It moves.\nQ: {B}\nA: There.",
        f"### Question 1\n{A}\n\n### Question 2\n{B}",
        f"**Question 1:** {A}\n**Answer:** It moves.\n**Question 2:** {B}",
        f"<questions>\n<question>{A}</question>\n<question>{B}</question>\n</questions>",
        f"| # | Question | Type |\n|---|:---|---|\n| 1 | {A} | full |\n| 2 | {B} | full |",
        f"1. {A} 2. {B}",
        f"1. {A}\n   A) a wheel\n   B) a valve\n2. {B}\nA) there",
        f"**Full:**\n{A}\n**Hurried:**\n{B}",
        f"<questions><question>{A}</question><question><![CDATA[{B}]]></question></questions>",
        f"| Question | Type |\n| {A} | full |\n| {B} | full |",
        f'id,question,type\n1,"{A}",full\n2,"{B}",full',
        f"question\ttype\n{A}\tfull\n{B}\tfull",
        f"| Nr | Frage |\n|---|---|\n| 1 | {A} |\n| 2 | **{B}** |",
    ],
)
def test_what_stands_around_the_questions_is_left_out(text: str) -> None:
    lines = [bare(line) for line in listed(text)[0] if line]
    assert lines[:2] == [A, B] and not any("?" in line for line in lines[2:])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1. **rotor oil** (keywords)\n2. **What?**", True),
        ("1. rotor oil\n2. What?", False),
        ("rotor oil\nWhat?", False),
    ],
)
def test_bold_tells_where_a_query_ends(text: str, told: bool) -> None:
    assert listed(text)[1] is told


def test_a_table_without_questions_is_none() -> None:
    assert table("| a | b |\n|---|---|\n| 1 | 2 |") == [] == table("a | b")
    assert table(f"Questions, please\n{A}, too") == [] == table("Text, that is\na, b")
