"""The report in a real browser: nothing is fetched, nothing overflows, everything can be seen and read.

Skipped where there is no Chromium. The pictures of each page are left in pytest's temporary folder.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from stages import report
from tests.support.report_files import Run, hostile, write_run

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
RUNS = {
    "all": Run(),
    "hostile": Run(text=hostile, others=(hostile("model"), "W" * 90)),
    "bare": Run(people=0, general=False, others=(), bm25=False, optional=False, push=0.0),
}
SECTIONS = ["systems", "ranks", "examples", "funnel", "training", "settings", "words"]
Scheme = Literal["light", "dark"]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each run's page."""
    folders = {name: tmp_path_factory.mktemp(name) for name in RUNS}
    for name, folder in folders.items():
        with contextlib.chdir(folder):
            write_run(folder, RUNS[name])
            report.main()
    return {name: folder / report.REPORT for name, folder in folders.items()}


@contextlib.contextmanager
def opened(browser: Browser, path: Path, scheme: Scheme, size: ViewportSize) -> Iterator[tuple[Page, list[str]]]:
    """A page, and everything that went on beside showing it: requests, messages, errors."""
    # the checks of accessibility are a script, which the page's own policy would refuse
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    page, heard = context.new_page(), list[str]()
    page.on("request", lambda request: heard.append(f"request {request.url}"))
    page.on("console", lambda message: heard.append(f"console {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error {error}"))
    page.on("dialog", lambda dialog: heard.append(f"dialog {dialog.message}"))
    page.goto(path.as_uri())
    yield page, heard
    context.close()


@pytest.mark.parametrize(
    ("name", "scheme", "size"),
    [
        *(("all", scheme, size) for scheme in ("light", "dark") for size in (DESKTOP, PHONE)),
        *(
            (name, scheme, size)
            for name in ("hostile", "bare")
            for scheme, size in (("light", DESKTOP), ("dark", PHONE))
        ),
    ],
)
def test_page_is_complete(
    browser: Browser, reports: dict[str, Path], name: str, scheme: Scheme, size: ViewportSize, tmp_path: Path
) -> None:
    with opened(browser, reports[name], scheme, size) as (page, heard):
        page.screenshot(path=tmp_path / f"{name}-{scheme}-{size['width']}.png", full_page=True)
        for closed in (True, False):
            page.evaluate("open => document.querySelectorAll('details').forEach(d => d.open = open)", not closed)
            assert overflowing(page) == [], "wider than the window"
        for section in [*SECTIONS, *(["deploy"] if RUNS[name].bm25 else [])]:
            box = page.locator(f"#{section}").bounding_box()
            assert box and box["width"] > 250 and box["height"] > 50, f"{section} cannot be seen"
        assert page.locator("h1").is_visible() and page.locator(".mind, nav").first.is_visible()
    assert heard == [f"request {reports[name].as_uri()}"]


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)], ids=["light", "dark"])
def test_page_is_accessible(browser: Browser, reports: dict[str, Path], scheme: Scheme, size: ViewportSize) -> None:
    with opened(browser, reports["all"], scheme, size) as (page, _):
        page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
        found = Axe().run(page).response["violations"]
    assert [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found] == []


def overflowing(page: Page) -> list[str]:
    """What makes the page scroll sideways, or leaves its own box: a table in a region that scrolls may do so."""
    found = page.evaluate("""() => {
        const width = document.documentElement.clientWidth;
        const wide = [...document.querySelectorAll('body *')].filter(e =>
            !e.closest('svg') && !e.closest('.scroll') && e.getBoundingClientRect().right > width + 0.5);
        const said = wide.map(e => e.outerHTML.slice(0, 120));
        return document.documentElement.scrollWidth > width ? ['the page', ...said] : said;
    }""")
    return list(found)


def test_the_pages_own_policy_lets_it_be_read(browser: Browser, reports: dict[str, Path]) -> None:
    context = browser.new_context(viewport=DESKTOP)
    page, heard = context.new_page(), list[str]()
    page.on("console", lambda message: heard.append(message.text))
    page.goto(reports["hostile"].as_uri())
    assert heard == []
    assert page.evaluate("getComputedStyle(document.body).fontVariantNumeric") == "tabular-nums"
    context.close()


def test_the_pages_own_policy_stops_a_script_that_got_in(
    browser: Browser, reports: dict[str, Path], tmp_path: Path
) -> None:
    taken = "document.title = 'taken'"
    attack = f'<script>{taken}</script><img src="http://127.0.0.1:9/x" onerror="{taken}"/></main>'
    path = tmp_path / "page.html"
    path.write_text(reports["bare"].read_text(encoding="utf-8").replace("</main>", attack), encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(path.as_uri())
    assert "Attune report" in page.title()
    context.close()


def test_dark_is_dark_and_paper_is_white(browser: Browser, reports: dict[str, Path]) -> None:
    colour = "of => getComputedStyle(document.body)[of].match(/[\\d.]+/g).slice(0, 3).map(Number)"
    with opened(browser, reports["all"], "light", DESKTOP) as (page, _):
        assert min(page.evaluate(colour, "backgroundColor")) > 240
    with opened(browser, reports["all"], "dark", DESKTOP) as (page, _):
        assert max(page.evaluate(colour, "backgroundColor")) < 40
        page.emulate_media(media="print", color_scheme="dark")
        assert max(page.evaluate(colour, "color")) < 60


def test_print_shows_what_is_folded(browser: Browser, reports: dict[str, Path]) -> None:
    with opened(browser, reports["all"], "light", DESKTOP) as (page, _):
        table = page.locator("table.settings").first
        assert not table.is_visible()
        page.emulate_media(media="print")
        assert table.is_visible() and not page.locator("nav").is_visible()


def test_dots_stand_where_their_numbers_say(browser: Browser, reports: dict[str, Path]) -> None:
    with opened(browser, reports["all"], "light", DESKTOP) as (page, _):
        drawn = page.evaluate("""() => {
            const x = part => { const box = part.getBoundingClientRect(); return box.x + box.width / 2; };
            return [...document.querySelectorAll('table.intervals')].map(table =>
                [...table.querySelectorAll('tbody tr:not(.axis)')].map(row => ({
                    value: parseFloat(row.querySelector('.value').textContent.replace('\u2212', '-')),
                    dot: x(row.querySelector('.dot')),
                    zero: row.querySelector('.zero') ? x(row.querySelector('.zero')) : null,
                })));
        }""")
    assert len(drawn) == 8  # two measures of two sets of questions, each as values and as differences
    for table in drawn:
        by_value, by_place = (sorted(table, key=lambda row: row[key]) for key in ("value", "dot"))
        assert [row["value"] for row in by_value] == [row["value"] for row in by_place]
        assert all((row["dot"] > row["zero"]) == (row["value"] > 0) for row in table if row["zero"] is not None)
