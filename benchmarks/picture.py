"""The picture of the report in README: results/report.html as a browser shows it, light and dark.

Chromium is taken from PATH. Its picture is a PNG of few colours, which is small and the same on one machine each time.

Usage: python -m benchmarks.picture [--report results/report.html] [--into docs/images]
"""

from __future__ import annotations

import argparse
import shutil
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from attune.core.errors import UserError, run
from stages.report import REPORT

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
WIDTH, HEIGHT = 1120, 900  # of the window, in CSS pixels
MARGIN = 40  # above and below what is shown: the verdict, and what to put to use
COLOURS = 64
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def chromium() -> str:
    """Return the browser's path."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise UserError(f"no browser was found; install Chromium, so that one of {', '.join(NAMES)} is on PATH")
    return found


def picture(browser: Browser, report: Path, scheme: Literal["light", "dark"]) -> bytes:
    """Return the head of a report as a PNG file."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
    page = context.new_page()
    page.goto(report.resolve().as_uri())
    box = page.locator("div.verdict").first.bounding_box()
    if box is None:
        raise UserError(f"{report} shows no verdict; `make repro` makes it")
    height = box["y"] + box["height"]
    taken = Image.open(BytesIO(page.screenshot(clip={"x": 0, "y": MARGIN, "width": WIDTH, "height": height})))
    context.close()
    small = BytesIO()
    taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    """Take both pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", type=Path, default=REPORT)
    parser.add_argument("--into", type=Path, default=Path("docs/images"))
    arguments = parser.parse_args()
    if not arguments.report.is_file():
        raise UserError(f"{arguments.report} does not exist; `make repro` makes it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for scheme in SCHEMES:
            path = arguments.into / f"report-{scheme}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture(browser, arguments.report, scheme))
            print(f"wrote {path} ({path.stat().st_size / 1000:.0f} KB)")
        browser.close()


if __name__ == "__main__":
    run(main)
