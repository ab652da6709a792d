"""Source of Markdown without what no reader of the page sees: comments, embedded files, tags, calls of templates."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from attune.documents.blocks import characters

COMMENTS = "comments"
EMBEDDED = "embedded files"
CODE_SPAN = r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:.(?!\n[ \t]*\n))*?(?<!`)(?P=ticks)(?!`))"
COMMENT = re.compile(
    rf"{CODE_SPAN}|(?P<escaped>\\[<{{%\[])|"
    r"(?P<comment><!--(?:-?>|.*?-->)|\{/\*.*?\*/\}|\{\{/\*.*?\*/\}\}|\{#(?=\s).*?(?<=\s)#\}"
    r"|\{%-?\s*comment\b.*?%\}.*?\{%-?\s*endcomment\s*-?%\}|\{\{[<%]\s*comment\s*[>%]\}\}.*?\{\{[<%]\s*/comment\s*[>%]\}\}"
    r"|\{::comment\}.*?\{:/(?:comment)?\}|(?<![^\s])%%(?!%).*?%%(?![^\s])"
    r"|^ {0,3}<!--.*\Z|^ {0,3}\[(?://|comment|_[^\]\n]*_)\]:[ \t]*(?:#|<>).*?$)",
    re.DOTALL | re.MULTILINE,
)
_DATA = (
    r"data:(?:[\w.+-]+/[\w.+*-]+)?(?:;[\w.+-]+(?:=[^\s;,)]*)?)*,"
    r"(?:[\w+/=%.!~*$&@:;,?|-]|\((?=[^\s()]*\)))*(?:\s*\n[ \t>]*[A-Za-z0-9+/]{40,}={0,2})*"
)
_BASE64 = r"(?<![\w/+.-])(?=[A-Za-z0-9+/]*[0-9])[A-Za-z0-9+/]{256,}={0,2}"
EMBEDDED_FILE = re.compile(
    rf"!?\[(?P<alt>[^\]\n]{{0,1000}})\]\(\s*<?{_DATA}[^)\n]*\)|^ {{0,3}}\[[^\]\n]{{1,1000}}\]:[ \t]*<?{_DATA}>?[^\n]*$|{_DATA}|{_BASE64}",
    re.MULTILINE,
)
SHORTEST_DATA = 40  # characters; "data:text/plain,hello" may be an example
HIGHLIGHT = re.compile(  # lines by which Hugo and Jekyll begin and end code
    r"^[ \t]*(?:\{\{[<%]\s*/?\s*(?:highlight|codeblock)\b[^\n]*?[>%]\}\}"
    r"|\{%-?\s*(?:end)?(?:highlight|codeblock|raw)\b[^\n]*?%\})[ \t]*$",
    re.MULTILINE,
)
_CALL = (  # of templates and of attributes
    r"\{\{[<%].*?[>%]\}\}|\{%.*?%\}|\{:[^}\n]*\}|\{\{-?\s*[\w.$|:\"' ()-]*\s*-?\}\}|[ \t]?\{[#.][\w:. #=\"'-]+\}"
)
INLINE = re.compile(
    rf"{CODE_SPAN}|(?P<autolink><(?:[a-z][a-z0-9+.-]{{1,31}}:|[^\s<>@]+@)[^\s<>]*>)"
    r"|(?P<tag></?(?P<name>[A-Za-z][\w.:-]*)(?:\s+[^<>]*|\s*=[^<>]*)?/?>|</?>)"
    rf"|(?P<call>{_CALL})|(?P<fence>^:{{3,}}[ \t]*(?:\{{?[\w-]*\}}?[ \t]*)?)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)",
    re.DOTALL | re.MULTILINE,
)


def without_embedded(text: str, left_out: Counter[str]) -> str:
    """Return a text without files in Base64, each image by the words that stand for it."""

    def words(found: re.Match[str]) -> str:
        alt = found["alt"] or ""
        if len(found[0]) < SHORTEST_DATA:
            return found[0]
        left_out[EMBEDDED] += characters(found[0]) - characters(alt)
        return alt

    return EMBEDDED_FILE.sub(words, text)


def without_comments(text: str, code: Iterable[Sequence[int]], left_out: Counter[str]) -> str:
    """Return a text without comments of any of the programs that publish Markdown; those in code stay.

    Args:
        text: the source of a page.
        code: the first line of each block of code, and the one after its last.
        left_out: is told how many letters go.
    """

    def nothing(found: re.Match[str]) -> str:
        if found["comment"] is None:
            return found[0]
        left_out[COMMENTS] += characters(found[0])
        return "\n" * found[0].count("\n") if found[0].count("\n") < 2 else "\n\n"

    lines = text.split("\n")
    parts, done = [], 0
    for first, after in sorted(map(tuple, code)):
        if first >= done:
            parts += [COMMENT.sub(nothing, "\n".join(lines[done:first])), "\n".join(lines[first:after])]
            done = after
    parts.append(COMMENT.sub(nothing, "\n".join(lines[done:])))
    return "\n".join(parts)


def words_of(source: str) -> str:
    """Return inline source without tags and calls of templates, its entities as characters; code stays as it is."""
    return INLINE.sub(_words, source)


def _words(found: re.Match[str]) -> str:
    if found["code"] or found["autolink"]:
        return found[0].strip("<>") if found["autolink"] else found[0]
    if found["entity"]:
        return html.unescape(found[0])
    if found["tag"]:
        name = (found["name"] or "").lower()
        before = found.string[found.start() - 1 : found.start()]
        if found[0].startswith("</"):
            return ""
        return {"br": "\n", "sup": "^" if before.strip() else "", "sub": "_" if before.isdigit() else ""}.get(name, "")
    return ""
