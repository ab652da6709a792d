"""A lease and a page about pets, cut into chunks, and people's questions about them."""

from __future__ import annotations

import json
from pathlib import Path

from attune.core.records import Chunk, content_id
from attune.people.human.questions import PeoplesQuestions, read_human

RENT = "The tenant pays the rent on the first day of each month."
NOTICE = "Either side may end the agreement with three months' notice."
KEYS = "All keys are returned to the landlord on the last day."
PETS = "Cats are welcome, and so are small dogs."
TEXTS = {"contracts/lease.pdf": [RENT, NOTICE, KEYS], "faq.md": [PETS]}


def cut(size: int) -> list[Chunk]:
    """Chunks of `size` sentences each; each sentence is a page of the PDF file."""
    chunks = []
    for document, texts in TEXTS.items():
        for first in range(0, len(texts), size):
            text = " ".join(texts[first : first + size])
            start = " ".join(texts).index(text)
            pages = [first + 1, min(first + size, len(texts))] if document.endswith(".pdf") else None
            place = {"document": document, "title": "", "start": start, "end": start + len(text), "pages": pages}
            chunks.append(Chunk(content_id("", text), "", text, place))
    return chunks


CHUNKS = cut(1)
IDS = [chunk.id for chunk in CHUNKS]


def table(folder: Path, *rows: str) -> PeoplesQuestions:
    (folder / "questions.csv").write_text("\n".join(["question,file,page,quote", *rows, ""]))
    return read_human(folder, CHUNKS)


def beir(folder: Path, questions: dict[str, str], qrels: str, corpus: dict[str, str] | None = None) -> None:
    for name, texts in (("queries.jsonl", questions), ("corpus.jsonl", corpus)):
        if texts is not None:
            rows = [json.dumps({"_id": id_, "text": text}) for id_, text in texts.items()]
            (folder / name).write_text("".join(f"{row}\n" for row in rows))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + qrels)
