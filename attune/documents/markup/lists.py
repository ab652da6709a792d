"""Lists of HTML: which mark an item has, and how deep it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from attune.documents.markup.shown import name

ROMAN = {
    1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc", 50: "l", 40: "xl", 10: "x", 9: "ix", 5: "v", 4: "iv",
    1: "i",
}  # fmt: skip
LARGEST = 3999  # that Roman numerals write
_NUMBER = re.compile(r"\s*([+-]?\d{1,9})")


@dataclass
class Item:
    """An item of a list.

    Attributes:
        mark: what stands before it, with a blank; empty for none.
        depth: how deep it stands, from 1.
        root: the outermost list around it.
        begun: whether its mark is written.
    """

    mark: str
    depth: int
    root: object
    begun: bool = False


@dataclass
class List:
    """A list while its items are read. `number` is that of the next item, None where they have none."""

    depth: int
    root: object
    number: int | None = None
    step: int = 1
    form: str = "1"

    def item(self, element: Any, tag: str) -> Item:
        """Return the item that an element is."""
        if tag != "li":  # a term, or below it what it means
            return Item("", self.depth + (tag == "dd"), self.root)
        if self.number is None:
            return Item("- ", self.depth, self.root)
        number = attribute(element, "value", self.number)
        self.number = number + self.step
        return Item(f"{written(number, element.get('type', self.form))}. ", self.depth, self.root)


def begin_list(element: Any, tag: str, outer: List | None) -> List:
    """Return the list that an element begins within another one, or none."""
    found = List(outer.depth + 1, outer.root) if outer else List(1, object())
    if tag == "ol":
        backwards = element.get("reversed") is not None
        first = sum(name(child) == "li" for child in element) if backwards else 1
        found.number = attribute(element, "start", first)
        found.step = -1 if backwards else 1
        found.form = element.get("type", "1")
    return found


def attribute(element: Any, key: str, otherwise: int) -> int:
    """Return an attribute as browsers read a number: what stands behind its digits is ignored."""
    found = _NUMBER.match(element.get(key, ""))
    return int(found[1]) if found else otherwise


def written(number: int, form: str) -> str:
    """Return the number of an item in the form that its `type` says: 1, a, A, i or I."""
    text = ""
    if form in ("a", "A") and number > 0:
        while number > 0:
            number, letter = divmod(number - 1, 26)
            text = chr(ord("a") + letter) + text
    elif form in ("i", "I") and 0 < number <= LARGEST:
        for value, letters in ROMAN.items():
            text += letters * (number // value)
            number %= value
    return (text.upper() if form.isupper() else text) or str(number)
