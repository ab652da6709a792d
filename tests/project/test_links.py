"""Every link of README and docs leads somewhere, on a code host and on the site, and every page can be found."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from scripts.site_pages import SHOWN, place, with_links
from tests.conftest import ROOT
from tests.project.test_docs import DOCUMENTS, PAGES, text

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LARGEST = 150_000  # bytes of a picture


def links(name: str) -> list[str]:
    return ["".join(found) for found in LINK.findall(CODE.sub("", text(name)))]


def anchors(file: Path) -> set[str]:
    """The anchors of a page, as GitHub and MkDocs make them."""
    titles = re.findall(r"^#+ (.+)$", BLOCK.sub("", file.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", [*DOCUMENTS, "CHANGELOG.md", "docs/llms.txt"])
def test_every_link_leads_somewhere(name: str) -> None:
    for target in links(name):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            file = (ROOT / name).parent / path if path else ROOT / name
            assert file.is_file(), f"{name} leads to {target}"
            assert not anchor or anchor in anchors(file), f"{name} leads to {target}"


@pytest.mark.parametrize("name", [*PAGES, *SHOWN])
def test_every_link_leads_somewhere_on_the_site(name: str) -> None:
    pages = {place(path): path for path in [*PAGES, *SHOWN]}
    files = {place(path.relative_to(ROOT).as_posix()) for path in (ROOT / "docs").rglob("*") if path.is_file()}
    if not name.endswith(".md"):
        return
    for found in LINK.findall(CODE.sub("", with_links(name, text(name)))):
        target = "".join(found).partition("#")[0]
        if target and "://" not in target:
            leads = Path("/", place(name)).parent.joinpath(target).as_posix()
            resolved = str(Path(leads).resolve().relative_to("/"))
            assert resolved in pages or resolved in files, f"{name} leads to {target}, which is not on the site"


def test_every_page_is_in_the_index_the_menu_and_the_list_for_assistants() -> None:
    pages = {Path(page).name for page in PAGES}
    menu = re.findall(r"^ +- .*: ([\w-]+\.md)$", text("mkdocs.yml"), re.MULTILINE)
    assert sorted(menu) == sorted(pages | {"CONTRIBUTING.md", "CHANGELOG.md"})
    for index in ("docs/index.md", "docs/llms.txt"):
        assert pages - {"index.md"} <= {Path(link).name for link in links(index)}, index
    linked = {Path(link.partition("#")[0]).name for link in links("README.md")}
    assert pages - {"index.md"} <= linked


def test_the_site_is_strict_and_fetches_nothing() -> None:
    settings = yaml.safe_load(re.sub(r"!\S+", "", text("mkdocs.yml")))
    assert settings["strict"] is True and settings["theme"]["font"] is False
    assert settings["validation"]["anchors"] == "warn" and settings["validation"]["links"]["not_found"] == "warn"


def test_pictures_are_small_and_there_for_light_and_dark() -> None:
    light, dark = (ROOT / f"docs/images/report-{scheme}.png" for scheme in ("light", "dark"))
    for path in (light, dark):
        assert path.stat().st_size < LARGEST
    with Image.open(light) as one, Image.open(dark) as other:
        assert one.width == other.width
        brightness = [np.asarray(image.convert("L")).mean() for image in (one, other)]
    assert brightness[0] > 200 and brightness[1] < 60
