"""Print what a run came to: the verdict, what to put to use, and the base against the fine-tuned model.

Usage: python -m scripts.summary
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from attune.core.errors import UserError, run
from attune.evaluation.metrics_file import read_metrics
from attune.evaluation.results import BASE, DEPLOYABLE, FINETUNED, Results, SetResults
from attune.report.reading.inputs import ChunkCounts, SplitCounts
from attune.report.sections.deploy import advice
from attune.report.sections.verdict import Statement, question_sets, state
from attune.report.sections.warnings import warnings
from stages.report import CHUNK, DOCUMENTS, METRICS, PER_QUESTION, REPORT, SPLIT

SHOWN = ("hit_rate@1", "hit_rate@5", "hit_rate@10", "mrr@10", "ndcg@10", "map@100")
WIDTH = 100
LIES = {  # where everything lies
    REPORT: "the verdict, figures, curves and examples, on one page",
    Path("models/finetuned"): "the model; docs/use-the-model.md has what to do with it",
    Path("models/finetuned/query"): "the model of the questions alone: an index of the base model stays",
    METRICS: "all figures, to compare with `dvc metrics diff`",
    PER_QUESTION: "the rank that each system gave each question",
    DOCUMENTS: "what became of each document",
    Path("data/beir"): "chunks and questions, in the format of BEIR",
}


def table(found: SetResults) -> str:
    """Return the measures of what can be put to use, and what training changed, as a table of plain text."""
    systems = [system for system in DEPLOYABLE if system in found.systems]
    rows = [f"{'':<12}" + "".join(f"{system:>12}" for system in systems) + f"{'change':>10}"]
    for name in SHOWN:
        values = [found.value(system, name) for system in systems]
        change = found.value(FINETUNED, name) - found.value(BASE, name)
        rows.append(f"{name:<12}" + "".join(f"{value:>12.3f}" for value in values) + f"{change:>+10.3f}")
    return "\n".join(rows)


def paragraph(statement: Statement) -> str:
    """Return a verdict in words, wrapped."""
    text = f"{statement.title}: {statement.headline.lower()}. {' '.join(statement.sentences)}"
    return textwrap.fill(text, WIDTH)


def main() -> None:
    """Print the verdicts and the advice, people's questions first, the table, what to mind, and where the rest lies."""
    if not METRICS.exists():
        raise UserError(f"{METRICS} does not exist; `make repro` makes it")
    metrics = read_metrics(METRICS, Results)
    chunk, split = read_metrics(CHUNK, ChunkCounts), read_metrics(SPLIT, SplitCounts)
    sets = question_sets(metrics)
    print()
    for kind, found in sets.items():
        print(paragraph(state(kind, found, split, chunk)) + "\n")
    for one in advice(metrics):
        print(textwrap.fill(one.line, WIDTH))
        for item in one.answers:
            print(textwrap.fill(f"- {item.question} {item.answer}", WIDTH, subsequent_indent="  "))
        print(textwrap.fill(one.mind, WIDTH) + "\n")
    print(table(next(iter(sets.values()))) + "\n")
    for line in warnings(metrics, chunk):
        print(textwrap.fill(f"Mind: {line}", WIDTH, subsequent_indent="      "))
    print()
    width = max(len(str(path)) for path in LIES)
    for path, what in LIES.items():
        if path.exists():
            print(f"{path!s:<{width}}  {what}")


if __name__ == "__main__":
    run(main)
