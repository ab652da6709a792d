"""Titles are what an author wrote, not what a program left."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from attune.text import titles
from attune.text.clean import clean


@pytest.mark.parametrize(
    "title",
    [
        "Annual Report 2021",
        "Über uns",
        "日本語の手引き",
        "Word order in German",
        "Page layout for beginners",
        "Introduction to ASP.NET Core",
        "Working with HP printers at home",
        "Notes on TCP/IP",
        "Publisher's letter",
        "Chapter 10.5",
        "Title IX in schools",
    ],
)
def test_titles_in_metadata_are_taken(title: str) -> None:
    assert titles.from_metadata(f"  {title}\n") == title


@pytest.mark.parametrize(
    "title",
    [
        "",
        "untitled",
        "Untitled-3",
        "(anonymous)",
        "Microsoft Word - report_final.doc",
        "Microsoft Word – Report",
        "PowerPoint Presentation",
        "Document1",
        "Slide 1",
        "report_v2.docx",
        "My thesis.tex",
        "0001759509-22-000016",
        "12",
        "10811.exe",
        "scan_0041.xyz",
        "Final report.dwg",
        "about:blank",
        "https://example.org/a?b=c",
        "www.example.org/a",
        "file:///C:/x/y.html",
        "C:\\Users\\me\\My report",
        "/home/me/report",
        "me@example.org",
        "Adobe InDesign CS6 (Macintosh)",
        "PScript5.dll Version 5.2.2",
        "Acrobat Distiller 9.0",
        "GPL Ghostscript 9.27",
        "LaTeX with hyperref package",
        "Microsoft® Word 2016",
        "OpenOffice.org 3.2",
        "Skia/PDF m93",
        "wkhtmltopdf 0.12.5",
        "d41d8cd98f00b204e9800998ecf8427e",
        "Scan 0041",
        "Sans titre 1",
    ],
)
def test_what_programs_write_into_metadata_is_not(title: str) -> None:
    assert titles.from_metadata(title) == ""


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The red   fox\n", "The red fox"),
        ("## Foxes ##", "Foxes"),
        ("Learning C#", "Learning C#"),
        ("= Foxes", "Foxes"),
        ("----------", ""),
        ("3.1", ""),
        ("Page 3 of 7", ""),
        ("iv", ""),
        ("何かの題", "何かの題"),
        ("火", "火"),
    ],
)
def test_headings(text: str, title: str) -> None:
    assert titles.from_heading(text) == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n\n  Foxes\nlive here", "Foxes"),
        ("Foxes live here.\nAnd there.", ""),
        ("f" * 101 + "\n", ""),
        ("x" * 100_000, ""),
        ("何かの題\n本文。", "何かの題"),
        ("=====\nBOILER LOG 2021\n=====\n\nText.", "BOILER LOG 2021"),
        ("* * *\n\n- 7 -\n\nPage 1 of 9\n\nFoxes", "Foxes"),
        ("# Foxes\n\nText.", "Foxes"),
        ("Title: Foxes\nAuthor: Someone", "Foxes"),
        ("From: a@b.org\nTo: c@d.org\nSubject: Re: Fwd: The red\n fox\nDate: today\n\nSubject: other", "The red fox"),
        ("Received: from x\nFrom: a@b.org\n\nText", ""),
        ("The keeper of the copper boiler closed the valve\nbefore the crew came.", ""),
        ("<?xml version='1.0'?>\n<a>Foxes</a>", ""),
        ('{"title": "Foxes"}', ""),
        ("#!/bin/sh\necho Foxes", ""),
        ("import foxes\n\nfoxes.run()", ""),
        ("name,weight,age,place\nAda,7,3,x", ""),
        ("Part      Cost   Since\nBolt      3.50   2021", ""),
        ("2021-03-04 10:00:01 started", ""),
        ("\x1b[32mINFO\x1b[0m started", ""),
        ("key = value", ""),
        ("\x1b[1mFoxes\x1b[0m", "Foxes"),
    ],
)
def test_first_lines_of_text(text: str, title: str) -> None:
    assert titles.from_text(clean(text)) == title


def test_file_names_become_words() -> None:
    assert titles.from_file_name(PurePath("a/b/annual-report__2021.pdf")) == "annual report 2021"
    assert titles.from_file_name(PurePath("---.pdf")) == "---"


def test_titles_are_one_short_line() -> None:
    assert titles.tidy(" a\n\tb\u200b ") == "a b"
    assert len(titles.tidy("word " * 1000)) < 201
