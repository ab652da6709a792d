"""The title of a document: what its author gave it, else its first heading, else the name of its file."""

from __future__ import annotations

import re
from pathlib import PurePath

from ruamel.yaml import YAML

from attune.text.clean import clean

LONGEST = 200  # characters; a longer "title" is something else
LONGEST_LINE = 100

# what programs write into the metadata of a PDF file by themselves
NOT_A_TITLE = re.compile(
    r"untitled.*|\(?anonymous\)?|none|(microsoft )?(word|powerpoint|excel) ?(document|presentation)? ?[-–].*"
    r"|powerpoint presentation|(document|doc|slide|layout|page|book|presentation|title) ?\d*"
    r"|.*\.(docx?|pptx?|xlsx?|odt|odp|rtf|pdf|ps|eps|dvi|tex|indd|qxd|pmd|fm|html?|txt|md)",
    re.IGNORECASE,
)
FRONT_MATTER = re.compile(r"\s*---\n(?P<lines>.*?)\n---\n", re.DOTALL)
LONGEST_FRONT_MATTER = 10_000  # characters; that much is parsed in half a second
FENCED_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}[ \t]+(.+)$|^(\S.*)\n=+[ \t]*$", re.MULTILINE)
CLOSING_HASHES = re.compile(r" #+$")


def from_metadata(title: str) -> str:
    """Return the title in the metadata of a PDF file, or nothing where no person wrote it."""
    title = tidy(title)
    has_word = re.search(r"[^\W\d_]{2}", title)
    return title if has_word and not NOT_A_TITLE.fullmatch(title) else ""


def from_markdown(text: str) -> str:
    """Return the title in the front matter, or the first heading."""
    if front := FRONT_MATTER.match(text):
        if title := _in_front_matter(front["lines"]):
            return title
        text = text[front.end() :]
    heading = HEADING.search(FENCED_CODE.sub("", text))
    return CLOSING_HASHES.sub("", tidy(heading[1] or heading[2])) if heading else ""


def _in_front_matter(lines: str) -> str:
    if len(lines) > LONGEST_FRONT_MATTER:
        return ""
    try:
        values = YAML(typ="base", pure=True).load(lines)  # "base": every value is text, so 2024 and yes are titles too
    except MemoryError:
        raise
    except Exception:  # what is no YAML can raise anything: YAMLError, RecursionError, AssertionError
        return ""
    title = values.get("title") if isinstance(values, dict) else None
    return tidy(title) if isinstance(title, str) else ""


def from_heading(text: str) -> str:
    """Return a heading as a title."""
    return tidy(text)


def from_first_line(text: str) -> str:
    """Return the first line, where it looks like a title and not like a sentence."""
    line = tidy(text.lstrip()[: LONGEST_LINE * 2].partition("\n")[0])
    return line if len(line) <= LONGEST_LINE and not line.endswith((".", "。")) else ""


def from_file_name(path: PurePath) -> str:
    """Return the name of the file in words."""
    return tidy(re.sub(r"[-_]+", " ", path.stem)) or path.stem


def tidy(title: str) -> str:
    """Return the title in one line, and no longer than `LONGEST`."""
    return " ".join(clean(title).split())[:LONGEST].rstrip()
