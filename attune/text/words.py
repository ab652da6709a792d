"""Words of a text in any script, for the rules and similarities that look at words."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
# Han, kana, Thai, Lao, Khmer and Burmese are written without spaces between words
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


def words(text: str) -> list[str]:
    """Return the words of a text in order, case-folded.

    A run of a script that puts no spaces between words counts as its overlapping pairs of characters,
    the usual stand-in for words there (as in Lucene's CJKBigramFilter).
    """
    text = text.casefold()
    if not _UNSPACED.search(text):
        return _WORD.findall(text)
    found = []
    for match in _WORD.finditer(text):
        rest = match.group()
        for run in _UNSPACED.findall(rest):
            found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        found += _UNSPACED.sub(" ", rest).split()
    return found
