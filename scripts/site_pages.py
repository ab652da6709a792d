"""What MkDocs calls while it builds the site: pages that lie outside of docs/ join it, with links that lead to them.

On a code host, links such as ../CONTRIBUTING.md lead out of docs/. A site holds only what lies in docs/, so each file
that is linked like this becomes a page of it, or a file to look at where it is no Markdown.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"(?<=\]\()([^)\s#]+)(?=[)#])")
SHOWN = (
    *("CONTRIBUTING.md", "CHANGELOG.md", "README.md", "AGENTS.md", "LICENSE"),
    *("data/human/README.md", "data/queries/README.md", "data/general/README.md"),
)


def target(page: str, link: str) -> str:
    """Return where a link of a page leads, both by their paths in the project."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))


def place(path: str) -> str:
    """Return where a file of the project stands in the site: files of docs/ at its root, the others beside them."""
    own = path.removeprefix("docs/") if path.startswith("docs/") else path
    # a README would become the index of its folder, and the root has one
    return own.replace("README.md", "readme.md")


def with_links(page: str, text: str) -> str:
    """Return the text of a page with links that hold in the site."""
    here = posixpath.dirname(place(page))

    def moved(found: re.Match[str]) -> str:
        link = found[1]
        if "://" in link or link.startswith("mailto:"):
            return link
        return posixpath.relpath(place(target(page, link)), here or ".")

    return re.sub(r'(src|srcset)="docs/', r'\1="', LINK.sub(moved, text))


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that lie outside of docs/."""
    make = type(next(iter(files))).generated  # of the class of its files: MkDocs is not installed where the stages run
    for name in SHOWN:
        if (ROOT / name).is_file():
            files.append(make(config, place(name), content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Make the links of a page those of the site."""
    path = page.file.src_uri
    origin = next((name for name in SHOWN if place(name) == path), f"docs/{path}")
    return with_links(origin, markdown)
