"""What the readers of HTML and Markdown lose of real pages.

    python -m benchmarks.pages FOLDER [--every 80]

Words of each page as lxml's tree, or cmark-gfm's rendering of the Markdown, has them, beside those in our blocks with
all that surrounds the article. Only words with a letter count, and none of what no page shows.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import cmarkgfm
from lxml.html import HTMLParser, document_fromstring

from attune.documents.blocks import Options
from attune.documents.markup.front_matter import front_matter
from attune.documents.readers.html import read_html
from attune.documents.readers.markdown import read_markdown

WORD = re.compile(r"\w*[^\W\d_]\w*")
SILENT = ("script", "style", "title", "noscript", "svg", "template")
CALL = re.compile(r"\{\{[<%].*?[>%]\}\}|<!--.*?-->", re.DOTALL)


def words(markup: str) -> Counter[str]:
    """Count the words of a page, each piece of its tree by itself."""
    markup = markup.replace("<wbr>", "")  # within words
    tree: Any = document_fromstring(f"<body>{markup}</body>", parser=HTMLParser(huge_tree=True))
    pieces = []
    for element in tree.iter():
        shown = isinstance(element.tag, str) and element.tag not in SILENT
        pieces += [element.text or "" if shown else "", element.tail or ""]
    return Counter(WORD.findall(" ".join(pieces)))


def main() -> None:
    """Compare the pages below a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every Nth page")
    arguments = parser.parse_args()
    pages = sorted(path for path in arguments.folder.rglob("*") if path.suffix in (".html", ".md"))[:: arguments.every]
    total = lost = size = 0
    seconds = 0.0
    for path in pages:
        data = path.read_bytes()
        start = time.process_time()
        read = read_html if path.suffix == ".html" else read_markdown
        content = read(data, Options(boilerplate=True))
        seconds += time.process_time() - start
        text = data.decode("utf-8", "replace").replace("\r\n", "\n")
        if path.suffix == ".md":
            body = CALL.sub("", text[front_matter(text).end :])
            text = cmarkgfm.github_flavored_markdown_to_html(body)
        expected = words(text)
        missing = expected - Counter(WORD.findall("\n".join(block.text for block in content.blocks)))
        total, lost, size = total + expected.total(), lost + missing.total(), size + len(data)
    speed = size / 1e6 / max(seconds, 1e-9)
    print(f"{len(pages)} pages, {size / 1e6:.1f} MB, {speed:.1f} MB/s: {lost} of {total} words lost")


if __name__ == "__main__":
    main()
