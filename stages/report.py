"""Write the report: the verdict, and everything one wants to see before believing it.

Reads the metrics and tables of all stages, data/beir/corpus.jsonl and params.yaml; writes results/report.html, one
file that needs nothing beside itself, and results/report.md, for a comment on a pull request. Its own stage, so that a
change of its looks measures nothing again.
"""

from __future__ import annotations

from pathlib import Path

from attune.core.beir import chunks_in
from attune.core.errors import run
from attune.core.files import atomic_file
from attune.core.params import PARAMS_FILE
from attune.evaluation.metrics_file import read_metrics
from attune.evaluation.results import Results
from attune.report.page import page
from attune.report.reading.inputs import ChunkCounts, FinetuneCounts, Inputs, QuestionCounts, SplitCounts, read_settings
from attune.report.reading.tables import read_asked, read_curves, read_documents
from attune.report.render import render_html, render_markdown

CHUNK = Path("results/chunk/metrics.json")
DOCUMENTS = Path("results/chunk/documents.csv")
QUESTIONS = Path("results/synthesize_questions/metrics.json")
SPLIT = Path("results/split/metrics.json")
FINETUNE = Path("results/finetune/metrics.json")
LOSS = Path("results/finetune/loss.csv")
DEV = Path("results/finetune/dev.csv")
METRICS = Path("results/evaluate/metrics.json")
PER_QUESTION = Path("results/evaluate/per_question.csv")
HUMAN = Path("results/evaluate/human.csv")
HIT_RATE = Path("results/evaluate/hit_rate_by_k.csv")
NDCG = Path("results/evaluate/ndcg_by_k.csv")
WEIGHTS = Path("results/evaluate/hybrid_weight.csv")
CORPUS = Path("data/beir/corpus.jsonl")
REPORT = Path("results/report.html")
COMMENT = Path("results/report.md")


def load() -> Inputs:
    """Load what the stages wrote.

    Raises:
        UserError: a file is missing or malformed, or the metrics lack what a report cannot do without.
    """
    metrics = read_metrics(METRICS, Results)
    synthetic, human = read_asked(PER_QUESTION), read_asked(HUMAN) if metrics.human else []
    named = {chunk for asked in (*synthetic, *human) for chunk in (asked.chunk, *asked.first.values())}
    return Inputs(
        metrics=metrics,
        chunk=read_metrics(CHUNK, ChunkCounts),
        documents=read_documents(DOCUMENTS),
        questions=read_metrics(QUESTIONS, QuestionCounts),
        split=read_metrics(SPLIT, SplitCounts),
        finetune=read_metrics(FINETUNE, FinetuneCounts),
        synthetic=synthetic,
        human=human,
        hit_rate=read_curves(HIT_RATE, "k"),
        ndcg=read_curves(NDCG, "k"),
        weights=read_curves(WEIGHTS, "weight"),
        loss=read_curves(LOSS, "step"),
        dev=read_curves(DEV, "epoch"),
        corpus={chunk.id: chunk for chunk in chunks_in(CORPUS) if chunk.id in named},
        settings=read_settings(PARAMS_FILE),
    )


def main() -> None:
    """Load, arrange, write."""
    contents = page(load())
    for path, text in ((REPORT, render_html(contents)), (COMMENT, render_markdown(contents))):
        with atomic_file(path) as file:
            file.write(text)
    print(f"wrote {REPORT} and {COMMENT}")


if __name__ == "__main__":
    run(main)
