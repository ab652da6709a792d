"""Write what the last run on the sample documents came to into docs/first-run.md, between two marks.

Usage: python -m scripts.sample_table
"""

from __future__ import annotations

import re
from pathlib import Path

from attune.core.errors import UserError, run
from attune.core.files import atomic_file
from attune.evaluation.metrics_file import read_metrics
from attune.evaluation.results import BASE, COMPARED, FINETUNED, HYBRID, HYBRID_BASE, Results
from attune.report.reading.inputs import ChunkCounts, QuestionCounts
from stages.report import CHUNK, METRICS, QUESTIONS

PAGE = Path("docs/first-run.md")
MARKS = re.compile(
    r"(?<=<!-- sample: written by `make sample-table`)(.*?-->\n).*(?=^<!-- end of sample -->)", re.M | re.S
)
COLUMNS = {
    "bm25": "BM25",
    BASE: "base model",
    FINETUNED: "fine-tuned",
    HYBRID_BASE: "BM25 + base",
    HYBRID: "BM25 + fine-tuned",
}
SHOWN = ("hit_rate@1", "hit_rate@5", "hit_rate@10", "mrr@10", "ndcg@10")


def table(metrics: Results, chunked: ChunkCounts, asked: QuestionCounts) -> str:
    """Return what was found in a sentence and a table, in Markdown."""
    verdict = metrics.verdict
    rows = [["", *COLUMNS.values(), "95 % interval of the change by training"]]
    for name in SHOWN:
        change = verdict.against[BASE].get(name) if name in COMPARED else None
        interval = f"{change.low:+.3f} to {change.high:+.3f}" if change else ""
        rows.append([name, *(f"{metrics.value(system, name):.3f}" for system in COLUMNS), interval])
    assert metrics.deploy is not None, "evaluate writes it each time"
    inside = metrics.deploy.differences[HYBRID][HYBRID_BASE]
    sentence = (
        f"{chunked.documents} documents, {metrics.chunks} chunks, {asked.questions_kept} of "
        f"{asked.questions_written} written questions kept, {metrics.questions} of them "
        "on documents that were not trained on.\n"
        f"Verdict: {verdict.word}, on {verdict.clusters} test documents. Beside BM25, training changes nDCG@10 by "
        f"{inside.difference:+.3f}\n({inside.low:+.3f} to {inside.high:+.3f})."
    )
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([sentence, "", lines[0], "|" + "---|" * len(rows[0]), *lines[1:], "", ""])


def renewed(page: str, block: str) -> str:
    """Return the page with what stands between its marks replaced.

    Raises:
        UserError: the marks are not there.
    """
    found = MARKS.search(page)
    if found is None:
        raise UserError(f"{PAGE} has lost the two marks of the sample's table; `git diff {PAGE}` shows where they were")
    return page[: found.start()] + found[1] + block + page[found.end() :]


def block() -> str:
    """Return what the files of the last run say."""
    return table(
        read_metrics(METRICS, Results), read_metrics(CHUNK, ChunkCounts), read_metrics(QUESTIONS, QuestionCounts)
    )


def main() -> None:
    """Renew the page."""
    page = renewed(PAGE.read_text(encoding="utf-8"), block())
    with atomic_file(PAGE) as file:
        file.write(page)
    print(f"wrote the table of {METRICS} into {PAGE}")


if __name__ == "__main__":
    run(main)
