"""The languages of the documents: a question is written in the language of its chunk.

Language models fall into English. What language a short question is in is hard to tell, but not where there are two to
choose from, and the document's own is known from its whole text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from stages.lib.beir import Chunk
from stages.lib.kinds import Query
from stages.lib.words import words

ENOUGH = 5000  # characters that tell the language of a document
SURE = 0.9  # probability
SPOKEN = {
    "arz",
    "ary",
    "pcm",
    "wuu",
    "yue",
}  # written much like Arabic, English or Chinese, which nobody is sure of then


def document_languages(chunks: Sequence[Chunk]) -> dict[str, str]:
    """Return the ISO 639-1 code of each document's language, without the documents that could be of several."""
    languages = {}
    for document, parts in groupby(sorted(chunks, key=_document), key=_document):
        language, probability = _identifier(()).classify(_beginning(parts))
        if probability >= SURE:
            languages[document] = language
    return languages


def english_by_mistake(chunks: Sequence[Chunk], languages: Mapping[str, str]) -> Callable[[Query], bool]:
    """Return a test for queries that are in English although their chunk is not.

    What a query takes from its chunk, such as names and terms, tells nothing; nor does a chunk in English that is part
    of a document in another language.
    """
    by_id = {chunk.id: chunk for chunk in chunks}

    @lru_cache(maxsize=1)  # queries come chunk by chunk
    def own_words(chunk_id: str, language: str) -> set[str] | None:
        chunk = by_id[chunk_id]
        return None if _is_english(chunk.text, language) else set(words(chunk.passage))

    def mistaken(query: Query) -> bool:
        language = languages.get(_document(by_id[query.chunk_id]), "en")
        if language == "en" or not _is_english(query.text, language):
            return False
        known = own_words(query.chunk_id, language)
        if known is None:
            return False
        added = " ".join(word for word in query.text.split() if not known.issuperset(words(word)))
        return bool(added) and _is_english(added, language)

    return mistaken


def _document(chunk: Chunk) -> str:
    return str(chunk.metadata["document"])


def _beginning(chunks: Iterable[Chunk]) -> str:
    text = ""
    for chunk in chunks:
        text += chunk.text + "\n"
        if len(text) >= ENOUGH:
            break
    return text[:ENOUGH]


def _is_english(text: str, otherwise: str) -> bool:
    language, probability = _identifier((otherwise, "en")).classify(text)
    return bool(language == "en" and probability >= SURE)


@cache
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    """Return an identifier that chooses among some languages, or all that it knows."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(languages) or [name for name in identifier.nb_classes if name not in SPOKEN])
    return identifier
