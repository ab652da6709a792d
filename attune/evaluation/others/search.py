"""Every system is asked: those of `systems.py`, further models, and models with a linear map of their query vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from attune.adapter.lessons import Lessons
from attune.core.errors import UserError
from attune.core.params import RuntimeParams
from attune.core.records import Chunk
from attune.evaluation.others.adapters import WithMap, with_map
from attune.evaluation.others.encoders import Encoder, LocalEncoder, ServerEncoder, encoder_of
from attune.evaluation.params import EvaluateParams, ServerModel
from attune.evaluation.results import ADAPTER, BM25, hybrid_of
from attune.evaluation.systems import Hybrids, search_bm25, search_encoded
from attune.search.ask import EncodedSet, Ranking
from attune.search.bm25 import LexicalIndex
from attune.servers.prices import precise, tokens_in
from attune.servers.server import NoKeyError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class Found:
    """What every system found.

    Attributes:
        rankings: system -> what it found.
        by_weight: base and fine-tuned model -> what it found together with BM25, for each of `systems.WEIGHTS`.
        skipped: system -> why it could not be asked.
        maps: system -> the linear map that was learned for it, and what it encoded.
    """

    rankings: dict[str, Ranking]
    by_weight: dict[str, list[Ranking]]
    skipped: dict[str, str]
    maps: dict[str, WithMap]

    @property
    def general(self) -> dict[str, EncodedSet]:
        """The general questions that judge, as models see them without and with their maps."""
        return {system: encoded for one in self.maps.values() for system, encoded in one.general.items()}

    def part(self, start: int, stop: int) -> Found:
        """Return what was found for some of the questions."""
        return replace(
            self,
            rankings={name: ranking.part(start, stop) for name, ranking in self.rankings.items()},
            by_weight={name: [one.part(start, stop) for one in found] for name, found in self.by_weight.items()},
        )


def search(
    models: Mapping[str, SentenceTransformer],
    params: EvaluateParams,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    runtime: RuntimeParams,
    vectors: Path,
    lessons: Lessons | None = None,
) -> Found:
    """Ask every system.

    Args:
        models: the base and the fine-tuned model.
        params: which others there are, how short vectors shall be, what is fused with BM25, and what gets a map.
        questions: all questions, of whatever set.
        chunks: all chunks.
        runtime: how to ask.
        vectors: the folder where vectors that are paid for are kept; it is made, also where none is.
        lessons: what maps are learned from; None where none is asked for.

    Raises:
        UserError: a model cannot be loaded or asked, or its vectors cost more than they may.
    """
    vectors.mkdir(parents=True, exist_ok=True)
    check_cost(params, questions, chunks, runtime, vectors, lessons)
    hybrids = Hybrids(LexicalIndex([chunk.passage for chunk in chunks]), params.hybrid)
    fused = {*models, *params.hybrid.also, *params.adapters, *(name + ADAPTER for name in params.adapters)}
    found = Found({BM25: search_bm25(hybrids.lexical, questions, chunks)}, {}, {}, {})

    def skip(name: str, error: NoKeyError) -> None:
        names = [name, *([hybrid_of(name)] if name in fused else [])]
        found.skipped.update(dict.fromkeys(names, str(error)))
        print(f"warning: {name} is skipped: {error}; then run `dvc repro --force --single-item evaluate`")

    def ask(encoder: Encoder, name: str, dimensions: Sequence[int]) -> None:
        sets: dict[str, EncodedSet] = {}
        if name in params.adapters and lessons is not None:
            try:
                one = with_map(encoder, name, questions, chunks, lessons)
                sets, found.maps[name] = one.asked, replace(one, asked={})  # vectors of all chunks are not kept
            except NoKeyError as error:  # what the model itself needs may all be there
                skip(name + ADAPTER, error)
        sets = sets or {name: encoder.encode(questions, chunks, name)}
        for system, encoded in sets.items():
            lengths = dimensions if system == name else []
            found.rankings.update(search_encoded(encoded, system, lengths, hybrids, fused))
        if name in models:
            found.by_weight[name] = hybrids.by_weight(sets[name], name)

    for name, model in models.items():
        ask(LocalEncoder(model, runtime.encode_batch_size), name, params.dimensions)
    for other in params.others:
        try:
            ask(encoder_of(other, runtime, vectors), other.name, [])
        except NoKeyError as error:
            skip(other.name, error)
    return found


def check_cost(
    params: EvaluateParams,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    runtime: RuntimeParams,
    vectors: Path,
    lessons: Lessons | None,
) -> None:
    """Say what the vectors that are missing cost, map by map, and stop before they cost more than they may.

    Arguments are those of `search`.

    Raises:
        UserError: they cost more than `evaluate.max_cost_usd`.
    """
    total = 0.0
    for model in (other for other in params.others if isinstance(other, ServerModel)):
        learns = lessons is not None and model.name in params.adapters
        if not learns and params.max_cost_usd is None:
            continue
        encoder = ServerEncoder(model, runtime, vectors)
        tested, taught = encoder.texts(questions, chunks), list[str]()
        if lessons is not None and learns:
            taught = encoder.texts([*lessons.texts, *lessons.general_texts], lessons.general.chunks)
        missing, needed = encoder.missing([*tested, *taught]), set(tested)
        more = [text for text in missing if text not in needed]
        price = (model.price or 0.0) / 1e6
        total += price * sum(map(tokens_in, missing))
        if more:
            cost = "an unknown price" if model.price is None else precise(price * sum(map(tokens_in, more)))
            print(f"{model.name}: {len(more)} vectors are missing that its adapter alone needs, for {cost}")
    if params.max_cost_usd is not None and total > params.max_cost_usd:
        raise UserError(
            f"the vectors that models of evaluate.others lack cost about {precise(total)}, more than "
            f"evaluate.max_cost_usd ({precise(params.max_cost_usd)}); nothing was bought: raise it, or take models out "
            "of evaluate.others or evaluate.adapters"
        )
