"""Texts of documents and users, made harmless for a page and for a comment.

Documents, titles, questions and file names come from anywhere. HTML is escaped by the template engine; what is done
here goes beyond: characters that no page may hold, and Markdown, in which nearly every sign means something.
"""

from __future__ import annotations

import re

# control characters, lone surrogates, noncharacters; and those that reorder the text around them (Trojan Source,
# CVE-2021-42574). Right-to-left text itself needs none of the latter. The text of documents has lost more than these
# (`INVISIBLE` in attune/text/clean.py); names and questions are shown with the joiners and marks that they came with
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_MARKDOWN = re.compile(r"([\\`*_\[\]|~$#!])")
_ADDRESS = re.compile(r"(?i)(://|www\.|mailto:|xmpp:)")
_MENTION = re.compile(r"@(?!\d+(?![\w.-]))|#|\bGH-(?=\d)", re.IGNORECASE)  # hit rate@5 mentions nobody
_JOINER = "\u2060"  # as wide as nothing, and enough that no name follows the @

EXCERPT = 320  # characters


def displayable(text: str) -> str:
    """Return a text without the characters that a page cannot show or that would change what is around it."""
    return _UNWANTED.sub("", text)


def excerpt(text: str, most: int = EXCERPT) -> str:
    """Return the beginning of a text in one line, cut between words where there are any."""
    line = displayable(" ".join(text.split()))
    if len(line) <= most:
        return line
    cut = line[: most + 1].rfind(" ")
    return (line[:cut] if cut > most // 2 else line[:most]).rstrip() + " …"


def markdown(text: str) -> str:
    """Return a text that Markdown shows as it is, in one line: no markup, link, image, mention or HTML.

    Escapes follow the GitHub Flavored Markdown Spec (backslash escapes, section 6.1; autolinks, 6.9). Mentions and
    references to issues are found by GitHub after it has undone the escapes, so they are broken by a word joiner.
    """
    line = displayable(" ".join(text.split()))
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _MARKDOWN.sub(r"\\\1", line)
    line = _ADDRESS.sub(lambda found: found.group()[:-1] + _JOINER + found.group()[-1], line)
    return _MENTION.sub(lambda found: found.group() + _JOINER, line)
