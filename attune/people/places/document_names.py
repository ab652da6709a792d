"""Documents by the names that people give them: a path, a part of a path, a file name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

FOLDER = "data/documents/"  # what people may put in front of a path
ALIKE = 60  # percent of its letters that a file name shares with one that may have been meant
SHOWN = 5


class NotFound(Exception):
    """Why what a person points at leads to no chunk, and what to do about it."""


class DocumentNames:
    """The paths of documents."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths: dict[str, list[str]] = {}
        for path in sorted(paths):
            self._paths.setdefault(_folded(path), []).append(path)

    def resolve(self, name: str) -> str:
        """Return the path that has a name, or ends with it if there is only one such.

        Raises:
            NotFound: there is none, or more than one.
        """
        path = name.replace("\\", "/").rpartition(FOLDER)[2].removeprefix("./")
        wanted = _folded(path)
        found = self._paths.get(wanted) or [
            path for key, paths in self._paths.items() if key.endswith("/" + wanted) for path in paths
        ]
        if path in found:
            return path
        if len(found) > 1:
            raise NotFound(f"{len(found)} documents are called '{name}': {', '.join(found[:SHOWN])}; give the path")
        if not found:
            raise NotFound(f"no document '{name}' has chunks{self._suggestion(wanted)}")
        return found[0]

    def _suggestion(self, wanted: str) -> str:
        names = {key: key.rpartition("/")[2] for key in self._paths}
        close = process.extractOne(wanted.rpartition("/")[2], names, scorer=fuzz.ratio, score_cutoff=ALIKE)
        return f"; did you mean '{self._paths[close[2]][0]}'?" if close else ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()  # some systems take the accents of file names apart
