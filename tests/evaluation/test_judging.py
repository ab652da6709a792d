"""Figures and the verdict, from what the systems found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from attune.core.errors import UserError
from attune.evaluation.judging import assess, refuse_harm
from attune.evaluation.results import COMPARED, Results, SetResults


def verdict_is(word: str) -> SetResults:
    values = {system: {measure: np.full(4, 0.5) for measure in COMPARED} for system in ("base", "finetuned")}
    results = assess(values, list("abcd"), "document")
    return results.model_copy(update={"verdict": results.verdict.model_copy(update={"word": word})})


@pytest.mark.parametrize("worse", ["written", "human", "general"])
def test_a_worse_model_is_refused_whatever_it_is_worse_on(worse: str) -> None:
    written, human, general = (
        verdict_is("worse" if part == worse else "better") for part in ("written", "human", "general")
    )
    with pytest.raises(UserError, match="worse than the base model"):
        refuse_harm(Results.of(written, {}, chunks=1, human=human, general=general), Path("metrics.json"))
    good = verdict_is("no detectable change")
    refuse_harm(Results.of(good, {}, chunks=1, human=good, general=good), Path("metrics.json"))
