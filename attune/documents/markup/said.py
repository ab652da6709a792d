"""Elements of HTML that are read in a way of their own: formulas, their pictures, fields, links of headings, marks."""

from __future__ import annotations

import re
from typing import Any

from attune.documents.blocks import characters
from attune.documents.markup.formulas import formula, unwrapped
from attune.documents.markup.shown import declarations, kinds_of, name, words_of

PICTURE_OF_TEXT = re.compile(r"\b(?:math|tex|latex|equation|mwe-math[\w-]*|emoji)\b", re.I)
TYPED = frozenset(("", "text", "search", "email", "tel", "url", "number", "date", "button", "submit", "reset"))
HEADING_LINK = re.compile(r"anchor|permalink|(?:header|heading|hash)-?link", re.I)
LINE_NUMBERS = re.compile(r"\b(?:linenos?|linenumbers?|line-numbers?|gutter)\b", re.I)
ORDINAL = re.compile(r"st|nd|rd|th|er|re|e|è?me|es|o|a|º|ª", re.I)
SHIFTS = {"super": "sup", "sub": "sub"}
UNMARKED = re.compile(r"(?:tm|sm|mc)|[^\w+−-].*|", re.I | re.DOTALL)


def said_otherwise(element: Any, tag: str, in_heading: bool) -> str | None:
    """Return what an element says, where that is not what stands in it; None where it is.

    Args:
        element: an element that is shown.
        tag: its name.
        in_heading: whether it stands in a heading, behind a word of it.
    """
    if tag == "math":
        return formula(element)
    if tag == "script" and element.get("type", "").startswith("math/tex"):
        return unwrapped(element.text or "")
    if tag == "img":
        return unwrapped(element.get("alt", "")) if PICTURE_OF_TEXT.search(element.get("class", "")) else ""
    if tag == "input":
        return element.get("value", "") if element.get("type", "").lower() in TYPED else ""
    if LINE_NUMBERS.search(element.get("class", "")) and not any(map(str.isalpha, words_of(element))):
        return ""
    if tag == "a" and element.get("href", "").startswith("#"):
        text = words_of(element)
        if text.strip().isdigit() and element.get("href").lstrip("#L") == text.strip():
            return ""  # the number of a line of code, which leads to itself
        without_words = text.strip() and not characters(text)  # ¶ behind a heading, ↩ behind a note
        if without_words or (in_heading and HEADING_LINK.search(element.get("class", ""))):
            return ""
    return None


def shift_of(element: Any, tag: str) -> str:
    """Return "sup" or "sub" where an element is raised or lowered: by its name, its style, or as the mark of a note."""
    if tag in ("sup", "sub"):
        return tag
    shift = SHIFTS.get(declarations(element.get("style", "")).get("vertical-align", ""), "")
    return shift or ("sup" if "noteref" in kinds_of(element) else "")


def mark_of(element: Any, shift: str, before: str) -> str:
    """Return what divides a raised or lowered text from the character before: 10^6 but 1st, x_max but H2O."""
    text = words_of(element).strip()
    if shift == "sub":
        return "_" if before.isdigit() or (len(text) > 1 and text.isalpha()) else ""
    below = element.getnext()
    is_fraction = (element.tail or "").strip() in ("/", "⁄") and below is not None and name(below) == "sub"
    mark = raised_mark(text, before)
    return " " if mark and is_fraction else mark


def raised_mark(text: str, before: str) -> str:
    """Return what divides a raised text from the character before, in any format: 10^6 but 1st."""
    return "" if UNMARKED.fullmatch(text) or (before.isdigit() and ORDINAL.fullmatch(text)) else "^"
