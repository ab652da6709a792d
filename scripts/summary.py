"""Print what a run came to: the base against the fine-tuned model on the test questions.

Usage: python -m scripts.summary
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stages.lib.errors import UserError, run

METRICS = Path("results/evaluate/metrics.json")
SHOWN = ("hit_rate@1", "hit_rate@5", "hit_rate@10", "mrr@10", "ndcg@10", "map@100")


def table(metrics: dict[str, Any]) -> str:
    """Return the measures of both models and their difference, as a table of plain text."""
    base, tuned = metrics["base"], metrics["finetuned"]
    rows = [f"{'':<12} {'base':>8} {'finetuned':>10} {'change':>8}"]
    for name in (shown for shown in SHOWN if shown in base):
        rows.append(f"{name:<12} {base[name]:>8.3f} {tuned[name]:>10.3f} {tuned[name] - base[name]:>+8.3f}")
    return "\n".join(rows)


def main() -> None:
    """Print the table and where the model lies."""
    if not METRICS.exists():
        raise UserError(f"{METRICS} does not exist; `make repro` makes it")
    metrics = json.loads(METRICS.read_text(encoding="utf-8"))
    print(f"\n{metrics['questions']} test questions asked of {metrics['chunks']} chunks\n")
    print(table(metrics))
    print("\nThe questions were written by a language model: they compare the two models, they do not promise")
    print("how well people will be served. The fine-tuned model is in models/finetuned.")


if __name__ == "__main__":
    run(main)
