"""What metrics.json says of a linear map of query vectors."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class AdapterResults(BaseModel):
    """How a linear map of query vectors came about.

    Attributes:
        way: how far it is from the identity (0) to what was learned (1); at 0 nothing is taken, and there is no file.
        questions: how many it was learned from; `left_out` are too many, `refused` have no vector, or their chunks.
        dev_questions, dev_clusters: how many chose the way, and of how many documents or chunks.
        guards: the questions that it had to pass; `stopped_by` are those for which nothing is taken.
        ndcg_by_way, luck_by_way: nDCG@10 of the dev questions, and the chance that equal maps gain as much.
    """

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)

    way: float
    questions: int
    left_out: int
    refused: int
    dev_questions: int
    dev_clusters: int
    guards: list[str]
    stopped_by: Literal["dev", "general"] | None
    ndcg_by_way: dict[str, float]
    luck_by_way: dict[str, float]
    file: str | None

    @property
    def told(self) -> str:
        """How much of it is taken, and why."""
        basis = f"by {self.dev_questions} dev questions of {self.dev_clusters} documents or chunks"
        way = f"{self.way:g}" if self.way else min(self.luck_by_way, key=self.luck_by_way.__getitem__)
        gain = f"{self.ndcg_by_way[way] - self.ndcg_by_way['0']:+.3f} of nDCG@10"
        if self.way:
            return f"{self.way:.1%} of the way from the identity is taken, {gain} {basis}"
        luck = f"as luck alone does in {self.luck_by_way[way]:.0%} of cases"
        why = "but it does worse on general questions" if self.stopped_by == "general" else luck
        return f"nothing of it is taken, so both rows are the same: the best way gains {gain} {basis}, {why}"
