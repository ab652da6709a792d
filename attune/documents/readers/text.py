"""Plain text: blocks by empty lines, by the marks of lists, and by how headings, rows and code look in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from attune.documents.blocks import Block, Content, Options, characters, table, without_font
from attune.documents.decode import decoded
from attune.documents.markup.markdown_source import without_embedded
from attune.text import titles
from attune.text.clean import clean
from attune.text.heading_lines import find_headings, is_underline

CODING = re.compile(rb"\A(?:.*\n)?.{0,40}?coding[:=]\s*([\w.-]+)")  # as editors declare it, in the first two lines
FENCE = re.compile(r"\s*(```|~~~)")
RULE = re.compile(r"([^\w\s]|_)(?:\s*\1){2,}|[-+=|: ]{3,}|[┌-╿ ]{3,}")  # one mark over and over, or a border
ITEM = re.compile(r"\s*(?:[-*+•‣▪◦●○■□–—·»]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)])\s+\S")
NUMBERED = re.compile(r"(\d+(?:\.\d+)*)[.):]?\s")
MARKED = re.compile(r"(#{1,6})[ \t]")
CODE = re.compile(
    r"[{};=<>\[\]#$&]|\w\(|^\s*(?:def|class|if|else|for|while|return|import|from|try|- \w+:)\b|^\s*[\w-]+: "
)
LITERAL = re.compile(r"::(?:\s*[\w-]+)?$")  # what announces code in reStructuredText
COLUMN = re.compile(r"\t+| {2,}")
CODE_INDENT = 2
LONG_LINE = 1_000  # characters; a line of JSON that is longer is cut
JOINT = re.compile(r"(?<=[,}\]])\s*(?=[\[{\"])")  # between two members of an object or a list of JSON


def read_text(data: bytes, options: Options) -> Content:
    """Return what a file of plain text says.

    Raises:
        Unreadable: its encoding cannot be told, or it is no text.
    """
    declared = CODING.match(data[:200])
    text, warning = decoded(data, declared[1].decode() if declared else "")
    return text_content(text, warning)


def text_content(text: str, warning: str = "") -> Content:
    """Return the blocks of a text, and what is left out of it: embedded files, and signs of an unknown font."""
    left_out: Counter[str] = Counter()
    text = without_embedded(text, left_out)
    strange = without_font([text])
    text = clean(text)
    title = titles.from_text(text)
    blocks = _joined(_blocks([line.rstrip() for line in _cut(text).split("\n")]))
    if len(blocks) > 1 and blocks[0] == Block("paragraph", title) and not title.endswith(":"):
        blocks[0] = Block("heading", title, level=1)
    return Content(
        title,
        tuple(blocks),
        characters=characters(text) + left_out.total(),
        left_out={reason: count for reason, count in left_out.items() if count},
        warnings=(*([warning] if warning else []), *strange),
    )


def _cut(text: str) -> str:
    """Return a text whose long lines of JSON end where a member does."""
    return "\n".join(
        JOINT.sub("\n", line) if len(line) > LONG_LINE and line.lstrip()[:1] in ("{", "[") else line
        for line in text.split("\n")
    )


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    headings = {number: (words, kind) for number, words, kind in find_headings(lines)}
    levels: dict[str, int] = {}  # of the marks that underline headings, in the order in which they come
    base = _usual_indent(lines)
    group: list[str] = []
    fence = before = ""
    for number, line in enumerate([*lines, ""]):
        found = FENCE.match(line)
        if fence or found:
            group.append(line)
            if fence and line.strip().startswith(fence):
                yield Block("code", "\n".join(group))
                fence, group = "", []
            elif not fence and found:
                yield from _group(group[:-1], base, before)
                fence, group = found[1], [line]
            continue
        if number in headings or not line:
            yield from _group(group, base, before)
            before, group = group[-1] if group else before, []
        if number in headings:
            _, kind = headings[number]
            level = _level(line, _rules(lines, number), levels)
            yield (Block("heading", line.strip(), level=level) if kind == "heading" else Block("caption", line))
        elif line:
            group.append(line)
    if fence:
        yield Block("code", "\n".join(group))


def _rules(lines: Sequence[str], number: int) -> str:
    """Return the mark of the rule below a line, twice where there is one above it as well; nothing without one."""
    below = lines[number + 1] if number + 1 < len(lines) else ""
    above = lines[number - 1] if number else ""
    return (below[0] * 2 if above[:1] == below[0] and is_underline(above) else below[0]) if is_underline(below) else ""


def _joined(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks, lists with nothing but an empty line between them as one."""
    found: list[Block] = []
    for together, group in groupby(blocks, key=lambda block: block.kind == "list"):
        if together:
            found.append(Block("list", "\n".join(block.text for block in group), level=1))
        else:
            found += group
    return found


def _level(line: str, rules: str, levels: dict[str, int]) -> int:
    if rules:
        return min(levels.setdefault(rules, len(levels) + 1), 6)
    if marked := MARKED.match(line):
        return len(marked[1])
    numbered = NUMBERED.match(line)
    return min(numbered[1].count(".") + 1, 6) if numbered else 2


def _usual_indent(lines: Sequence[str]) -> int:
    counts = Counter(len(line) - len(line.lstrip()) for line in lines if line)
    return counts.most_common(1)[0][0] if counts else 0


def _group(lines: Sequence[str], base: int, before: str) -> Iterator[Block]:
    """Yield the blocks of lines without an empty one between them."""
    words = [line for line in lines if not RULE.fullmatch(line.strip())]
    if not words:
        return
    ruled = len(words) < len(lines)
    rows = [_cells(line) for line in words]
    items = [number for number, line in enumerate(words) if ITEM.match(line)]
    if _is_code(lines, base, before):
        yield Block("code", "\n".join(lines))
    elif len(items) > 1 or items == [0]:
        first = items[0]
        if first:
            yield Block("paragraph", "\n".join(words[:first]))
        yield Block("list", "\n".join(words[first:]), level=1)
    elif _is_table(rows, words[0].lstrip().startswith("|") or ruled):
        yield table(rows, header=int(ruled))
    else:
        yield Block("paragraph", "\n".join(words))


def _is_table(rows: Sequence[Sequence[str]], drawn: bool) -> bool:
    return len(rows) > (1 if drawn else 2) and len({len(row) for row in rows}) == 1 and len(rows[0]) > 1


def _cells(line: str) -> list[str]:
    line = line.strip()
    if line.startswith("|"):
        return [cell.strip() for cell in line.strip("|").split("|")]
    return COLUMN.split(line)


def _is_code(lines: Sequence[str], base: int, before: str) -> bool:
    indents = [len(line) - len(line.lstrip()) for line in lines]
    if min(indents) > base and LITERAL.search(before):
        return True
    stepped = min(indents) >= base + CODE_INDENT or any(b > a for a, b in pairwise(indents))
    return stepped and sum(bool(CODE.search(line)) for line in lines) * 2 > len(lines)
