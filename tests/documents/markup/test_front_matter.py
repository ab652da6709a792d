"""What stands in front of a page is known in each of its forms, and never taken for what it is not."""

from __future__ import annotations

import pytest

from attune.documents.markup.front_matter import front_matter


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("---\nlayout: post\ntitle: 'Of foxes'\n---\n", "Of foxes"),
        ('---\ntitle: "The \\"red\\" fox" # short\n---\n', 'The "red" fox'),
        ("---\ntitle: >\n  The red\n  fox\ndate: 2024-13-45\n---\n", "The red fox"),
        ("---\ntitle: |-\n  The red\n  fox\n...\n", "The red fox"),
        ("---\nTitle: Foxes\n---  \n", "Foxes"),
        ("\n---\n# a comment\ntitle: Foxes\n---\n", "Foxes"),
        ("---\ntitle: Foxes: a study\n---\n", "Foxes: a study"),  # broken YAML, as many write it
        ("---\ntitle: 2024\n---\n", "2024"),
        ("---\ntitle: yes\n---\n", "yes"),
        ("---\ntitle:\n---\n", ""),
        ("---\ntitle: [a, b]\n---\n", ""),
        ("---\nother:\n  title: inner\n---\n", ""),
        ("---\n---\n", ""),
        ('+++\ntitle = "Foxes"\ndate = 2021-03-04\n+++\n', "Foxes"),
        ('+++\ntitle = """\nThe red\nfox"""\n[menu]\ntitle = "x"\n+++\n', "The red fox"),
        ('{\n  "title": "Foxes",\n  "tags": ["a"]\n}\n', "Foxes"),
        ("% Foxes\n% Some One\n% 2021\n", "Foxes"),
        ("Title: Foxes\nAuthor: Some One\n\n", "Foxes"),
        ("title: Foxes\n  of the north\ndate: today\n\n", "Foxes"),
    ],
)
def test_titles(source: str, title: str) -> None:
    found = front_matter(f"{source}Text.")
    assert (found.title, f"{source}Text."[found.end :].strip()) == (title, "Text.")


@pytest.mark.parametrize(
    "source",
    [
        "---\n\nText after a rule.\n\n---\n",
        "---\nText, and no key.\n---\n",
        "# Heading\n\n---\ntitle: x\n---\n",
        "{braces} in a text",
        "{\nnot: json\n}\n",
        "Title of the page\n\nText.",
        "100 % of it",
        "",
    ],
)
def test_what_is_none(source: str) -> None:
    assert front_matter(source) == ("", "", 0)


def test_descriptions() -> None:
    assert front_matter("---\ndescription: What they\n  eat\n---\n").description == "What they eat"
    assert front_matter("+++\nsummary = 'Eat'\n+++\n").description == "Eat"


@pytest.mark.slow
@pytest.mark.parametrize(
    "yaml",
    [
        "title: [a",
        "title: *nowhere",
        "title: a: b\n{{ title }}: a",
        "title: a\ntitle: b",
        "a: " + "[" * 5_000,
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "key: 'value'\n" * 100_000,
    ],
    ids=lambda yaml: yaml[:12],
)
def test_broken_and_hostile_front_matter_is_left_out(yaml: str) -> None:
    source = f"---\n{yaml}\n---\nText."
    assert source[front_matter(source).end :] == "Text."
    assert "[" not in front_matter(source).title


@pytest.mark.parametrize("start", ["---\n", "+++\n", "{\n", "% x\n", "title: x\n"])
def test_what_never_ends_is_none_and_takes_no_time(start: str) -> None:
    assert front_matter(start + "a: b\n" * 200_000).end in (0, len("% x\n"), len(start) + 5 * 200_000)
