"""What results/evaluate/metrics.json says, checked and with names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from attune.core.errors import UserError, missing

BASE, TUNED = "base", "finetuned"
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]  # low, high
Measures = dict[str, Share | None]  # by name, such as hit_rate@5; null where the system could not run


class Part(BaseModel):
    """A part of a metrics file: what is not used here may change without notice."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)


AnyPart = TypeVar("AnyPart", bound=Part)


class Difference(Part):
    """Fine-tuned minus another system in one measure; null where it could not be computed."""

    difference: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    detectable: float | None = None  # what such a test set would probably show; 1 for none, however large


class Verdict(Part):
    """The word on a set of questions, and what it rests on."""

    word: Literal["better", "no detectable change", "worse"]
    measure: str
    clusters: Count
    clustered_by: Literal["document", "chunk", "field"]
    against: dict[str, dict[str, Difference]]  # system -> measure -> fine-tuned minus that system

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, raw: Any) -> Any:
        return raw | {"against": {k: v for k, v in raw.items() if isinstance(v, dict)}} if _table(raw) else raw


class QuestionSet(Part):
    """A set of questions with the measures of every system on it."""

    questions: Count
    chunks: Count | None = None
    unmapped: Count = 0  # questions of people whose evidence is in no chunk
    neighbours_kept: Share | None = None
    systems: dict[str, Measures]
    intervals: dict[str, dict[str, Interval | None]] = {}
    fair: dict[str, Measures] = {}
    verdict: Verdict

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, raw: Any) -> Any:
        if not _table(raw):
            return raw
        return raw | {"systems": {k: v for k, v in raw.items() if k not in cls.model_fields and _is_system(v)}}

    @model_validator(mode="after")
    def _measure_both_models(self) -> QuestionSet:
        for system in (BASE, TUNED):
            for measure in (self.hit_measure, self.verdict.measure):
                if self.systems.get(system, {}).get(measure) is None:
                    raise ValueError(f"{system} has no {measure}")
        return self

    @property
    def hit_measure(self) -> str:
        """The hit rate that is told in words: the one that the verdict compares."""
        compared = [*self.verdict.against.get(BASE, {}), "hit_rate@5", *self.systems.get(BASE, {})]
        return next((measure for measure in compared if measure.startswith("hit_rate@")), "hit_rate@5")

    def value(self, system: str, measure: str) -> float:
        """Return a measure of the base or the fine-tuned model that the checks above have found."""
        value = self.systems[system][measure]
        assert value is not None
        return value

    def against(self, system: str, measure: str) -> Difference | None:
        """Return the fine-tuned model minus a system, where the verdict compares them."""
        return self.verdict.against.get(system, {}).get(measure)


class Metrics(QuestionSet):
    """The whole file: the synthetic questions on top, people's and general ones below where there are any."""

    chunks: Count
    test_set: str | None = None
    truncated: dict[str, Share] = {}
    skipped: dict[str, str] = {}
    human: QuestionSet | None = None
    general: QuestionSet | None = None


def read_part(path: Path, part: type[AnyPart]) -> AnyPart:
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
        where = ".".join(str(key) for key in problem["loc"] if key not in ("systems", "against"))
        what = (f"'{where}': " if where else "") + problem["msg"].removeprefix("Value error, ")
        raise UserError(f"{path}: {what}; an older version may have written it: run `dvc repro`") from None


def _table(raw: Any) -> bool:
    return isinstance(raw, dict)


def _is_system(value: Any) -> bool:
    """Tell a table of measures, such as hit_rate@5, from the other tables."""
    return isinstance(value, dict) and bool(value) and all("@" in name for name in value)
