"""A text tells its language, where it is long enough to be sure."""

from __future__ import annotations

import pytest

from attune.text.language import is_in, language_of

TEXTS = {
    "en": "The foxes live in dens that they dig in the woods, and hunt at night when nobody sees them there.",
    "de": "Die Füchse leben in Bauen, die sie im Wald graben, und jagen in der Nacht, wenn niemand sie sieht.",
    "fr": "Les renards vivent dans des terriers qu'ils creusent dans les bois, et ils chassent pendant la nuit.",
    "ru": "Лисы живут в норах, которые они роют в лесу, и охотятся ночью, когда их никто не видит.",
}


@pytest.mark.slow
@pytest.mark.parametrize("language", TEXTS)
def test_languages_are_told(language: str) -> None:
    assert language_of(TEXTS[language]) == language
    other = "en" if language != "en" else "de"
    assert is_in(TEXTS[language], language, other)
    assert not is_in(TEXTS[language], other, language)


@pytest.mark.parametrize("text", ["", "12 34", "ok"])
def test_too_little_tells_none(text: str) -> None:
    assert language_of(text) == ""
