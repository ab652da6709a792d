"""Metrics files: how metrics.json is written, and how a part of any of them is read."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from attune.core.errors import UserError, missing
from attune.core.files import write_json
from attune.evaluation.results import MetricsPart, Results

AnyMetricsPart = TypeVar("AnyMetricsPart", bound=MetricsPart)


def write_results(path: Path, results: Results) -> None:
    """Write metrics.json: what was set, and nothing that was left out."""
    write_json(path, results.model_dump(exclude_unset=True))


def read_metrics(path: Path, part: type[AnyMetricsPart]) -> AnyMetricsPart:
    """Read a metrics file, or a part of it, as `part`.

    Raises:
        UserError: the file is missing or malformed.
    """
    try:
        return part.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise missing(path) from None
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        what = (f"'{where}': " if where else "") + problem["msg"].removeprefix("Value error, ")
        raise UserError(f"{path}: {what}; an older version may have written it: run `dvc repro`") from None
