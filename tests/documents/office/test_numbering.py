"""The numbers of lists, as Word counts them."""

from __future__ import annotations

import pytest
from lxml import etree

from attune.documents.office.numbering import Numbering, in_figures


def numbering(inside: str) -> Numbering:
    return Numbering(etree.fromstring(f'<w:numbering xmlns:w="urn:w">{inside}</w:numbering>'))


def level(number: int, text: str, figures: str = "decimal", start: int = 1) -> str:
    shown = f'<w:numFmt w:val="{figures}"/><w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/>{shown}</w:lvl>'


LEVELS = f'<w:abstractNum w:abstractNumId="7">{level(0, "%1.")}{level(1, "%1.%2", "lowerLetter")}</w:abstractNum>'
ONE = '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'


def test_levels_count_within_each_other() -> None:
    lists = numbering(LEVELS + ONE)
    assert [lists.label("1", n) for n in (0, 1, 1, 0, 1)] == ["1.", "1.a", "1.b", "2.", "2.a"]


def test_a_deeper_level_first() -> None:
    assert numbering(LEVELS + ONE).label("1", 1) == "1.a"


def test_two_lists_of_one_kind_count_on_unless_one_starts_anew() -> None:
    on = '<w:num w:numId="2"><w:abstractNumId w:val="7"/></w:num>'
    lists = numbering(LEVELS + ONE + on)
    assert [lists.label(number, 0) for number in ("1", "2", "1")] == ["1.", "2.", "3."]
    anew = on.replace("</w:num>", '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>')
    lists = numbering(LEVELS + ONE + anew)
    assert [lists.label(number, 0) for number in ("1", "1", "2", "2")] == ["1.", "2.", "5.", "6."]


def test_a_list_with_a_level_of_its_own() -> None:
    mine = f'<w:lvlOverride w:ilvl="0">{level(0, "§ %1")}</w:lvlOverride>'
    own = f'<w:num w:numId="2"><w:abstractNumId w:val="7"/>{mine}</w:num>'
    assert numbering(LEVELS + ONE + own).label("2", 0) == "§ 1"


def test_what_is_no_list() -> None:
    lists = numbering(LEVELS + ONE)
    assert lists.level("0", 0) is None
    assert lists.level("1", 5) is None
    assert Numbering(None).level("1", 0) is None


@pytest.mark.parametrize(
    ("number", "figures", "text"),
    [
        (4, "decimal", "4"),
        (4, "decimalZero", "04"),
        (28, "lowerLetter", "bb"),
        (3, "upperLetter", "C"),
        (1994, "upperRoman", "MCMXCIV"),
        (4, "lowerRoman", "iv"),
        (4, "chicago", "4"),
        (0, "lowerRoman", "0"),
        (10**9, "lowerLetter", "1000000000"),
    ],
)
def test_figures(number: int, figures: str, text: str) -> None:
    assert in_figures(number, figures) == text
