"""What results/evaluate/metrics.json says: written by evaluate, read by the report and by scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from attune.evaluation.adapter_results import AdapterResults
from attune.statistics.difference import Difference, Word

BM25, BASE, FINETUNED = "bm25", "base", "finetuned"  # systems that are always there
HYBRID, HYBRID_BASE = "hybrid", "hybrid_base"  # BM25 fused with the fine-tuned and with the base model: always, too
DEPLOYABLE = (BM25, BASE, HYBRID_BASE, FINETUNED, HYBRID)  # what one can put to use today, the simplest first
ADAPTER = "+adapter"  # at the end of a system's name: with a linear map of its query vectors
COMPARED_K = 5  # of the hit rate among
COMPARED = (f"hit_rate@{COMPARED_K}", "mrr@10", "ndcg@10")  # the measures with intervals
DECIDES = "ndcg@10"  # sees where in the first ten a chunk stands; the hit rate only whether it is there
RANK_BINS = (1, 2, 3, 5, 10, 20, 50, 100)  # the last rank of each bin of a histogram; nobody looks further down

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]  # low, high
Measures = dict[str, Share | None]  # by name, such as hit_rate@5; null where the system could not run


def hybrid_of(system: str) -> str:
    """Return what the hybrid of BM25 and a system is called: `hybrid_NAME`, but `hybrid` for the fine-tuned model.

    With the first d numbers of vectors it is `hybrid_base@d` and `hybrid@d`.
    """
    model, at, numbers = system.partition("@")
    return f"{HYBRID}{at}{numbers}" if model == FINETUNED else f"{HYBRID}_{system}"


class MetricsPart(BaseModel):
    """A part of a metrics file: what is not used here may change without notice."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)


class Verdict(MetricsPart):
    """The word on a set of questions, and what it rests on.

    Attributes:
        word: on the fine-tuned model against the base model.
        measure: by which.
        clusters: how many clusters of questions count as one trial each.
        effective_clusters: how many clusters of one size would tell as much.
        clustered_by: what a cluster is.
        against: system -> measure -> fine-tuned model minus that system.
    """

    word: Word
    measure: str
    clusters: Count
    effective_clusters: Annotated[float, Field(ge=0)]
    clustered_by: Literal["document", "chunk", "field"]
    against: dict[str, dict[str, Difference]]


class Deploy(MetricsPart):
    """What to put to use today, by one set of questions; see `deploy.py`.

    Attributes:
        system: the simplest one that none is better than beyond chance.
        measure: by which.
        differences: system -> a simpler system -> system minus the simpler one.
    """

    system: str
    measure: str
    differences: dict[str, dict[str, Difference]]


class SetResults(MetricsPart):
    """What every system found on a set of questions.

    Attributes:
        questions: how many there are.
        chunks: how many they were asked of.
        unmapped: questions of people whose evidence is in no chunk.
        neighbours_kept: of general questions; see `general.neighbours_kept`.
        refused: system -> questions that its server made no vector of: they count as not answered by it.
        systems, intervals: system -> measure -> mean over the questions, and its 95 % interval.
        fair: as `systems`, counted so that no right answer is punished; see `fair.fair_hits`.
        verdict: on the fine-tuned model.
        deploy: what to put to use, by questions about the user's documents.
        adapter_gains: system with a linear map -> measure -> it minus itself without the map.
    """

    questions: Count
    chunks: Count | None = None
    unmapped: Count = 0
    neighbours_kept: Share | None = None
    refused: dict[str, Count] = {}
    systems: dict[str, Measures]
    intervals: dict[str, dict[str, Interval]] = {}
    fair: dict[str, Measures] = {}
    verdict: Verdict
    deploy: Deploy | None = None
    adapter_gains: dict[str, dict[str, Difference]] = {}

    @model_validator(mode="after")
    def _measure_both_models(self) -> SetResults:
        for system in (BASE, FINETUNED):
            for measure in (self.hit_measure, self.verdict.measure):
                if self.systems.get(system, {}).get(measure) is None:
                    raise ValueError(f"{system} has no {measure}")
        return self

    @property
    def hit_measure(self) -> str:
        """The hit rate that is told in words: the one that the verdict compares."""
        compared = [*self.verdict.against.get(BASE, {}), COMPARED[0], *self.systems.get(BASE, {})]
        return next((measure for measure in compared if measure.startswith("hit_rate@")), COMPARED[0])

    def value(self, system: str, measure: str) -> float:
        """Return a measure of a system that was asked, such as the base or the fine-tuned model."""
        value = self.systems[system][measure]
        assert value is not None, f"{system} was not asked"
        return value

    def against(self, system: str, measure: str) -> Difference | None:
        """Return the fine-tuned model minus a system, where the verdict compares them."""
        return self.verdict.against.get(system, {}).get(measure)


class Results(SetResults):
    """The whole file: the written questions on top, people's and general ones below where there are any.

    Attributes:
        test_set: the fingerprint of what was asked of what: only results with the same one compare.
        skipped: system -> why it could not be asked; its measures are null.
        truncated: system -> share of the chunks that it read in part only.
        questions_left_out: written test questions beyond `evaluate.max_questions`, which were not asked.
        refused_chunks: system -> chunks that its server made no vector of: they count as not found by it.
        human, general: people's questions, and general ones.
        adapters: model -> how its linear map came about.
    """

    chunks: Count
    test_set: str | None = None
    skipped: dict[str, str] = {}
    truncated: dict[str, Share] = {}
    questions_left_out: Count = 0
    refused_chunks: dict[str, Count] = {}
    human: SetResults | None = None
    general: SetResults | None = None
    adapters: dict[str, AdapterResults] = {}

    @classmethod
    def of(cls, written: SetResults, skipped: Mapping[str, str], **more: Any) -> Results:
        """Return the whole from what was found on the written questions; a system that was skipped keeps its keys."""
        found = {name: getattr(written, name) for name in written.model_fields_set}
        found["systems"] = written.systems | {name: dict.fromkeys(written.systems[BASE]) for name in skipped}
        return cls(**found, skipped=dict(skipped), **more)
