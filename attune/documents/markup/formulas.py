"""Formulas in MathML: as the author wrote them where that is kept beside, else in one line, nothing run together."""

from __future__ import annotations

import re
from typing import Any

from lxml.etree import iterwalk

from attune.documents.markup.shown import name

TEX = ("application/x-tex", "text/x-tex", "latex", "tex")
BETWEEN = {"mfrac": "/", "msup": "^", "mover": "^", "msub": "_", "munder": "_", "mroot": "^1/", "mtable": "; "}
TWICE = {"msubsup": "_", "munderover": "_"}  # below, then above
# how Wikipedia wraps what it sets
_DISPLAY = re.compile(r"\{\\(?:display|text|script)style\s+(.*)\}", re.DOTALL)


def formula(math: Any) -> str:
    r"""Return what a `math` element says, in one line.

    Raised, lowered and divided parts are marked (`10^6`, `x_1`, `1/2`), so that no number becomes another one.
    """
    for note in math.iter():
        if name(note) == "annotation" and note.get("encoding", "").lower() in TEX and (note.text or "").strip():
            return unwrapped(note.text)
    said: dict[Any, list[str]] = {math: []}  # by element that is open: what its children say
    for event, element in iterwalk(math, events=("start", "end")):
        if event == "start":
            said[element] = []
            continue
        tag, parts = name(element), said.pop(element)
        own = "" if tag.startswith("annotation") else _joined(tag, [" ".join((element.text or "").split()), *parts])
        if element is math:
            return own
        said[element.getparent()].append(own)
    return ""


def _joined(tag: str, parts: list[str]) -> str:
    kept = [part for part in parts if part]
    if tag == "msqrt":
        return f"√{_closed(' '.join(kept))}"
    if tag in TWICE and len(kept) == 3:
        return f"{_closed(kept[0])}_{_closed(kept[1])}^{_closed(kept[2])}"
    if tag in BETWEEN:
        return BETWEEN[tag].join(map(_closed, kept) if tag != "mtable" else kept)
    return " ".join(kept)


def _closed(part: str) -> str:
    return f"({part})" if " " in part else part


def unwrapped(tex: str) -> str:
    """Return TeX in one line, without what only says how large it is set."""
    text = " ".join(tex.split())
    found = _DISPLAY.fullmatch(text)
    return found[1].strip() if found else text
