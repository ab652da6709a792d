"""What stands in front of a page of Markdown for the program that publishes it: YAML, TOML, JSON or Pandoc's."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ruamel.yaml import YAML

_YAML = re.compile(r"\s*---[ \t]*\n(?P<lines>.*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_TOML = re.compile(r"\s*\+\+\+[ \t]*\n(?P<lines>.*?)(?<=\n)\+\+\+[ \t]*(?:\n|$)", re.DOTALL)
_JSON = re.compile(r"\s*(?P<lines>\{[ \t]*\n.*?\n\})[ \t]*(?:\n|$)", re.DOTALL)
_FIELDS = re.compile(
    r"\s*(?P<lines>title[ \t]*:[ \t]*\S.*\n(?:[A-Za-z][\w -]*:.*\n|[ \t]+\S.*\n)*)(?:[ \t]*\n|$)", re.I
)
_PANDOC = re.compile(r"%[ \t]+(?P<title>\S.*(?:\n[ \t]+\S.*)*)(?:\n%.*(?:\n[ \t]+\S.*)*)*\n?")
_KEY = re.compile(r"\s*(?:#.*\n\s*)*[\w\"'.-]+[ \t]*[:=]")
_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(?P<quote>[\"']?)(?P<title>.+?)(?P=quote)[ \t]*$", re.MULTILINE)
LONGEST = 10_000  # characters; that much YAML is parsed in half a second


class FrontMatter(NamedTuple):
    """Title and description of a page, and where its text begins."""

    title: str = ""
    description: str = ""
    end: int = 0


def front_matter(text: str) -> FrontMatter:
    """Return what stands in front of a text; nothing where it begins with a rule, or at once."""
    if pandoc := _PANDOC.match(text):
        return FrontMatter(" ".join(pandoc["title"].split()), "", pandoc.end())
    parsers: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
        (_YAML, _yaml),
        (_TOML, tomllib.loads),
        (_JSON, json.loads),
        (_FIELDS, _fields),
    )
    for pattern, parse in parsers:
        found = pattern.match(text)
        if found and (pattern is _JSON or not found["lines"].strip() or _KEY.match(found["lines"])):
            values = _parsed(parse, found["lines"])
            if pattern is _JSON and not values:
                continue  # a page may begin with a brace
            title = _line(values, "title") or _written_title(found["lines"])
            return FrontMatter(title, _line(values, "description") or _line(values, "summary"), found.end())
    return FrontMatter()


def _parsed(parse: Callable[[str], Any], lines: str) -> Mapping[str, Any]:
    if len(lines) > LONGEST:
        return {}
    try:
        values = parse(lines)
    except MemoryError:
        raise
    except Exception:  # what is no YAML can raise anything: YAMLError, RecursionError, AssertionError
        return {}
    return values if isinstance(values, Mapping) else {}


def _yaml(lines: str) -> Any:
    return YAML(typ="base", pure=True).load(lines)  # "base": every value is text, so 2024 and yes are titles too


def _fields(lines: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines.split("\n") if line[:1].strip())
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _line(values: Mapping[str, Any], key: str) -> str:
    value = next((value for name, value in values.items() if str(name).lower() == key), None)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _written_title(lines: str) -> str:
    """Return the title in lines that are broken as a whole, such as those with a colon in a value."""
    found = _TITLE.search(lines[:LONGEST])
    title = found["title"] if found else ""
    return "" if title[:1] in "[{|>&*!%@`" else title
