"""Source of Markdown without what no reader of the page sees: comments, embedded files, tags, calls of templates."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from attune.documents.blocks import characters

COMMENTS = "comments"
EMBEDDED = "embedded files"
TAGS = "tags and calls of templates"
CODE_SPAN = r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:.(?!\n[ \t]*\n))*?(?<!`)(?P=ticks)(?!`))"
COMMENT = (
    re.compile(  # none but the first goes beyond the next one that begins, so that no text is looked through again
        rf"{CODE_SPAN}|(?P<escaped>\\[<{{%\[])|"
        r"(?P<comment><!--(?:-?>|.*?-->)|\{/\*(?:(?!\{/\*).)*?\*/\}|\{\{/\*(?:(?!\{\{/\*).)*?\*/\}\}"
        r"|\{#(?=\s)(?:(?!\{#).)*?(?<=\s)#\}"
        r"|\{%-?\s*comment\b[^%]*%\}(?:(?!\{%-?\s*comment).)*?\{%-?\s*endcomment\s*-?%\}"
        r"|\{\{[<%]\s*comment\s*[>%]\}\}(?:(?!\{\{[<%]\s*comment).)*?\{\{[<%]\s*/comment\s*[>%]\}\}"
        r"|\{::comment\}(?:(?!\{::comment).)*?\{:/(?:comment)?\}|(?<![^\s])%%(?!%)(?:(?!%%).)*%%(?![^\s])"
        r"|^ {0,3}<!--(?!.*-->).*\Z|^ {0,3}\[(?://|comment|_[^\]\n]*_)\]:[ \t]*(?:#|<>).*?$)",
        re.DOTALL | re.MULTILINE,
    )
)
_DATA = (
    r"data:(?:[\w.+-]+/[\w.+*-]+)?(?:;[\w.+-]+(?:=[^\s;,)]*)?)*,"
    r"(?:[\w+/=%.!~*$&@:;,?|-]|\((?=[^\s()]*\)))*(?:\s*\n[ \t>]*[A-Za-z0-9+/]{40,}={0,2})*"
)
_BASE64 = r"(?<![\w/+.-])(?=[A-Za-z0-9+/]*[0-9])[A-Za-z0-9+/]{256,}={0,2}"
_LINE = r"[A-Za-z0-9+/]{60,76}"  # as mail and keys have them
_STEP = r"[ |]{0,2}\s[ \t>|]*"  # to the next one, also in a quote or a column
_LINES = (
    rf"(?<![\w/+.-])(?={_LINE}[\s=|])(?=[^\s]{{,76}}[0-9])(?=[^\s]{{,76}}[a-z])(?=[^\s]{{,76}}[A-Z]){_LINE}(?:{_STEP}{_LINE}){{2,}}={{0,2}}(?=\s|\Z)"
    rf"(?:{_STEP}[A-Za-z0-9+/]{{1,76}}(?:={{1,2}}|(?=[ \t|]*(?:\n|\Z))))?"
)
LONG = re.compile(r"[A-Za-z0-9+/]{60}|\bdata:[^\s,]{,200},")  # a quick look for either
EMBEDDED_FILE = re.compile(
    rf"!?\[(?P<alt>[^\]\n]{{0,1000}})\]\(\s*<?{_DATA}[^)\n]*\)"
    rf"|^ {{0,3}}\[[^\]\n]{{1,1000}}\]:[ \t]*<?{_DATA}>?[^\n]*$|{_DATA}|{_BASE64}|{_LINES}",
    re.MULTILINE,
)
SHORTEST_DATA = 40  # characters; "data:text/plain,hello" may be an example
HIGHLIGHT = re.compile(  # code between two calls of Hugo or Jekyll
    r"^[ \t]*(?:\{\{[<%]\s*(?P<hugo>highlight|code[\w-]*)\b[^\n]*?(?<!/)[>%]\}\}"
    r"|\{%-?\s*(?P<jekyll>highlight|codeblock)\b[^\n]*?%\})[ \t]*\n(?P<code>.*?)"
    r"^[ \t]*(?:\{\{[<%]\s*/\s*(?P=hugo)\s*[>%]\}\}|\{%-?\s*end(?P=jekyll)\s*-?%\})[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
CALL = re.compile(
    rf"{CODE_SPAN}|(?P<call>\{{\{{[<%](?!/\*)(?:(?!\}}\}}|\{{\{{[<%]).)*[>%]\}}\}})", re.DOTALL
)  # also over lines
_CALL = (  # of templates and of attributes
    r"\{\{[<%](?:(?!\{\{).)*?[>%]\}\}|\{%(?:(?!\{%).)*?%\}|\{:[^}\n]*\}"
    r"|\{\{-?\s*[\w.$|:\"' ()-]*\s*-?\}\}|[ \t]?\{[#.][\w:. #=\"'-]+\}"
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
    """Return a text without comments of any of the programs that publish Markdown, and without Hugo's calls.

    Args:
        text: the source of a page.
        code: the first line of each block of code, and the one after its last; what stands there stays.
        left_out: is told how many letters go.
    """

    def nothing(found: re.Match[str]) -> str:
        reason = COMMENTS if "comment" in found.re.groupindex else TAGS
        gone = found["comment" if reason == COMMENTS else "call"]
        if gone is None:
            return found[0]
        left_out[reason] += characters(gone)
        return "\n" * min(gone.count("\n"), 2)

    lines = text.split("\n")
    parts, done = [], 0
    for first, after in [*sorted(map(tuple, code)), (len(lines), len(lines))]:
        if first >= done:
            prose = COMMENT.sub(nothing, "\n".join(lines[done:first]))
            parts += [CALL.sub(nothing, prose), *(["\n".join(lines[first:after])] if after > first else [])]
            done = after
    return "\n".join(parts)


def with_fences(text: str) -> str:
    """Return a text whose code that Hugo or Jekyll sets stands between fences."""
    return HIGHLIGHT.sub(lambda found: f"```\n{found['code']}```", text)


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
