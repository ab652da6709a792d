"""Groups of chunks that say nearly the same: such chunks must not stand on both sides of a split."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors

from stages.lib.words import words


def near_duplicate_groups(texts: Sequence[str], similarity: float) -> list[int]:
    """Return the number of the group that each text belongs to.

    Two texts are near-duplicates when the cosine of their TF-IDF word vectors is at least `similarity`
    (0 to 1); a group is a connected component of such pairs, so most groups hold one text.
    """
    vectorizer = TfidfVectorizer(analyzer=words, sublinear_tf=True)
    if not any(words(text) for text in texts):
        return list(range(len(texts)))
    vectors = vectorizer.fit_transform(texts)
    # 1 - similarity is a difference of floats: the margin keeps exact duplicates in at similarity 1
    neighbours = NearestNeighbors(metric="cosine", algorithm="brute", radius=1 - similarity + 1e-9).fit(vectors)
    _, groups = connected_components(neighbours.radius_neighbors_graph(vectors), directed=False)
    return [int(group) for group in groups]
