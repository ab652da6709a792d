"""Formulas are read once, in one line, and no number in them becomes another."""

from __future__ import annotations

import pytest
from lxml.html import HTMLParser, document_fromstring, fragment_fromstring

from attune.documents.markup.formulas import formula, unwrapped


@pytest.mark.parametrize(
    ("mathml", "expected"),
    [
        ("<mi>q</mi><mo>=</mo><mi>v</mi><mi>A</mi>", "q = v A"),
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mn>2</mn></mfrac>", "(a + 1)/2"),
        ("<msup><mn>10</mn><mn>6</mn></msup><mn>5</mn>", "10^6 5"),
        ("<msub><mi>x</mi><mn>1</mn></msub>", "x_1"),
        ("<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>", "x_1^2"),
        ("<msqrt><mn>2</mn></msqrt>", "√2"),
        (
            "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr><mtd><mn>3</mn></mtd></mtr></mtable>",
            "1 2; 3",
        ),
        (
            "<semantics><mi>x</mi><annotation encoding='application/x-tex'>{\\displaystyle x}</annotation></semantics>",
            "x",
        ),
        ("<semantics><mi>x</mi><annotation-xml><mi>y</mi></annotation-xml></semantics>", "x"),
        ("", ""),
    ],
)
def test_mathml(mathml: str, expected: str) -> None:
    assert formula(fragment_fromstring(f"<math>{mathml}</math>")) == expected


def test_deep_formulas_end() -> None:
    deep = "<mrow>" * 1000 + "<mi>x</mi>" + "</mrow>" * 1000
    tree = document_fromstring(f"<math>{deep}</math>", parser=HTMLParser(huge_tree=True))
    assert formula(tree.find(".//math")) == "x"


@pytest.mark.parametrize(("tex", "expected"), [("{\\displaystyle q=vA}", "q=vA"), (" a\n b ", "a b"), ("{a}", "{a}")])
def test_tex_is_one_line(tex: str, expected: str) -> None:
    assert unwrapped(tex) == expected
