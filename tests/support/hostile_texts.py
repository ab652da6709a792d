"""Files of text and PDF that want to do harm, and such as are no text at all: what becomes of each."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator, Mapping

from tests.support.hostile_archives import READ, Hostile
from tests.support.pdf_files import endless_pdf, locked_pdf, pdf, scanned_pdf

KEPT = "Kept words stand here.\n\n"


def hostile_texts() -> Iterator[Hostile]:
    """Yield the files."""
    yield from _pages()
    yield from _plain()
    yield from _data()
    yield from _pdfs()


def _pages() -> Iterator[Hostile]:
    kept = f"<p>{KEPT}</p>"
    yield "deep.html", f"{kept}{'<div>' * 200_000}x".encode(), f"{READ}|too deep"
    yield "wide-cell.html", f"{kept}<table><tr><td colspan=1000000000 rowspan=1000000000>x</table>".encode(), READ
    spans = "".join(f"<tr><td rowspan=65534 colspan=1000>{n}</td></tr>" for n in range(300))
    yield "spans.html", f"{kept}<table>{spans}</table>".encode(), READ
    yield "brackets.html", f"{kept}{'<' * 300_000}".encode(), READ
    yield "tables-in-tables.html", f"{kept}{'<table><tr><td>' * 300}x".encode(), f"{READ}|too deep"
    yield "entities.html", f'<!DOCTYPE a [<!ENTITY b "{"c" * 999}">]>{kept}{"&b;" * 9999}'.encode(), READ
    yield "zeros.html", f"<p>Kept wo\0rds, {KEPT * 9}</p>".encode(), READ
    yield "comment.html", f"{kept}<!-- {'x' * 1_000_000}".encode(), READ
    yield "attribute.html", f'{kept}<p title="{"x" * 5_000_000}">x</p>'.encode(), READ
    yield "unknown-charset.html", f'<meta charset="x-none">{kept}'.encode() + b"\xff\xfe\xfd", "unknown encoding"
    yield "nothing.html", b"<!-- nothing -->", "no text"
    yield "quotes.md", (KEPT + ">" * 50_000).encode(), READ
    yield "brackets.md", (KEPT + "[" * 5_000).encode(), READ
    yield "stars.md", (KEPT + "*a_" * 20_000).encode(), READ
    yield "items.md", (KEPT + "".join(f"{' ' * n}- a\n" for n in range(500))).encode(), READ
    aliases = "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(9))
    yield "aliases.md", f"---\n{aliases}---\n{KEPT}".encode(), READ
    yield "front-matter.md", f"---\ntitle: [\n{KEPT}".encode(), READ
    yield "columns.md", f"{KEPT}|{'a|' * 5000}\n|{'-|' * 5000}\n".encode(), READ


def _plain() -> Iterator[Hostile]:
    yield "empty.txt", b"", "empty file"
    yield "blanks.txt", b" \n\t\n" * 1000, "no text"
    yield "zeros.txt", b"\0" * 5000, "no text"
    yield "random.txt", random.Random(3).randbytes(5000), "not utf-8|no text"
    yield "picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + random.Random(4).randbytes(5000), "no text|not utf-8"
    yield "line.txt", b"Kept words " + b"word " * 40_000, READ
    yield "word.txt", b"Kept words " + b"a" * 1_000_000, READ
    yield "invisible.txt", "\u200b\u2060\ufeff\u00ad".encode() * 500, "no text"
    yield "marks.txt", ("Kept words a" + "\u0301" * 100_000).encode(), READ
    yield "half-a-letter.txt", "Kept words here".encode("utf-16") + b"\xd8", READ
    yield "turned.txt", "Kept words \u202esdrow\u202c".encode(), READ
    yield "newlines.txt", b"Kept words" + b"\n" * 200_000 + b"x", READ
    yield "control.rst", f"{KEPT}.. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n".encode(), READ
    yield "include.adoc", f"{KEPT}include::/etc/passwd[]\n".encode(), READ


def _data() -> Iterator[Hostile]:
    yield "zeros.csv", b"\0" * 5000, "no text"
    yield "open-quote.csv", b'Kept words,"' + b"a,b\n" * 40_000, READ
    yield "cells.csv", b"Kept words," + b"a," * 40_000, READ
    yield "empty-cells.csv", b"Kept words,x\n" + b",\n" * 100_000, READ
    yield "not-json.ipynb", b"{cells: no}", "not JSON"
    yield "deep.ipynb", b'{"cells":' + b"[" * 100_000, "not JSON"
    yield "no-cells.ipynb", b'{"nbformat": 4}', 'without a list of "cells"'
    picture = {"data": {"image/png": base64.b64encode(b"\0" * 6_000_000).decode()}}
    yield "picture.ipynb", _notebook("Kept words", picture), READ
    yield "log.ipynb", _notebook("Kept words", {"text": "line\n" * 1_000_000}), READ
    yield (
        "number.ipynb",
        b'{"cells": [{"cell_type": "raw", "source": "Kept words", "n": ' + b"9" * 5000 + b"}]}",
        f"{READ}|JSON",
    )
    yield "not-json.jsonl", b"words\n", "line 1 is not JSON"
    yield "queries.jsonl", b'{"_id": "1", "text": "Who?"}\n', "questions or judgements"
    yield "qrels.tsv", b"query-id\tcorpus-id\tscore\nq\td\t1\n", "judgements on questions"
    head = "From: a@b.c\n"
    parts = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(1200))
    yield "parts.eml", f"{head}{parts}Content-Type: text/plain\n\nwords".encode(), "cannot be read as mail"
    yield "headers.eml", (head + "X-A: b\n" * 100_000 + "\n" + KEPT).encode(), READ
    yield "charset.eml", f"{head}Content-Type: text/plain; charset=rot13\n\n{KEPT}".encode(), READ
    coded = "Content-Transfer-Encoding: base64\n\nS2VwdCB3b3Jkcw=*="
    yield "base64.eml", f"{head}Content-Type: text/plain\n{coded}".encode(), READ
    yield "no-mail.eml", b"words\n", "no mail"


def _notebook(text: str, output: Mapping[str, object]) -> bytes:
    return json.dumps({"cells": [{"cell_type": "code", "source": text, "outputs": [output]}]}).encode()


def _pdfs() -> Iterator[Hostile]:
    whole = pdf(["Kept words stand here."])
    yield "endless.pdf", endless_pdf(), "took longer than|crashed its reader"
    yield "locked.pdf", locked_pdf("secret", "AES-256"), "encrypted|locked"
    yield "open-lock.pdf", locked_pdf("", "AES-128"), "foxes"
    yield "scan.pdf", scanned_pdf(), "no text"
    yield "mark.pdf", b"%PDF-1.7\n", "PDF"
    yield "html.pdf", b"<html>words</html>", "PDF"
    yield "cut-off.pdf", whole[: len(whole) // 3], "PDF|no text"
    yield "behind-rubbish.pdf", b"\n" * 500 + whole, f"{READ}|PDF"
    yield "page-of-itself.pdf", whole.replace(b"/Kids [ 3 0 R", b"/Kids [ 4 0 R"), f"{READ}|PDF|no text|pages"
    yield "huge-page.pdf", whole.replace(b"595.2756 841.8898", b"9999999999 99999"), f"{READ}|PDF|no text"
