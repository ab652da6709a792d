"""Formulas of Office files as a line of text: `(a + b)/2`, `x^2`, `√(1 - v)`.

Elements are those of Office Math (ECMA-376, part 1, 22.1); the line is written as in Unicode's nearly plain text for
mathematics (UTN 28).
"""

from __future__ import annotations

import re

from attune.documents.office.archive import Element

SIMPLE = re.compile(r"[\w.,]*|\([^()]*\)")  # needs no brackets


def formula(element: Element) -> str:
    """Return what a formula says in one line, whatever it holds; it may be nested as deep as a parsed part can be."""
    return " ".join(_line(element).split())


def _line(element: Element) -> str:
    kind = _kind(element)
    if kind == "t":
        return element.text or ""
    if kind.endswith("Pr"):  # how it looks
        return ""
    write = _WRITERS.get(kind)
    return write(element) if write else "".join(map(_line, element))


def _fraction(element: Element) -> str:
    return f"{_grouped(_of(element, 'num'))}/{_grouped(_of(element, 'den'))} "


def _scripts(element: Element) -> str:
    above, below = _of(element, "sup"), _of(element, "sub")
    base = _grouped(_of(element, "e"))
    return base + (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")


def _root(element: Element) -> str:
    return f"{_of(element, 'deg')}√({_of(element, 'e')})"


def _sum(element: Element) -> str:
    above, below = _of(element, "sup"), _of(element, "sub")
    sign = _character(element, "chr", "∫")
    limits = (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")
    return f"{sign}{limits} {_of(element, 'e')}"


def _brackets(element: Element) -> str:
    inner = _character(element, "sepChr", "|").join(_line(one) for one in element if _kind(one) == "e")
    return _character(element, "begChr", "(") + inner + _character(element, "endChr", ")")


def _limit(element: Element) -> str:
    return f"{_of(element, 'e')}_{_grouped(_of(element, 'lim'))}"


def _function(element: Element) -> str:
    return f"{_of(element, 'fName')} {_of(element, 'e')}"


def _matrix(element: Element) -> str:
    rows = (" ".join(_line(one) for one in row if _kind(one) == "e") for row in element if _kind(row) == "mr")
    return "; ".join(rows)


def _equations(element: Element) -> str:
    return "; ".join(_line(one) for one in element if _kind(one) == "e")


_WRITERS = {
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "rad": _root,
    "nary": _sum,
    "d": _brackets,
    "limLow": _limit,
    "limUpp": _limit,
    "func": _function,
    "m": _matrix,
    "eqArr": _equations,
}


def _kind(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _of(element: Element, name: str) -> str:
    return "".join(_line(one) for one in element if _kind(one) == name).strip()


def _grouped(text: str) -> str:
    return text if SIMPLE.fullmatch(text) else f"({text})"


def _character(element: Element, name: str, usual: str) -> str:
    found = element.find(f"./*/{{*}}{name}")
    if found is None:
        return usual
    return next((str(value) for key, value in found.attrib.items() if key.endswith("val")), "")
