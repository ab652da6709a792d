"""What people and logs call a document, and which chunks that is."""

from __future__ import annotations

import pytest

from attune.core.records import Chunk
from attune.people.places.document_names import NotFound
from attune.people.places.evidence import Evidence
from attune.people.queries.pointed import Pointed, pointed_at
from attune.people.queries.rows import Target
from tests.support.lease import CHUNKS, IDS, NOTICE

EVIDENCE = Evidence(CHUNKS)
LEASE = frozenset({0, 1, 2})


def chunk(number: int, document: str, headings: list[str]) -> Chunk:
    text = f"Text {number} of the page."
    return Chunk(
        f"id{number}",
        "",
        text,
        {"document": document, "start": 40 * number, "end": 40 * number + len(text), "headings": headings},
    )


SITE = Evidence(
    [
        chunk(0, "docs/guide.html", ["Setup"]),
        chunk(1, "docs/guide.html", ["Setup", "First steps"]),
        chunk(2, "b/index.html", ["Home"]),
    ]
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target("faq.md"), Pointed(frozenset({3}), True)),  # it has one chunk
        (Target("lease.pdf"), Pointed(LEASE, False)),
        (Target("data/documents/contracts/lease.pdf"), Pointed(LEASE, False)),
        (Target(IDS[1]), Pointed(frozenset({1}), True)),
        (Target("lease.pdf", (2, 2)), Pointed(frozenset({1}), True)),
        (Target("lease.pdf", (1, 2)), Pointed(frozenset({0, 1}), False)),
        (Target("lease.pdf", None, "", NOTICE[:40]), Pointed(frozenset({1}), True)),
        (Target("", None, "", NOTICE[:40]), Pointed(frozenset({1}), True)),
        (Target("https://example.org/x/contracts/lease.pdf?download=1"), Pointed(LEASE, False)),
        (Target("https://example.org/x/LEASE.pdf#page=2&zoom=100"), Pointed(frozenset({1}), True)),
        (Target("lease.pdf#page=3"), Pointed(frozenset({2}), True)),
        (Target("/files/lease.pdf"), Pointed(LEASE, False)),
        (Target("file:///C:/share/contracts/lease%2Epdf"), Pointed(LEASE, False)),
    ],
)
def test_names_of_documents(target: Target, expected: Pointed) -> None:
    assert pointed_at(target, EVIDENCE) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target("https://x.org/docs/guide"), Pointed(frozenset({0, 1}), False)),
        (Target("https://x.org/docs/guide/"), Pointed(frozenset({0, 1}), False)),
        (Target("https://x.org/docs/guide.html#first-steps"), Pointed(frozenset({0, 1}), False)),
        (Target("https://x.org/b/"), Pointed(frozenset({2}), True)),
        (Target("guide.html", None, "2.1 First  Steps"), Pointed(frozenset({1}), True)),
        (Target("guide.html", None, "setup"), Pointed(frozenset({0, 1}), False)),
    ],
)
def test_pages_of_a_site(target: Target, expected: Pointed) -> None:
    assert pointed_at(target, SITE) == expected


@pytest.mark.parametrize(
    ("evidence", "target", "message"),
    [
        (EVIDENCE, Target("leases.pdf"), "no document 'leases.pdf' has chunks; did you mean 'contracts/lease.pdf'"),
        (EVIDENCE, Target("https://x.org/gone.pdf"), "no document 'https://x.org/gone.pdf' has chunks"),
        (EVIDENCE, Target("lease.pdf", (9, 9)), "no chunk stands on page 9 of lease.pdf"),
        (EVIDENCE, Target("lease.pdf", None, "", "words that stand nowhere in it"), "stands nowhere in lease.pdf"),
        (SITE, Target("guide.html", None, "Last steps"), "no heading 'Last steps' stands in guide.html"),
        (SITE, Target("guide.html", None, "!"), "no heading '!' stands in guide.html"),
        (SITE, Target("https://x.org/a/index.html"), "no document"),  # another folder's
        (SITE, Target("https://x.org/"), "no document"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_says_why(evidence: Evidence, target: Target, message: str) -> None:
    with pytest.raises(NotFound, match=message):
        pointed_at(target, evidence)
