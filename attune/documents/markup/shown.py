"""What of a page of HTML is left out: what a browser does not show, and what surrounds the article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml.etree import iterwalk

from attune.documents.blocks import characters

HIDDEN = "hidden"
BOILERPLATE = "boilerplate"
PICTURES = "words in pictures"
OPTIONS = "long lists of options"
FRAMES = "pages within the page"
PAGE_NUMBERS = "page numbers"

# by the style sheet of the HTML standard, scripts on: https://html.spec.whatwg.org/multipage/rendering.html
NO_WORDS = frozenset(("script", "style", "title", "meta", "link", "base", "area", "param", "source", "track"))
NEVER_SHOWN = frozenset(
    ("noscript", "noembed", "noframes", "datalist", "rp", "audio", "video", "canvas", "object", "embed", "applet")
)
SURROUNDINGS = frozenset(("navigation", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog"))
CHROME = re.compile(  # names that the makers of cookie dialogs, of wikis and of themes give to what is no article
    r"(?:cookie|consent|gdpr)[\w-]*(?:banner|bar\b|notice|dialog|popup|modal|overlay|message|wall|law)|\bonetrust"
    r"|cookiebot|\bmw-editsection|\bmw-jump-link|\bskip-?(?:link|nav|to-)",
    re.I,
)
KINDS = ("role", "epub:type", "{http://www.idpf.org/2007/ops}type")
LONGEST_NUMBER = 12  # characters
MOST_OPTIONS = 10  # a longer list of options is no text
SOME_TEXT = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "blockquote", "main", "article", "section")
NOTHING = re.compile(r"0+(?:\.0+)?(?:px|pt|em|rem|%)?|\.0+")
FAR_AWAY = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|pt|em|rem|%|vw|vh)?")  # left of the page, or above it
_DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^;]+)")


def name(element: Any) -> str:
    """Return the name of an element in lower case, without a prefix; empty for what is none, such as a comment."""
    return _local(element.tag) if isinstance(element.tag, str) else ""


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return re.split("[:}]", tag.lower())[-1]


@lru_cache(maxsize=1024)
def declarations(style: str) -> dict[str, str]:
    """Return what a `style` attribute says, by property, without `!important`."""
    return {key: value.split("!")[0].strip() for key, value in _DECLARATION.findall(style.lower())}


def kinds_of(element: Any) -> str:
    """Return what an element of a book is called beside its name: "noteref", "doc-pagebreak"."""
    return " ".join(filter(None, map(element.get, KINDS)))


def why_hidden(element: Any, tag: str, style: dict[str, str]) -> str | None:
    """Return by which name a browser's leaving out of an element is counted; None where it shows it."""
    if tag == "svg":
        return PICTURES
    if tag == "iframe":
        return FRAMES
    if "pagebreak" in kinds_of(element) and len(words_of(element).strip()) <= LONGEST_NUMBER:
        return PAGE_NUMBERS  # of the printed book, in the midst of a word
    by_attribute = element.get("hidden", "until-found") != "until-found" or element.get("popover") is not None
    template = tag == "template" and element.get("shadowrootmode") is None  # a shadow tree is shown
    closed = tag == "dialog" and element.get("open") is None
    if tag in NEVER_SHOWN or by_attribute or template or closed or _is_invisible(style):
        # what waits for a script to show it all is no reason to read nothing; formulas are hidden behind a picture
        return None if tag in ("html", "body") or _is_formula(element) else HIDDEN
    return HIDDEN if element.get("aria-hidden") == "true" and _doubles_formula(element) else None


def _is_invisible(style: dict[str, str]) -> bool:
    """Tell whether a style leaves nothing to see: no box, no ink, no size, or a place outside of the page."""
    if style.get("display") == "none" or NOTHING.fullmatch(style.get("opacity", "")):
        return True
    if NOTHING.fullmatch(style.get("font-size", "")):
        return True
    if "hidden" in (style.get("overflow"), style.get("overflow-y")) and any(
        NOTHING.fullmatch(style.get(side, "")) for side in ("height", "max-height", "width", "max-width")
    ):
        return True
    places = ("left", "top", "text-indent") if style.get("position") in ("absolute", "fixed") else ("text-indent",)
    return any(FAR_AWAY.fullmatch(style.get(place, "")) for place in places)


def _is_formula(element: Any) -> bool:
    return len(element) == 1 and name(element[0]) == "math" and not (element.text or "").strip()


def _doubles_formula(element: Any) -> bool:
    """Tell whether an element draws the formula that the one beside it says: KaTeX and MathJax write both."""
    beside = [e for e in (element.getprevious(), element.getnext()) if e is not None]
    inline = [e for e in beside if name(e) in ("math", "span", "mjx-assistive-mml")]
    return any(name(e) == "math" for one in inline for e in one.iter())


def surrounds(element: Any, tag: str, within: bool) -> str | None:
    """Return by which name it is counted that an element is no part of the article; None where it is.

    Args:
        element: an element that is shown.
        tag: its name.
        within: whether it stands in an article, a section or the main part of the page, whose own header it may be.
    """
    if tag == "select" and sum(1 for _ in element.iter("option")) > MOST_OPTIONS:
        return OPTIONS
    if not (_has_role(element, tag, within) or CHROME.search(f"{element.get('id', '')} {element.get('class', '')}")):
        return None
    return None if tag in ("html", "body") or any(name(e) == "main" for e in _below(element)) else BOILERPLATE


def _has_role(element: Any, tag: str, within: bool) -> bool:
    role = element.get("role", "").lower()
    if role:
        return role in SURROUNDINGS or (role in ("banner", "complementary") and not within and not _is_heading(element))
    if within:
        return tag == "nav"
    if tag == "form":  # fields and buttons; there are pages that are one form
        return not any(name(e) in SOME_TEXT for e in _below(element))
    return tag in ("nav", "aside", "footer", "search") or (tag == "header" and not _is_heading(element))


def _is_heading(element: Any) -> bool:
    """Tell whether a header holds the only heading of the first rank that the page has."""
    inside = sum(1 for _ in element.iter("h1"))
    return inside > 0 and inside == sum(1 for _ in element.getroottree().iter("h1"))


def _below(element: Any) -> Iterator[Any]:
    return element.iterdescendants()  # type: ignore[no-any-return]


def counted(element: Any, reason: str) -> dict[str, int]:
    """Return how many letters and digits an element holds that is left out, by reason; options count apart."""
    found = {reason: characters(words_of(element))}
    if reason == BOILERPLATE:
        lists = [options for options in element.iter("select") if surrounds(options, "select", True) == OPTIONS]
        found[OPTIONS] = sum(characters(words_of(options)) for options in lists)
        found[reason] -= found[OPTIONS]
    return found


def words_of(element: Any) -> str:
    """Return all that an element says, but what never is text."""
    parts, silent = [], 0
    for event, node in iterwalk(element, events=("start", "end", "comment", "pi")):
        if event == "start":
            silent += name(node) in NO_WORDS
            parts.append("" if silent else node.text)
            continue
        silent -= event == "end" and name(node) in NO_WORDS
        parts.append("" if silent or node is element else node.tail)
    return " ".join(filter(None, parts))
