"""How much memory synthesize-questions takes for collections of different sizes.

Each size is asked in a process of its own, request by request, of a server on this machine that answers at once; then
again, when every reply is there. The peak is the kernel's (VmHWM of /proc, so Linux only).

Usage: python -m benchmarks.memory [--chunks 1000 10000 100000] [--concurrency 32]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import yaml

from attune.core.beir import write_corpus
from attune.core.records import Chunk
from benchmarks.server import served

ROOT = Path(__file__).parents[1]
CORPUS = Path("data/beir/corpus.jsonl")
SYLLABLES = (
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ro", "su", "ta", "ve", "wi", "xo", "yu"
)  # fmt: skip
WORDS_OF_A_CHUNK = 150
CHUNKS_OF_A_DOCUMENT = 30
VOCABULARY = 100_000
# run in a child: the peak after the imports alone, or after the whole stage
CHILD = """
import json, re, sys, time
from pathlib import Path
import stages.synthesize_questions as stage
start = time.perf_counter()
if sys.argv[1] == "stage":
    stage.main()
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"peak": peak, "seconds": time.perf_counter() - start}))
"""


def corpus(count: int) -> Iterator[Chunk]:
    """Yield chunks whose words are as unevenly common as those of a language (Zipf's law)."""
    chance = random.Random(0)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randrange(2, 6))) for _ in range(VOCABULARY)]
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    for number in range(count):
        document = f"document-{number // CHUNKS_OF_A_DOCUMENT:05d}.txt"
        text = " ".join(chance.choices(words, cum_weights=weights, k=WORDS_OF_A_CHUNK))
        place = {"document": document, "title": document, "start": number, "end": number + 1, "pages": None}
        yield Chunk(f"{number:016x}", "", text, place)


def write_project(folder: Path, url: str, count: int, concurrency: int) -> None:
    """Write the project's params and prompts, and chunks."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["synthesize_questions"] |= {"provider": "openai", "model": "scripted", "base_url": url}
    params["runtime"] |= {"concurrency": concurrency}
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    (folder / "prompts").symlink_to(ROOT / "prompts")
    write_corpus(folder / CORPUS, corpus(count))


def measure(folder: Path, what: str) -> dict[str, float]:
    """Return the peak of a fresh process in MiB, and its seconds."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, what], cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Measure each size, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--concurrency", type=int, default=32)
    arguments = parser.parse_args()
    print("  chunks  corpus  imports  first run  second run  seconds  seconds   (MiB)")
    with served() as url:
        for count in arguments.chunks:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                write_project(folder, url, count, arguments.concurrency)
                size = (folder / CORPUS).stat().st_size / 2**20
                imports, first, second = (measure(folder, what) for what in ("imports", "stage", "stage"))
                print(
                    f"{count:8,}  {size:6.0f}  {imports['peak']:7.0f}  {first['peak']:9.0f}  {second['peak']:10.0f}"
                    f"  {first['seconds']:7.0f}  {second['seconds']:7.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
