"""What language a text is in."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

ENOUGH = 5000  # characters that tell the language of a document
SURE = 0.9  # probability
# written much like Arabic, English or Chinese, which nobody is sure of then
SPOKEN = {"arz", "ary", "pcm", "wuu", "yue"}


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the language that the beginning of a text is in; none where it could be several."""
    language, probability = identifier(()).classify(text[:ENOUGH])
    return str(language) if probability >= SURE else ""


def is_in(text: str, language: str, otherwise: str) -> bool:
    """Tell whether a text is surely in one language and not in another."""
    found, probability = identifier((otherwise, language)).classify(text)
    return bool(found == language and probability >= SURE)


@cache
def identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    """Return an identifier that chooses among some languages, or all that it knows. Its model loads in a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    chosen = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    chosen.set_languages(list(languages) or [name for name in chosen.nb_classes if name not in SPOKEN])
    return chosen
