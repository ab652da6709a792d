"""Would more documents help? Train on a part of the training questions, then on more of them, and compare.

The parts are nested, and a chunk has all its questions in a part or none. Each is trained on with several seeds, since
two trainings that differ in nothing else end apart as well. Every model is asked the same test questions, those of one
seed by one run of the stage `evaluate`. The stages run in a temporary folder, so that models and metrics stay as they
are; models of `evaluate.others` are not asked. Writes results/curve.json and results/curve.csv.

Usage: python -m scripts.curve [--fractions 0.25 0.5 1.0] [--seeds 3]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from attune.core.beir import read_groups, read_qrels, write_qrels
from attune.core.errors import UserError, run
from attune.core.params import load_params
from attune.evaluation.metrics_file import read_metrics
from attune.evaluation.results import BASE, FINETUNED, Results
from attune.report.sections.warnings import cautions_about
from attune.search.judged import load_test_set
from attune.training.params import FinetuneParams
from scripts.beside import check_params, link_inputs, run_stage
from scripts.curve_parts import Relevant, check_fractions, chunks_of, parts, percent
from scripts.curve_table import CSV, JSON, Point, SeedRun, table, write
from scripts.pipeline import metrics, set_knobs
from stages.evaluate import CORPUS, GROUPS, METRICS, MODEL, QUERIES, TEST
from stages.finetune import DEV, TRAIN

FRACTIONS = (0.25, 0.5, 1.0)
SEEDS = 3


def train(work: Path, questions: Mapping[float, Relevant], seed: int) -> list[Point]:
    """Train a model on each part of the questions; return them after the base model, the last in its usual place."""
    shutil.rmtree(work / MODEL.parent, ignore_errors=True)
    set_knobs(work, {"finetune.seed": seed})
    points = [Point(0.0, 0, 0, 0.0, BASE)]
    for place, (fraction, relevant) in enumerate(questions.items(), start=1):
        size, chunks = len(relevant), len(chunks_of(relevant))
        print(f"\n{percent(fraction)}, seed {seed}: training on {size} questions about {chunks} chunks", flush=True)
        write_qrels(work / TRAIN, [(question, chunk) for question, ids in relevant.items() for chunk in ids])
        run_stage(work, "finetune")
        weight = float(metrics(work, "finetune")["weight"])
        system = FINETUNED
        if place < len(questions):
            system = f"models/{100 * fraction:g}"
            (work / MODEL).rename(work / system)
        points.append(Point(fraction, size, chunks, weight, system))
    return points


def evaluate(work: Path, points: Sequence[Point]) -> Results:
    """Ask all models the test questions; return the results of the stage, the smaller models among its others."""
    others = [point.system for point in points if point.system not in (BASE, FINETUNED)]
    local = {"provider": "local", "revision": None, "max_tokens": None}
    set_knobs(work, {"evaluate.others": [{**local, "name": name} for name in others]})
    print("\nasking every model the test questions", flush=True)
    run_stage(work, "evaluate")
    return read_metrics(work / METRICS, Results)


def main() -> None:
    """Check, train, ask, write, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fractions", type=float, nargs="+", default=list(FRACTIONS), metavar="FRACTION")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="trainings on each part, with seeds one after another")
    arguments = parser.parse_args()
    fractions = arguments.fractions
    check_fractions(fractions)
    if arguments.seeds < 1:
        raise UserError(f"--seeds is {arguments.seeds}; expected 1 or more, such as {SEEDS}")
    check_params()
    first = load_params("finetune", FinetuneParams).seed
    _, chunks = load_test_set(CORPUS, QUERIES, TEST)
    read_qrels(DEV)
    read_groups(GROUPS, chunks)
    questions = parts(read_qrels(TRAIN), fractions)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        link_inputs(work)
        runs = []
        for seed in range(first, first + arguments.seeds):
            points = train(work, questions, seed)
            runs.append(SeedRun(points, evaluate(work, points)))
    sentence = write(runs)
    print(f"\n{table(runs)}\n\n{sentence}")
    for line in cautions_about("Test questions", runs[0].found):
        print(f"warning: {line}")
    print(f"wrote {JSON} and {CSV}")


if __name__ == "__main__":
    run(main)
