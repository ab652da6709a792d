"""The languages of the documents: a question is written in the language of its chunk.

Language models fall into English, or into their own. What language a short question is in is hard to tell, but not
where there are two to choose from, and the document's own is known from its whole text.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from functools import lru_cache
from itertools import groupby

from attune.core.records import Chunk
from attune.questions.cleaning.queries import Query
from attune.text.language import ENOUGH, SURE, identifier, language_of
from attune.text.language import is_in as is_surely_in
from attune.text.words import words

FEW_WORDS = 4  # that a query does not share with its chunk, to tell its language among many
FEW_LETTERS, FEW_SIGNS = 4, 2  # of another script, and of one without spaces
# those that many people and language models write; the others are taken for one of them too easily
WRITTEN = {"ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it"}
WRITTEN |= {"ja", "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh"}
# too near to be told apart by a few words
NEAR = ({"no", "nb", "nn", "da", "sv"}, {"cs", "sk"}, {"ru", "uk", "bg", "be"}, {"es", "ca", "gl", "pt"}, {"ms", "id"})


def document_languages(chunks: Iterable[Chunk]) -> dict[str, str]:
    """Return the ISO 639-1 code of each document's language, without the documents that could be of several."""
    languages: dict[str, str] = {}
    for document, parts in groupby(chunks, key=lambda chunk: chunk.document):
        language = language_of(_beginning(parts))
        if language and document not in languages:
            languages[document] = language
    return languages


def other_language(languages: Mapping[str, str]) -> Callable[[Query, Chunk, Set[str]], bool]:
    """Return a test of a query, its chunk and the chunk's words: is the query surely in another language?

    What a query takes from its chunk, such as names and terms, tells nothing; nor does a query in a second language of
    the chunk, which may be part of a document in another one.
    """

    @lru_cache(maxsize=8)  # queries come chunk by chunk
    def is_in(text: str, language: str, otherwise: str) -> bool:
        return is_surely_in(text, language, otherwise)

    def mistaken(query: Query, chunk: Chunk, known: Set[str]) -> bool:
        language = languages.get(chunk.document)
        if language is None:
            return False
        added = " ".join(word for word in query.text.split() if not set(words(word)) <= known)
        if _in_another_script(query.text, chunk.text):
            return True
        other = (
            "en"
            if language != "en" and is_surely_in(query.text, "en", language)
            else _likely(query.text, added, language)
        )
        return (
            bool(added)
            and other != language
            and not is_in(chunk.text, other, language)
            and is_surely_in(query.text, other, language)
            and is_surely_in(added, other, language)
        )

    return mistaken


def foreign_to(languages: Collection[str], passages: Iterable[str]) -> Callable[[str], bool]:
    """Return a test of what people typed: is it surely in a language, or in letters, that no document is in?

    Args:
        languages: those of the documents, as far as they are known; where none is, only letters tell.
        passages: the text of every chunk; words that stand in one tell nothing.
    """
    known = {word for passage in passages for word in words(passage)}
    scripts = {_script(letter) for word in known for letter in word if letter.isalpha()}

    def is_foreign(text: str) -> bool:
        found = Counter(_script(letter) for letter in text if letter.isalpha())
        script, letters = found.most_common(1)[0] if found else ("", 0)
        if script not in scripts and letters >= (FEW_SIGNS if script == "CJK" else FEW_LETTERS):
            return True
        added = " ".join(word for word in text.split() if not set(words(word)) <= known)
        if not languages or len(words(added)) < FEW_WORDS:
            return False
        among = identifier(tuple(sorted({*WRITTEN, *languages})))
        (other, sure), (again, also_sure) = among.classify(text), among.classify(added)
        near = any(other in group and not group.isdisjoint(languages) for group in NEAR)
        return other == again and other not in languages and min(sure, also_sure) >= SURE and not near

    return is_foreign


def _in_another_script(query: str, text: str) -> bool:
    """Tell whether most letters of a query are of a script that a text does not use."""
    scripts = Counter(_script(letter) for letter in query if letter.isalpha() and letter not in text)
    script, letters = scripts.most_common(1)[0] if scripts else ("", 0)
    others = sum(_script(letter) != script for letter in query if letter.isalpha() and letter not in text)
    if letters < (FEW_SIGNS if script == "CJK" else FEW_LETTERS) or letters <= others:
        return False
    return not any(_script(letter) == script for letter in text if letter.isalpha())


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """Return the script of a letter; Chinese and Japanese texts share theirs, so that a text may hold both."""
    name = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
    return "CJK" if name in ("CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "HALFWIDTH") else name


def _likely(text: str, added: str, language: str) -> str:
    """Return the language of a query that is long enough to tell it, else that of its chunk."""
    if len(words(added)) < FEW_WORDS:
        return language
    other, probability = identifier(tuple(sorted({*WRITTEN, language}))).classify(text)
    near = any(other in group and language in group for group in NEAR)
    return str(other) if probability >= SURE and not near else language


def _beginning(chunks: Iterable[Chunk]) -> str:
    text = ""
    for chunk in chunks:
        text += chunk.text + "\n"
        if len(text) >= ENOUGH:
            break
    return text[:ENOUGH]
