"""How much slower training and the local writer get beside a busy program, by how the threads of OpenMP wait.

Each measurement is a process of its own, timed by the clock after the imports and the model, with all threads that the
machine has; the neighbour computes all the time in one thread. Policies and neighbours take turns, in an order of their
own in each round, so that whatever else the machine does falls on all of them. Meant for an idle machine: it says how
idle it was.

Usage: python -m benchmarks.busy [--rounds 3] [--work training writer] [--policies unset PASSIVE ...]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from attune.core.environment import WAITING

ROOT = Path(__file__).parents[1]
NEIGHBOUR = "while True: pass"
POLICIES: dict[str, dict[str, str]] = {
    "unset": {"GOMP_SPINCOUNT": "300000"},  # what GNU's OpenMP takes where nothing is set
    "PASSIVE": {"OMP_WAIT_POLICY": "PASSIVE"},
    "spin 1,000": {"GOMP_SPINCOUNT": "1000"},
    "spin 10,000": {"GOMP_SPINCOUNT": "10000"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
AIM = 2.2  # times as long as idle
# run in a child: WORK SIZE
CHILD = """
import json, sys, tempfile, time
from pathlib import Path
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.core.records import Chunk
from benchmarks.scale import documents
work, size = sys.argv[1], int(sys.argv[2])
passages = [" ".join(text.split()[:180]) for text in documents(30 * size)]
if work == "training":
    from attune.models.load import load_embedder
    from attune.training.data.training_set import TrainingSet
    from attune.training.loop.trainer import train
    from attune.training.params import FinetuneParams
    model = load_embedder(load_params("base_model", BaseModelParams))
    chunks = [Chunk(str(number), "", text) for number, text in enumerate(passages)]
    asked = {" ".join(chunk.text.split()[:8]): [chunk.id] for chunk in chunks}
    data = TrainingSet.build(chunks, {text: text for text in asked}, asked, range(len(chunks)), [])
    params = load_params("finetune", FinetuneParams).model_copy(update={"epochs": 1})
    start = time.perf_counter()
    train(model, data, params)
else:
    from attune.questions.asking.budget import Budget
    from attune.questions.asking.costs import Bill, Meter
    from attune.questions.asking.prompt import PromptFile
    from attune.questions.asking.replies import Replies
    from attune.questions.asking.requests import Requests
    from attune.questions.asking.writer import Limits
    from attune.questions.params import SynthesizeQuestionsParams
    from attune.questions.writers.local import LocalWriter
    params = load_params("synthesize_questions", SynthesizeQuestionsParams)
    chunks = [Chunk(f"{number:016x}", "", text) for number, text in enumerate(passages)]
    prompt, wanted = PromptFile(Path("prompts/local.txt")), {"questions": 3, "language": "English"}
    writer = LocalWriter(params.model, params.local, load_params("runtime", RuntimeParams))
    requests = Requests(chunks, range(size), lambda chunk: prompt.request(chunk, wanted, 1600, params.settings))
    limits = Limits(0, Budget(None, Bill(None, 64), Meter([], 3, 64, None)))
    with tempfile.TemporaryDirectory() as folder, Replies(Path(folder) / "replies.jsonl") as replies:
        start = time.perf_counter()
        writer.write(requests, replies, limits)
print(json.dumps(time.perf_counter() - start))
"""
SIZES = {"training": 64, "writer": 16}  # chunks


def measure(work: str, policy: dict[str, str], neighbours: int) -> float:
    """Return the seconds of the clock that a piece of work takes beside so many busy programs."""
    environment = {name: value for name, value in os.environ.items() if name not in (*WAITING, "OMP_NUM_THREADS")}
    environment |= {"PYTHONPATH": str(ROOT), "TQDM_DISABLE": "1", "HF_HUB_OFFLINE": "1"} | policy
    with ExitStack() as stack:
        for _ in range(neighbours):
            neighbour = stack.enter_context(subprocess.Popen([sys.executable, "-c", NEIGHBOUR]))
            stack.callback(neighbour.kill)
        command = [sys.executable, "-c", CHILD, work, str(SIZES[work])]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def spread(values: Sequence[float]) -> str:
    """Return the median and the range of some values."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    """Measure, print a table of seconds and ratios for each kind of work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--policies", nargs="+", default=["unset", "PASSIVE"], choices=list(POLICIES))
    parser.add_argument("--neighbours", type=int, default=1)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {os.getloadavg()[0]:.1f} programs wanted one in the minute before")
    for work in arguments.work:
        took: dict[tuple[str, int], list[float]] = defaultdict(list)
        for number in range(arguments.rounds):
            turns = [(policy, beside) for policy in arguments.policies for beside in (0, arguments.neighbours)]
            for policy, beside in random.Random(number).sample(turns, len(turns)):
                took[policy, beside].append(measure(work, POLICIES[policy], beside))
        print(f"\n{work:<12} {'idle, s':>22} {f'beside {arguments.neighbours}, s':>22} {'times as long':>22}")
        for policy in arguments.policies:
            idle, busy = took[policy, 0], took[policy, arguments.neighbours]
            ratios = [b / a for a, b in zip(idle, busy, strict=True)]
            met = "" if statistics.median(ratios) <= AIM else f"  over {AIM}"
            print(f"{policy:<12} {spread(idle):>22} {spread(busy):>22} {spread(ratios):>22}{met}", flush=True)


if __name__ == "__main__":
    main()
