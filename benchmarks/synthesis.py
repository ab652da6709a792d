"""How long it takes to ask for questions, against a server that takes 200 ms for each, beside LlamaIndex.

The ideal is chunks x latency / concurrency. LlamaIndex's `generate_qa_embedding_pairs` asks one after the other; it is
measured on fewer chunks, in an environment of its own: `pip install llama-index-finetuning llama-index-llms-openai`.

Usage: python -m benchmarks.synthesis [--chunks 500] [--concurrency 32] [--repeats 5] [--peer PYTHON]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from attune.core.params import PARAMS_FILE, RuntimeParams, load_params
from attune.questions.asking.budget import Budget
from attune.questions.asking.costs import Bill, Meter
from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.params import chat_settings
from attune.questions.writers.live import LiveWriter
from benchmarks.server import served

LATENCY = 0.2
PASSAGE = "<passage>\nThe inlet filter {0} of the Atlas pump is changed every {0} hours by the operator.\n</passage>"
PEER = """
import sys, time
from llama_index.core.schema import TextNode
from llama_index.finetuning import generate_qa_embedding_pairs
from llama_index.llms.openai import OpenAI
llm = OpenAI(model="gpt-3.5-turbo", api_base=sys.argv[1], api_key="none")
nodes = [TextNode(text=text) for text in sys.argv[3:]]
start = time.perf_counter()
generate_qa_embedding_pairs(nodes, llm=llm, qa_generate_prompt_tmpl="{context_str} {num_questions_per_chunk}",
                            output_path=sys.argv[2])
print(time.perf_counter() - start)
"""


def ours(url: str, chunks: int, concurrency: int) -> float:
    """Return the seconds that the pipeline's writer takes."""
    knobs = load_params("runtime", RuntimeParams, Path(__file__).parents[1] / PARAMS_FILE)
    runtime = knobs.model_copy(update={"concurrency": concurrency})
    requests = [Request(str(number), PASSAGE.format(number), "", {"model": "m"}) for number in range(chunks)]
    writer = LiveWriter(chat_settings("m", None, 64), url, runtime)
    limits = Limits(0, Budget(None, Bill(None, 64), Meter([], 2, 64, None)))
    with tempfile.TemporaryDirectory() as folder, Replies(Path(folder) / "replies.jsonl") as replies:
        start = time.perf_counter()
        failed = writer.write(requests, replies, limits)
        seconds = time.perf_counter() - start
        if failed or len(replies) != chunks:
            raise SystemExit(f"{len(failed)} requests failed: {failed}")
    return seconds


def peer(python: Path, url: str, chunks: int) -> float:
    """Return the seconds that LlamaIndex takes."""
    with tempfile.TemporaryDirectory() as folder:
        passages = [PASSAGE.format(number) for number in range(chunks)]
        command = [str(python), "-c", PEER, url, str(Path(folder) / "pairs.json"), *passages]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def spread(values: list[float]) -> str:
    """Return the median of some seconds and their range."""
    return f"{statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    """Measure, sides in turn, and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=500)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peer", type=Path, help="the python of an environment with LlamaIndex")
    parser.add_argument("--peer-chunks", type=int, default=25)
    arguments = parser.parse_args()
    with served(LATENCY) as url:
        our_seconds, peer_rates = [], []
        for _ in range(arguments.repeats):
            our_seconds.append(ours(url, arguments.chunks, arguments.concurrency))
            if arguments.peer:
                peer_rates.append(peer(arguments.peer, url, arguments.peer_chunks) / arguments.peer_chunks)
    ideal = arguments.chunks * LATENCY / arguments.concurrency
    print(f"{arguments.chunks} chunks, {arguments.concurrency} at a time, {LATENCY:g} s each; ideal {ideal:.2f} s")
    print(f"ours        {spread(our_seconds)}, {statistics.median(our_seconds) / ideal:.2f} x the ideal")
    if peer_rates:
        scaled = [rate * arguments.chunks for rate in peer_rates]
        print(f"LlamaIndex  {spread(scaled)}, scaled from {arguments.peer_chunks} chunks")
        ratios = [theirs / mine for theirs, mine in zip(scaled, our_seconds, strict=True)]
        print(f"ratio       {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")


if __name__ == "__main__":
    main()
