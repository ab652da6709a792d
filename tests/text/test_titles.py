"""Titles are what an author wrote, not what a program left."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from attune.text import titles


@pytest.mark.parametrize(
    "title",
    ["Annual Report 2021", "Über uns", "日本語の手引き", "Word order in German", "Page layout for beginners"],
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
    ],
)
def test_what_programs_write_into_metadata_is_not(title: str) -> None:
    assert titles.from_metadata(title) == ""


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Foxes\n\nText.", "Foxes"),
        ("Some text.\n\n## How foxes   live ##\n", "How foxes live"),
        ("# Learning C#\n", "Learning C#"),
        ("The Fox\n=======\n\nText.", "The Fox"),
        ("```\n# a comment\n```\n\n# Real", "Real"),
        ("---\nlayout: post\ntitle: 'Of foxes'\n---\n# Other", "Of foxes"),
        ("---\nlayout: post\n---\n# Heading", "Heading"),
        ('---\ntitle: "The \\"red\\" fox" # short\n---\n', 'The "red" fox'),
        ("---\ntitle: >\n  The red\n  fox\ndate: 2024-13-45\n---\n", "The red fox"),
        ("---\ntitle: 2024\n---\n# Heading", "2024"),
        ("---\ntitle: yes\n---\n# Heading", "yes"),
        ("---\ntitle:\n---\n# Heading", "Heading"),
        ("---\ntitle: [a, b]\n---\n# Heading", "Heading"),
        ("---\nother:\n  title: inner\n---\n# Heading", "Heading"),
        ("---\n- title: a\n---\n# Heading", "Heading"),
        ("#hashtag\nno heading", ""),
        ("no heading\n---\n", ""),
    ],
)
def test_headings_of_markdown(text: str, title: str) -> None:
    assert titles.from_markdown(text) == title


@pytest.mark.parametrize(
    "yaml",
    [
        "title: Foxes: a study",
        "title: [a",
        "title: *nowhere",
        "title: a\ntitle: b",
        "{{ title }}: a",
        "%YAML 1.9\n--- \ntitle: a",
        "\ttitle: a",
        "[" * 5_000,
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "title: a\n" + "key: 'value'\n" * 100_000,
    ],
    ids=lambda yaml: yaml[:12],
)
def test_broken_and_hostile_front_matter_gives_no_title(yaml: str) -> None:
    assert titles.from_markdown(f"---\n{yaml}\n---\n# Heading") == "Heading"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n\n  Foxes\nlive here", "Foxes"),
        ("Foxes live here.\nAnd there.", ""),
        ("f" * 101 + "\n", ""),
        ("x" * 100_000, ""),
        ("何かの題\n本文。", "何かの題"),
    ],
)
def test_first_lines_of_text(text: str, title: str) -> None:
    assert titles.from_first_line(text) == title


def test_file_names_become_words() -> None:
    assert titles.from_file_name(PurePath("a/b/annual-report__2021.pdf")) == "annual report 2021"
    assert titles.from_file_name(PurePath("---.pdf")) == "---"


def test_titles_are_one_short_line() -> None:
    assert titles.tidy(" a\n\tb\u200b ") == "a b"
    assert len(titles.tidy("word " * 1000)) < 201
