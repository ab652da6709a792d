"""What training gives alone and inside a hybrid, side by side, a column for each training seed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

PAIRS = (("finetuned", "base"), ("hybrid", "base"), ("hybrid_base", "base"), ("hybrid", "hybrid_base"))


def side_by_side(title: str, results: Sequence[dict[str, Any]]) -> str:
    """Return the measures of what can be put to use, and their differences with 95 % intervals, as plain text.

    Args:
        title: what the questions are called.
        results: what metrics.json says of them, once for each seed.
    """
    measure = results[0]["deploy"]["measure"]
    lines = [f"{title}: {results[0]['questions']} questions, {len(results)} seeds"]
    for system in ("bm25", "base", "hybrid_base", "finetuned", "hybrid"):
        values = {name: [result["systems"][system][name] for result in results] for name in (measure, "hit_rate@5")}
        told = (f"{name} {statistics.median(found):.3f}{_range(found)}" for name, found in values.items())
        lines.append(f"  {system:<22} " + "  ".join(told))
    for system, simpler in PAIRS:
        found = [result["deploy"]["differences"][system][simpler] for result in results]
        told = (f"{d['difference']:+.3f} ({d['low']:+.3f} to {d['high']:+.3f})" for d in found)
        lines.append(f"  {f'{system} - {simpler}':<22} {measure} " + ", ".join(told))
    lines.append(f"  {'to put to use':<22} " + ", ".join(result["deploy"]["system"] for result in results))
    return "\n".join(lines)


def _range(values: Sequence[float]) -> str:
    return "" if len(set(values)) == 1 else f" ({min(values):.3f} to {max(values):.3f})"
