"""How long the stage chunk takes for many documents, in how much memory, and again when one or none has changed.

The documents are made up: Markdown, HTML and text with headings, lists and tables, of words that are as unevenly common
as those of a language. Memory is the peak of the stage's own process and that of the largest process that reads.

Usage: python -m benchmarks.documents [--documents 1000] [--megabytes 100] [--workers 0] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

from scripts.pipeline import lay_out

ROOT = Path(__file__).parents[1]
DOCUMENTS = Path("data/documents")
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ro", "su", "ta", "ve", "wi", "yu")
VOCABULARY = 20_000
LANGUAGE = ("the", "of", "and", "in", "is", "to", "a", "for", "with", "that")  # every third word
MEGABYTE = 1_000_000
# run in a child: seconds of the stage after its imports, and the peaks in MiB
CHILD = """
import json, resource, time
import stages.chunk as stage
start = time.perf_counter()
stage.main()
peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps({"seconds": time.perf_counter() - start, "peaks": peaks}))
"""
Words = Callable[[int], str]


def main() -> None:
    """Make the documents, run the stage three times, and print a line for each run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder that is deleted, if not given")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = (args.folder or Path(temporary)).resolve()
        lay_out(work, {"runtime.workers": args.workers})
        size = write_documents(work / DOCUMENTS, args.documents, args.megabytes * MEGABYTE)
        print(f"{args.documents:,} documents, {size / MEGABYTE:,.0f} MB")
        first = run(work, "first run")
        run(work, "nothing changed", first)
        changed = next((work / DOCUMENTS).rglob("*.txt"))
        changed.write_text(changed.read_text(encoding="utf-8") + "\n\nOne more sentence.\n", encoding="utf-8")
        run(work, "one document changed", first)


def run(work: Path, name: str, first: float | None = None) -> float:
    """Run the stage in a folder; print and return its seconds."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TQDM_DISABLE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=work, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    seconds, (own, reader) = float(found["seconds"]), found["peaks"]
    share = f", {seconds / first:.1%} of the first" if first else ""
    print(f"{name}: {seconds:.1f} s{share}; {own:.0f} MiB, readers at most {reader:.0f} MiB")
    return seconds


def write_documents(folder: Path, count: int, size: int) -> int:
    """Write documents of about `size` bytes together; return how many bytes they have."""
    chance = random.Random(0)
    vocabulary = ["".join(chance.choices(SYLLABLES, k=chance.randrange(2, 5))) for _ in range(VOCABULARY)]
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))

    def words(number: int) -> str:
        drawn = chance.choices(vocabulary, cum_weights=weights, k=number)
        return " ".join(word for other in drawn for word in (other, chance.choice(LANGUAGE))[: 1 + (len(other) > 4)])

    written = 0
    for number in range(count):
        parts, length = [], 0
        while length < size // count:
            parts.append(section(number, words, chance))
            length += len(parts[-1])
        kind = (".md", ".html", ".txt")[number % 3]
        text = "\n\n".join(parts)
        if kind == ".html":
            text = f"<title>{words(3)}</title>" + "".join(f"<p>{part}</p>" for part in parts)
        path = folder / f"{number % 100:02d}" / f"{number:06d}{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written += path.stat().st_size
    return written


def section(number: int, words: Words, chance: random.Random) -> str:
    """Return a heading with what stands below it: sentences, a list or a table."""
    heading = f"## {words(3).capitalize()} {number}"
    sentences = " ".join(f"{words(chance.randrange(5, 15)).capitalize()}." for _ in range(chance.randrange(3, 12)))
    items = "\n".join(f"- {words(6)}" for _ in range(5))
    rows = "\n".join(f"| {words(2)} | {chance.randrange(1000)} |" for _ in range(8))
    table = f"| name | number |\n|---|---|\n{rows}"
    return f"{heading}\n\n{sentences}\n\n{chance.choice([items, table, sentences])}"


if __name__ == "__main__":
    main()
