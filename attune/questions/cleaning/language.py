"""The languages of the documents: a question is written in the language of its chunk.

Language models fall into English. What language a short question is in is hard to tell, but not where there are two to
choose from, and the document's own is known from its whole text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from functools import cache, lru_cache
from itertools import groupby

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from attune.core.records import Chunk
from attune.questions.cleaning.queries import Query
from attune.text.words import words

ENOUGH = 5000  # characters that tell the language of a document
SURE = 0.9  # probability
# written much like Arabic, English or Chinese, which nobody is sure of then
SPOKEN = {"arz", "ary", "pcm", "wuu", "yue"}


def document_languages(chunks: Iterable[Chunk]) -> dict[str, str]:
    """Return the ISO 639-1 code of each document's language, without the documents that could be of several."""
    languages: dict[str, str] = {}
    for document, parts in groupby(chunks, key=lambda chunk: chunk.document):
        language, probability = _identifier(()).classify(_beginning(parts))
        if probability >= SURE and document not in languages:
            languages[document] = language
    return languages


def english_by_mistake(languages: Mapping[str, str]) -> Callable[[Query, Chunk, Set[str]], bool]:
    """Return a test of a query, its chunk and the chunk's words: is the query in English although the chunk is not?

    What a query takes from its chunk, such as names and terms, tells nothing; nor does a chunk in English that is part
    of a document in another language.
    """
    chunk_is_english = lru_cache(maxsize=1)(_is_english)  # queries come chunk by chunk

    def mistaken(query: Query, chunk: Chunk, known: Set[str]) -> bool:
        language = languages.get(chunk.document, "en")
        if language == "en" or chunk_is_english(chunk.text, language) or not _is_english(query.text, language):
            return False
        added = " ".join(word for word in query.text.split() if not set(words(word)) <= known)
        return bool(added) and _is_english(added, language)

    return mistaken


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
