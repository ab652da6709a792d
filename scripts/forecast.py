"""Say roughly how long the next run will take: what there is to do, times what that took when it was measured.

The costs are seconds of one processor (docs/measurements.md has where they come from); a run on other processors, or
with another model than the default, can take half or twice as long.

Usage: python -m scripts.forecast
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.core.errors import UserError, run
from attune.core.params import read_params
from attune.documents.folder.find import find_documents
from attune.documents.packs import size_of
from attune.models.locate import EMBEDDED, package_folder
from scripts.health.machine import BUSY, busy, cores
from stages.chunk import CORPUS, DOCUMENTS
from stages.synthesize_questions import REPLIES

STAGES = ("chunk", "synthesize-questions", "split", "finetune", "evaluate", "report")
BEGIN = 6.0  # seconds of a stage before it does anything: Python, its libraries, DVC
LETTER = 12e-6  # seconds to read a character and cut it
WRITE = 1.2  # seconds of the embedded writer for a chunk, each thread with chunks of its own
SERVED = 2.0  # seconds of a server for a reply
TRAIN, ENCODE = 1.8e-3, 0.4e-3  # seconds a token for the default base model, whose weights are 91 MB
QUESTIONS = 0.1  # of a chunk's tokens: those of its questions
DEFAULT_BYTES = 91e6
GENERAL = 30_000  # tokens of the general set
PDF_PAGE = 2500  # characters; annual reports have 3,850, a manual 1,600
SHARE = {".pdf": 0.1, ".html": 0.5, ".htm": 0.5, ".docx": 0.5, ".pptx": 0.05, ".xlsx": 1.0, ".epub": 0.5, ".ipynb": 0.3}
LETTERS_A_TOKEN = 2.9  # of a chunk's tokens, with what is repeated and what leads it


@dataclass(frozen=True)
class Work:
    """What a run has to do.

    Attributes:
        stages: that will run, at most.
        letters: of the documents.
        chunks: there are, or are to be expected.
        unasked: of them.
        tokens: of a chunk, on average at most.
    """

    stages: tuple[str, ...]
    letters: float
    chunks: float
    unasked: float
    tokens: float


def seconds(work: Work, params: dict[Any, Any], model_bytes: float, processors: int) -> dict[str, float]:
    """Return the seconds of each stage that will run, on so many processors that nobody else uses."""
    asking, training = params["synthesize_questions"], params["finetune"]
    size, tokens, share = model_bytes / DEFAULT_BYTES, work.chunks * work.tokens, params["split"]
    part = (1 - share["dev_fraction"] - share["test_fraction"]) * tokens
    trained = training["epochs"] * part
    # before the first epoch, after each, and for each way between: the dev questions; and the general ones
    ways = sum(0 < weight < 1 for weight in training["interpolate"])
    looks, general, once = 1 + training["epochs"] + ways, 1 + len(training["interpolate"]), 0.0
    if training["side"] == "question":  # passages are read once, and in training there are questions alone
        trained, looks, general, once = QUESTIONS * trained, 1, 1, part
    asked = (
        looks * min(work.chunks, training["dev_chunks"]) * work.tokens + general * GENERAL * training["keep_general"]
    )
    served = asking["provider"] == "openai"
    parts = {
        "chunk": work.letters * LETTER / processors,
        "synthesize-questions": (
            work.unasked * SERVED / params["runtime"]["concurrency"] if served else work.unasked * WRITE / processors
        ),
        "split": 0.0,
        "finetune": (trained * TRAIN + (asked + once) * ENCODE) * size / processors,
        "evaluate": 2 * (tokens + GENERAL) * ENCODE * size / processors,
        "report": 0.0,
    }
    return {name: BEGIN + parts[name] for name in work.stages}


def letters(path: Path, name: str = "") -> float:
    """Guess the characters of a document: of a PDF file by its pages, which are quickly counted, else by its size."""
    if path.suffix.lower() == ".pdf" and path.exists():  # in an archive it is not opened for a guess
        try:
            import pypdfium2

            with pypdfium2.PdfDocument(path) as document:
                return float(len(document) * PDF_PAGE)
        except Exception:  # noqa: S110  # what is wrong with it is for the stage to say
            pass
    return size_of(path, name) * SHARE.get(path.suffix.lower(), 0.9)


def to_run(status: dict[str, Any]) -> tuple[str, ...]:
    """Return the stages that may run, from what `dvc status --json` says: a changed one, and all that follow it."""
    changed = [place for place, name in enumerate(STAGES) if name in status]
    return STAGES[min(changed) :] if changed else ()


def lines(path: Path) -> int:
    """Count the lines of a file, 0 where it is not there."""
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def work() -> Work:
    """Look at what there is to do."""
    asked = subprocess.run(  # noqa: S603
        [Path(sys.executable).with_name("dvc"), "status", "--json"], capture_output=True, text=True, check=False
    )
    try:
        stages = to_run(json.loads(asked.stdout))
    except ValueError:  # a run is going on, or the pipeline is broken: DVC will say so
        raise UserError("how long a run will take cannot be told: `dvc status` says why") from None
    params = read_params()
    tokens, count = params["chunk"]["max_tokens"], lines(CORPUS)
    total = 0.0
    if DOCUMENTS.is_dir() and "chunk" in stages:
        total = sum(letters(DOCUMENTS / path, path) for path in find_documents(DOCUMENTS).documents)
    chunks = count or total / (tokens * LETTERS_A_TOKEN)
    return Work(stages, total, chunks, max(0.0, chunks - lines(REPLIES)), tokens * 0.75)


def base_model_bytes(name: str) -> float:
    """Return the size of a base model's weights where they lie on this machine, else that of the default."""
    root = package_folder(EMBEDDED[name][0]) if name in EMBEDDED else Path(name)
    found = sum(file.stat().st_size for file in root.rglob("*.safetensors")) if root and root.is_dir() else 0
    return found or DEFAULT_BYTES


def told(parts: dict[str, float], load: float) -> str:
    """Return the sentence, for processors that as many programs want as `load` says."""
    if not parts:
        return "nothing has changed: this takes a moment"
    factor = 1 + load if load > BUSY else 1.0
    minutes = {name: value * factor / 60 for name, value in parts.items()}
    named = [f"{name} {value:.0f}" for name, value in minutes.items() if value >= 0.75]
    words = f"about {max(1, round(sum(minutes.values())))} min" + (f" ({', '.join(named)})" if len(named) > 1 else "")
    return words + (
        f"; {load:.1f} other programs want each processor, without them {factor:.1f} times as fast" * (factor > 1)
    )


def main() -> None:
    """Look, reckon, print."""
    params = read_params()
    try:
        parts = seconds(work(), params, base_model_bytes(params["base_model"]["name"]), cores())
    except (KeyError, TypeError):
        raise UserError("how long a run will take cannot be told: `make doctor` says what params.yaml lacks") from None
    print(f"this run: {told(parts, busy())}", flush=True)


if __name__ == "__main__":
    run(main)
