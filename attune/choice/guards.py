"""What stands between a training and its users: dev questions and general questions that it has to pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from attune.choice.interpolation import Harmless, Lucky
from attune.models.encode import embed
from attune.search.ask import ask
from attune.search.general_set import load_set
from attune.search.measures import Values, ndcg
from attune.statistics.best_of import chance_of_best, error_correlation
from attune.statistics.difference import compare, verdict_word
from attune.statistics.mean import Labels

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def luck_of(epochs: Sequence[Values], clusters: Labels) -> Lucky:
    """Return what tells the chance that a way between the models gains as much as it does by luck alone.

    Where the best epoch is kept, it was chosen on the questions that the ways from it are judged by, and the best way
    is in any case. To choose from were all ways from all epochs; only those from the kept one were measured. That the
    ways from the others would correlate as they do, and epochs on each way as on the whole of it, gives the correlation
    of all: the Kronecker product of the two.

    Args:
        epochs: the dev values of each epoch that could have been kept, of shape (questions,).
        clusters: the cluster of each dev question, of shape (questions,).
    """

    def lucky(values: Mapping[float, Values]) -> Mapping[float, float]:
        base, ways = values[0.0], {weight: found for weight, found in values.items() if weight > 0}
        if not ways:
            return {}
        of_epochs, of_ways = (error_correlation(list(systems), base, clusters) for systems in (epochs, ways.values()))
        of_all = np.asarray(np.kron(of_epochs, of_ways), dtype=np.float64)
        chances = chance_of_best(list(ways.values()), base, clusters, of_all)
        return dict(zip(ways, chances, strict=True))

    return lucky


def keeps_general(base: SentenceTransformer, name: str, batch_size: int, fixed: bool = False) -> Harmless | None:
    """Return a test whether a model is as good as the base model on the guarding half of a general set.

    As far as can be seen, that is: it must not be called worse. None where the set has a single question, which is left
    to the verdict.

    Args:
        base: the base model.
        name: of the general set.
        batch_size: texts encoded at a time.
        fixed: whether the passages keep the base model's vectors.

    Raises:
        UserError: there is no such set.
    """
    general = load_set(name).half("guards")
    if not general.asked:
        return None
    passages = {chunk.id: chunk.passage for chunk in general.chunks}

    known = embed(base, list(passages.values()), "passage", batch_size, "general: chunks") if fixed else None

    def measured(model: SentenceTransformer) -> Values:
        found = ask(model, general.asked.texts, passages, batch_size, 10, "general questions", known)
        return ndcg(found.hits(general.asked.relevant), 10)

    before = measured(base)

    def keeps(model: SentenceTransformer) -> bool:
        return verdict_word(compare(measured(model), before, general.clusters)) != "worse"

    return keeps
