"""How long looking for near-duplicates takes, and how much memory, for collections of different sizes.

Of the generated chunks every tenth is an earlier one with up to 40 of its 150 words exchanged. Each measurement is a
process of its own with one thread; its seconds are those of the processor, its peak is the kernel's (VmHWM of /proc, so
Linux only). With --against, another commit of this repository takes turns with the code as it is here. So does hashing
with --hashed: only pairs that it takes for likely are compared. Told is the share that it finds of the pairs in one
group; it joins no others.

Usage: python -m benchmarks.near_duplicates [--chunks 10000] [--similarities 0.8] [--rounds 3] [--hashed] [--against A]
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attune.core.files import write_jsonl
from benchmarks.memory import ROOT, WORDS_OF_A_CHUNK, corpus

HERE, HASHED = "here", "hashed"
MOST_EXCHANGED = 40  # words of a chunk
# run in a child: TEXTS SIMILARITY [EXACT_UP_TO]; tells its peak after the imports, and at the end
CHILD = """
import hashlib, json, re, sys, time
from collections import Counter
from pathlib import Path
from attune.core.files import read_jsonl
from attune.text.near_duplicates import near_duplicate_groups
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
imports, start = peak(), time.process_time()
texts = (row["text"] for row in read_jsonl(Path(sys.argv[1])))
groups = near_duplicate_groups(texts, float(sys.argv[2]), *map(int, sys.argv[3:]))
print(json.dumps({
    "seconds": time.process_time() - start, "imports": imports, "peak": peak(), "groups": len(set(groups)),
    "pairs": sum(size * (size - 1) // 2 for size in Counter(groups).values()),
    "fingerprint": hashlib.sha256(json.dumps(groups).encode()).hexdigest(),
}))
"""


def texts(count: int) -> Iterator[str]:
    """Yield the texts of generated chunks, every tenth a near-duplicate of one of the hundred before it."""
    chance, before = random.Random(1), [""]
    for number, chunk in enumerate(corpus(count)):
        words = chunk.text.split()
        if number % 10 == 9:
            old = chance.choice(before).split()
            exchanged = chance.sample(range(WORDS_OF_A_CHUNK), chance.randrange(MOST_EXCHANGED + 1))
            for place in exchanged:
                old[place] = words[place]
            words = old
        before = [*before[-99:], " ".join(words)] if number else [" ".join(words)]
        yield before[-1]


def measure(code: Path, file: Path, similarity: float, *exact_up_to: int) -> dict[str, Any]:
    """Return what a fresh process tells that runs the code in a folder."""
    command = [sys.executable, "-c", CHILD, str(file), str(similarity), *map(str, exact_up_to)]
    environment = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=file.parent, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def spread(values: list[float], digits: int) -> str:
    """Return the median and the range of some values."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main() -> None:
    """Measure each size and similarity in turns, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000])
    parser.add_argument("--similarities", type=float, nargs="+", default=[0.8, 0.95])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", metavar="COMMIT")
    parser.add_argument("--hashed", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, sides = Path(name), {HERE: ROOT}
        if arguments.against:
            sides[arguments.against] = folder / "code"
            packed = subprocess.run(
                ["git", "archive", arguments.against, "attune"], cwd=ROOT, capture_output=True, check=True
            )
            with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
                archive.extractall(folder / "code", filter="data")
        if arguments.hashed:
            sides[HASHED] = ROOT
        for count in arguments.chunks:
            file = folder / "texts.jsonl"
            write_jsonl(file, ({"text": text} for text in texts(count)))
            for similarity in arguments.similarities:
                runs: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
                for _ in range(arguments.rounds):
                    for side, code in sides.items():
                        limit = {HERE: [count], HASHED: [0]}.get(side, [])  # other commits may know none
                        runs[side].append(measure(code, file, similarity, *limit))
                for side, found in runs.items():
                    print(
                        f"{count:,} chunks, {similarity}, {side}: {spread([run['seconds'] for run in found], 1)} s, "
                        f"peak {spread([run['peak'] for run in found], 0)} MiB, of which imports "
                        f"{spread([run['imports'] for run in found], 0)}; {found[0]['groups']:,} groups", flush=True,
                    )  # fmt: skip
                for side in list(sides)[1:]:
                    pairs = list(zip(runs[HERE], runs[side], strict=True))
                    same = all(ours["fingerprint"] == theirs["fingerprint"] for ours, theirs in pairs)
                    ratios = {what: [o[what] / t[what] for o, t in pairs] for what in ("seconds", "peak")}
                    print(
                        f"  to {side}: {spread(ratios['seconds'], 2)} of the time, {spread(ratios['peak'], 2)} of the "
                        f"peak, {'the same' if same else 'OTHER'} groups", flush=True,
                    )  # fmt: skip
                    if side == HASHED:
                        found, all_pairs = runs[side][0]["pairs"], runs[HERE][0]["pairs"]
                        print(f"  {found:,} of {all_pairs:,} pairs in one group, {found / max(1, all_pairs):.2%}")


if __name__ == "__main__":
    main()
