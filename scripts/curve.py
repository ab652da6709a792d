"""Would more documents help? Train on a part of the training questions, then on more of them, and compare.

The parts are nested, and a chunk has all its questions in a part or none. Every model is asked the same test questions,
all by one run of the stage `evaluate`. The stages run in a temporary folder, so that models and metrics stay as they
are; models of `evaluate.others` are not asked. Writes results/curve.json and results/curve.csv.

Usage: python -m scripts.curve [--fractions 0.25 0.5 1.0]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from attune.core.beir import read_groups, read_qrels, write_qrels
from attune.core.errors import UserError, run
from attune.core.files import write_csv, write_json
from attune.core.params import PARAMS_FILE, BaseModelParams, load_params, read_params
from attune.core.records import content_id
from attune.evaluation.assessment import BASE, COMPARED, DECIDES, FINETUNED
from attune.evaluation.params import EvaluateParams
from attune.search.judged import load_test_set
from attune.statistics.clusters import cautions
from attune.statistics.difference import Difference, verdict_word
from attune.training.params import FinetuneParams
from scripts.pipeline import metrics, set_knobs, stage
from stages.evaluate import CORPUS, GENERAL, GROUPS, MODEL, QUERIES, TEST
from stages.finetune import DEV, TRAIN

JSON, CSV = Path("results/curve.json"), Path("results/curve.csv")
FRACTIONS = (0.25, 0.5, 1.0)
READ = (CORPUS, QUERIES, DEV, TEST, GROUPS, GENERAL)  # what the stages read beside params and the training questions
FOLDERS = ("base_model.name", "finetune.teacher", "evaluate.general")  # knobs that may name a folder
SHOWN = ("hit_rate@5", "ndcg@10")

Relevant = Mapping[str, list[str]]  # question -> chunks that answer it


@dataclass(frozen=True)
class Point:
    """A model of the curve.

    Attributes:
        fraction: share of the training questions that it was trained on; 0 is the base model.
        questions: how many these are.
        chunks: how many chunks they are about.
        weight: how far the stage `finetune` went from the base model; at 0 nothing that was trained beat it.
        system: its name in the metrics of the stage `evaluate`.
    """

    fraction: float
    questions: int
    chunks: int
    weight: float
    system: str


def check_fractions(fractions: Sequence[float]) -> None:
    """Check that there are two fractions or more, ascending, above 0 and up to 1.

    Raises:
        UserError: they are something else.
    """
    if len(fractions) < 2 or not all(0 < lower < higher <= 1 for lower, higher in pairwise(fractions)):
        raise UserError(
            f"--fractions is {' '.join(map(str, fractions))}; expected two or more ascending numbers above 0, up to 1, "
            "such as 0.25 0.5 1.0"
        )


def chunks_of(relevant: Relevant) -> Counter[str]:
    """Return the chunks that questions are about, with how many there are about each; of several the first counts."""
    return Counter(chunks[0] for chunks in relevant.values())


def part(relevant: Relevant, fraction: float) -> dict[str, list[str]]:
    """Return a share of the questions, those of one chunk together.

    Chunks come in the order of a hash until the questions are enough, so a smaller part is in every larger one.
    """
    sizes, wanted = chunks_of(relevant), round(fraction * len(relevant))
    chosen: set[str] = set()
    count = 0
    for chunk in sorted(sizes, key=content_id):
        if count < max(wanted, 1):
            chosen.add(chunk)
            count += sizes[chunk]
    return {question: chunks for question, chunks in relevant.items() if chunks[0] in chosen}


def parts(relevant: Relevant, fractions: Sequence[float]) -> dict[float, dict[str, list[str]]]:
    """Return the questions of each fraction.

    Raises:
        UserError: there are too few questions for the fractions to differ.
    """
    found = {fraction: part(relevant, fraction) for fraction in fractions}
    sizes = [len(questions) for questions in found.values()]
    if len(set(sizes)) < len(sizes):
        raise UserError(
            f"{TRAIN} has {len(relevant)} questions about {len(chunks_of(relevant))} chunks; that is too few for "
            f"{' '.join(map(percent, fractions))}: take fewer fractions, or add documents"
        )
    return found


def lay_out(work: Path) -> None:
    """Make a folder in which the stages find the data of this one."""
    for path in READ:
        if path.exists():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).symlink_to(path.resolve())
    shutil.copy(PARAMS_FILE, work)
    knobs: dict[str, Any] = {"evaluate.others": [], "evaluate.dimensions": [], "evaluate.fail_if_worse": False}
    values = read_params()
    for name in FOLDERS:
        section, key = name.split(".")
        folder = values[section].get(key)
        if folder and Path(folder).is_dir():
            knobs[name] = str(Path(folder).resolve())
    set_knobs(work, knobs)


def run_stage(work: Path, name: str) -> dict[str, Any]:
    """Run a stage; return what it measured.

    Raises:
        UserError: it failed.
    """
    try:
        stage(work, name)
    except subprocess.CalledProcessError:
        raise UserError(f"the stage {name} failed; what it said stands above this line") from None
    return metrics(work, name)


def train(work: Path, questions: Mapping[float, Relevant]) -> list[Point]:
    """Train a model on each part of the questions; return them after the base model, the last in its usual place."""
    points = [Point(0.0, 0, 0, 0.0, BASE)]
    for place, (fraction, relevant) in enumerate(questions.items(), start=1):
        size, chunks = len(relevant), len(chunks_of(relevant))
        print(f"\n{percent(fraction)}: training on {size} questions about {chunks} chunks", flush=True)
        write_qrels(work / TRAIN, [(question, chunk) for question, ids in relevant.items() for chunk in ids])
        weight = float(run_stage(work, "finetune")["weight"])
        system = FINETUNED
        if place < len(questions):
            system = f"models/{100 * fraction:g}"
            (work / MODEL).rename(work / system)
        points.append(Point(fraction, size, chunks, weight, system))
    return points


def evaluate(work: Path, points: Sequence[Point]) -> dict[str, Any]:
    """Ask all models the test questions; return the metrics of the stage, the smaller models among its others."""
    others = [point.system for point in points if point.system not in (BASE, FINETUNED)]
    local = {"provider": "local", "revision": None, "max_tokens": None}
    set_knobs(work, {"evaluate.others": [{**local, "name": name} for name in others]})
    print("\nasking every model the test questions", flush=True)
    return run_stage(work, "evaluate")


def answer(difference: Difference, last: tuple[Point, Point]) -> str:
    """Say in a sentence whether more documents would help."""
    told = (
        f"From {percent(last[0].fraction)} to {percent(last[1].fraction)} of the training questions, {DECIDES} changes "
        f"by {difference.difference:+.3f} (95 % interval {difference.low:+.3f} to {difference.high:+.3f})"
    )
    if verdict_word(difference) == "better":
        return f"{told}: the curve is still rising, so more documents would likely help."
    told += ": no sign that more documents would help"
    if difference.detectable >= 1:
        return f"{told}, but there are too few test questions to show any."
    if difference.detectable > 0:
        return f"{told}; less than about {difference.detectable:.3f} would probably go unnoticed here."
    return f"{told}."


def table(points: Sequence[Point], found: Mapping[str, Any]) -> str:
    """Return the curve as a table of plain text."""
    lines = [f"{'':>6} {'questions':>10} {'chunks':>8}" + "".join(f"{f'{name} (95 %)':>28}" for name in SHOWN)]
    for point in points:
        line = f"{percent(point.fraction):>6} {point.questions:>10} {point.chunks:>8}"
        for name in SHOWN:
            low, high = found["intervals"][point.system][name]
            line += f"{f'{found[point.system][name]:.3f} ({low:.3f} to {high:.3f})':>28}"
        lines.append(line + ("   the base model" if point.weight == 0 else ""))
    return "\n".join(lines)


def write(points: Sequence[Point], found: Mapping[str, Any], difference: Mapping[str, Any], sentence: str) -> None:
    """Write the curve, as a table and with what it came to."""
    rows = [
        {"fraction": point.fraction, "questions": point.questions, "chunks": point.chunks, "weight": point.weight}
        | {
            name + end: value
            for name in COMPARED
            for end, value in zip(
                ("", "_low", "_high"),
                (found[point.system][name], *found["intervals"][point.system][name]),
                strict=True,
            )
        }
        for point in points
    ]
    write_csv(CSV, list(rows[0]), [list(row.values()) for row in rows])
    verdict = {"word": verdict_word(Difference(**difference[DECIDES])), "measure": DECIDES, "answer": sentence}
    asked = {name: found[name] for name in ("questions", "chunks", "test_set")}
    compared = [point.fraction for point in points[-2:]]
    write_json(JSON, asked | {"points": rows, "verdict": verdict | {"compared": compared, **difference}})


def percent(fraction: float) -> str:
    """Return "25 %"."""
    return f"{100 * fraction:g} %"


def main() -> None:
    """Check, train, ask, write, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fractions", type=float, nargs="+", default=list(FRACTIONS), metavar="FRACTION")
    fractions = parser.parse_args().fractions
    check_fractions(fractions)
    for section, kind in (("base_model", BaseModelParams), ("finetune", FinetuneParams), ("evaluate", EvaluateParams)):
        load_params(section, kind)  # a mistake there is told now, not after the training
    test, chunks = load_test_set(CORPUS, QUERIES, TEST)
    read_qrels(DEV)
    read_groups(GROUPS, chunks)
    questions = parts(read_qrels(TRAIN), fractions)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        lay_out(work)
        points = train(work, questions)
        found = evaluate(work, points)
    difference = found["verdict"][points[-2].system]
    sentence = answer(Difference(**difference[DECIDES]), (points[-2], points[-1]))
    write(points, found, difference, sentence)
    print(f"\n{table(points, found)}\n\n{sentence}")
    for line in cautions(test.documents(chunks), [relevant[0] for relevant in test.relevant]):
        print(f"warning: {line}")
    print(f"wrote {JSON} and {CSV}")


if __name__ == "__main__":
    run(main)
