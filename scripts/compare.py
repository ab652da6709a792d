"""Compare the fine-tuned models of two commits on the questions that both were tested with.

Where `test_set` in the metrics of two commits differs, `dvc metrics diff` compares apples with pears. Here both models
are asked again: the questions that the commits have in common, of the chunks of the second.

Usage: python -m scripts.compare A [B]      # commits, branches or tags; without B, what is in this folder
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attune.core.errors import UserError, one_line, run
from attune.core.params import RuntimeParams, load_params
from attune.evaluation.judging import assess
from attune.evaluation.results import BASE, COMPARED, COMPARED_K, FINETUNED, SetResults
from attune.evaluation.systems import encode_model
from attune.models.encode import set_up_torch
from attune.models.load import load_folder
from attune.report.sections.warnings import cautions_about
from attune.search.judged import JudgedQuestions, load_test_set
from attune.search.measures import DEPTH, per_question
from attune.statistics.clusters import clusters_of
from stages.evaluate import CORPUS, MODEL, QUERIES, TEST


@contextmanager
def checked_out(revision: str | None) -> Iterator[Path]:
    """Yield a folder with the data and the model of a commit; None is the folder that we are in.

    Raises:
        UserError: there is no such commit, or neither the cache nor a remote has its files.
    """
    if revision is None:
        yield Path()
        return
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException
    from scmrepo.exceptions import SCMError

    with tempfile.TemporaryDirectory() as folder:
        try:
            files = DVCFileSystem(repo=".", rev=revision)
            for path in (CORPUS, QUERIES, TEST, MODEL):
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                files.get(path.as_posix(), str(Path(folder) / path), recursive=path == MODEL)
        except (DvcException, SCMError, OSError) as error:
            raise UserError(
                f"cannot read the data and the model of '{revision}': {one_line(error)}; "
                f"is it a commit of this repository? `dvc fetch --all-commits` fetches what a remote has"
            ) from None
        yield Path(folder)


def common(first: JudgedQuestions, second: JudgedQuestions) -> JudgedQuestions:
    """Return the questions of both test sets that have the same answers in both.

    Raises:
        UserError: there are none.
    """
    answers = dict(zip(first.ids, map(sorted, first.relevant), strict=True))
    rows = [
        row
        for row in zip(second.ids, second.texts, second.relevant, strict=True)
        if answers.get(row[0]) == sorted(row[2])
    ]
    if not rows:
        raise UserError("the two test sets have no question in common; compare each with its own base model instead")
    return JudgedQuestions(*(list(column) for column in zip(*rows, strict=True)))


def report(names: tuple[str, str], found: SetResults) -> str:
    """Return the table of both models, the differences with their intervals, and the word.

    Args:
        names: of the two commits.
        found: what their models found; the first one is the base model there, the second the fine-tuned one.
    """
    lines = [f"{'':<12} {names[0][:12]:>12} {names[1][:12]:>12}   difference (95 % interval)"]
    for name in COMPARED:
        d = found.verdict.against[BASE][name]
        interval = f"{d.difference:+.3f} ({d.low:+.3f} to {d.high:+.3f})"
        lines.append(f"{name:<12} {found.value(BASE, name):>12.3f} {found.value(FINETUNED, name):>12.3f}   {interval}")
    return "\n".join([*lines, "", f"{names[1]} against {names[0]}, by {found.verdict.measure}: {found.verdict.word}"])


def main() -> None:
    """Read both commits, ask both models, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", metavar="A")
    parser.add_argument("second", metavar="B", nargs="?")
    arguments = parser.parse_args()
    names = (arguments.first, arguments.second or "this folder")
    runtime = load_params("runtime", RuntimeParams)
    set_up_torch(runtime.threads, seed=0)
    with checked_out(arguments.first) as a, checked_out(arguments.second) as b:
        before, _ = load_test_set(a / CORPUS, a / QUERIES, a / TEST)
        after, chunks = load_test_set(b / CORPUS, b / QUERIES, b / TEST)
        test = common(before, after)
        print(
            f"test questions: {len(before.ids)} in {names[0]}, {len(after.ids)} in {names[1]}, {len(test.ids)} in both"
        )
        values = {}
        for system, name, folder in zip((BASE, FINETUNED), names, (a, b), strict=True):
            model = load_folder(folder / MODEL)
            found = encode_model(model, test.texts, chunks, runtime.encode_batch_size, name).ranking(DEPTH)
            values[system] = per_question(found.hits(test.relevant), [COMPARED_K])
    results = assess(values, *clusters_of(test.documents(chunks), [relevant[0] for relevant in test.relevant]))
    print("\n" + report(names, results))
    for line in cautions_about("Common questions", results):
        print(f"warning: {line}")


if __name__ == "__main__":
    run(main)
