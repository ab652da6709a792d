"""What a user should know of a file that was read: each remark half a sentence, with what to do."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 5  # names of files, or stretches of pages


def without_text(pages: Sequence[int]) -> str:
    """Tell of pages that hold pictures only."""
    return f"{_pages(pages)} {_hold(pages)} pictures and no text; recognise it with `ocrmypdf`" if pages else ""


def garbled(pages: Sequence[int]) -> str:
    """Tell of pages whose text says nothing."""
    remedy = "recognise them anew with `ocrmypdf --force-ocr`"
    return f"{_pages(pages)} {_hold(pages)} letters that are no words; {remedy}" if pages else ""


def files(names: Sequence[str], pinned: int) -> str:
    """Tell of files within a file: those with names, or so many that are pinned to its pages."""
    count = max(len(names), pinned)
    shown = ", ".join(names[:SHOWN]) + ", ..." * (len(names) > SHOWN) or "pinned to its pages"
    plural = "s" * (count > 1)
    return f"holds {count} file{plural} not read here ({shown}); save them as documents of their own" if count else ""


def values(count: int) -> str:
    """Tell of values of a form that an engine does not read."""
    plural = "s" * (count > 1)
    return (
        f"holds {count} value{plural} of a form that pypdf does not read; set chunk.pdf_engine to pdfium"
        if count
        else ""
    )


def _hold(pages: Sequence[int]) -> str:
    return "holds" if len(pages) == 1 else "hold"


def _pages(pages: Sequence[int]) -> str:
    """Return numbers of pages in words: "page 3", "pages 2 to 10 and 14"."""
    spans: list[tuple[int, int]] = []
    for page in pages:
        first = spans.pop()[0] if spans and page == spans[-1][1] + 1 else page
        spans.append((first, page))
    words = [str(a) if a == b else f"{a} to {b}" if b > a + 1 else f"{a}, {b}" for a, b in spans]
    if len(words) > SHOWN + 1:
        words = [*words[:SHOWN], f"{len(words) - SHOWN} more places"]
    joined = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"page{'s' * (len(pages) > 1)} {joined}"
