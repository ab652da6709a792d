"""Jupyter notebooks: their texts, their code, and as much of its printed output as one reads."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from attune.documents.blocks import Block, Content, Options, characters
from attune.documents.decode import Unreadable, decode
from attune.documents.readers.markdown import read_markdown

LONGEST_OUTPUT = 2_000  # characters of what a cell prints; more is a log
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
OVERWRITTEN = re.compile(r"[^\n\r]*\r+(?!\n)(?=[^\n])")  # a line that the next one is written over: bars of progress
TEXTS = ("text/plain",)  # of what a cell shows; pictures and pages of HTML go with it, and say the same


def read_notebook(data: bytes, options: Options) -> Content:
    """Read a notebook of any version of its format. Pictures are left out.

    Raises:
        Unreadable: it is not JSON, or no notebook.
    """
    blocks: list[Block] = []
    left_out: Counter[str] = Counter()
    warnings: list[str] = []
    title = ""
    for cell in _cells(data):
        kind, source = cell.get("cell_type"), _text(cell.get("source", cell.get("input")))
        if kind in ("markdown", "heading"):
            marks = "#" * min(max(_integer(cell.get("level")), 1), 6) + " " if kind == "heading" else ""
            found = read_markdown((marks + source).encode(), options)
            blocks += found.blocks
            left_out.update(found.left_out)
            warnings += [one for one in found.warnings if one not in warnings]
            title = title or found.title
        elif source.strip():
            blocks.append(Block("code" if kind == "code" else "paragraph", source))
        for output in map(_printed, cell.get("outputs") or []):
            if output.strip():
                shown = _start(output)
                left_out["long outputs"] += characters(output) - characters(shown)
                blocks.append(Block("code", shown))
    total = sum(characters(block.text) for block in blocks) + left_out.total()
    return Content(title, tuple(blocks), 0, total, dict(+left_out), tuple(warnings))


def _cells(data: bytes) -> Iterator[dict[str, Any]]:
    try:
        notebook = json.loads(decode(data))
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits
        place = f": {error.msg} at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"no notebook: it is not JSON{place}") from None
    sheets = notebook.get("worksheets") if isinstance(notebook, dict) else None  # before version 4
    holders = sheets if isinstance(sheets, list) else [notebook]
    found = [one.get("cells") for one in holders if isinstance(one, dict)]
    cells = [one for one in found if isinstance(one, list)]
    if not cells or len(cells) < len(found):
        raise Unreadable('no notebook: JSON without a list of "cells"')
    for one in cells:
        for cell in one:
            if not isinstance(cell, dict):
                raise Unreadable("no notebook: a cell of it is no object")
            yield cell


def _printed(output: Any) -> str:
    """Return what an output of a cell says; of an error its last line."""
    if not isinstance(output, dict):
        return ""
    if output.get("output_type") in ("error", "pyerr"):
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    data = output.get("data")
    data = data if isinstance(data, dict) else output
    said = next((data[kind] for kind in TEXTS if kind in data), output.get("text", ""))
    return OVERWRITTEN.sub("", ANSI.sub("", _text(said)))


def _start(text: str) -> str:
    """Return as many whole lines as fit, at least a part of the first."""
    if len(text) <= LONGEST_OUTPUT:
        return text
    start = text[:LONGEST_OUTPUT]
    return start[: start.rfind("\n")] if "\n" in start else start


def _text(source: Any) -> str:
    """Return a text that may be a list of lines."""
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _integer(value: Any) -> int:
    return value if isinstance(value, int) else 1
