"""What was made of documents, kept between runs by what it depends on, so that only what changed is read again.

It lies outside of what DVC tracks, for it changes no result: an entry that is missing, broken or of other code is made
again. Anybody may delete it at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

FOLDER = Path(".attune/documents")
FAST = 1  # of zlib's levels; the higher ones take longer than reading a text file again
GIB = 2**30
# what the packages that decide on the text of a document import; its test keeps it true
PACKAGES = ("documents", "text", "core")
LIBRARIES = (
    *("lxml", "mammoth", "markdown-it-py", "mdit-py-plugins", "py3langid", "pypdf", "pypdfium2", "python-calamine"),
    *("ruamel.yaml", "tokenizers"),
)


@dataclass(frozen=True)
class Cache:
    """A folder of entries, of at most `limit` bytes after `trim`; 0 keeps nothing."""

    folder: Path
    limit: int

    @classmethod
    def here(cls, gib: float) -> Cache:
        """Return that of the current folder, with so many GiB of room."""
        return cls(FOLDER, int(gib * GIB))

    def load(self, key: str) -> dict[str, Any] | None:
        """Return an entry, or None where there is none that is whole."""
        try:
            entry = json.loads(zlib.decompress(self.read(key)))
        except (zlib.error, ValueError):
            return None
        return entry if isinstance(entry, dict) else None

    def store(self, key: str, entry: dict[str, Any]) -> None:
        """Keep an entry, unless there is no room for it."""
        if self.limit:
            self.write(key, zlib.compress(json.dumps(entry, ensure_ascii=False).encode(), FAST))

    def read(self, key: str) -> bytes:
        """Return an entry as it lies there; nothing where there is none."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)  # the least recently used go first
        except OSError:
            return b""
        return data

    def write(self, key: str, data: bytes) -> None:
        """Keep an entry as `read` returns it, unless there is no room for it."""
        if not self.limit:
            return
        path = self._path(key)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with suppress(OSError):  # a full disk takes nothing away from this run
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_bytes(data)
                os.replace(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)

    def trim(self) -> None:
        """Delete what was not used for longest until the rest takes no more than the limit."""
        found = []
        for path in self.folder.glob("*/*"):
            with suppress(OSError):  # another run may delete it as well
                status = path.stat()
                found.append((status.st_mtime_ns, path.name, path, status.st_size))
        size = sum(size for *_, size in found)
        for *_, path, taken in sorted(found):
            if size <= self.limit:
                return
            with suppress(OSError):
                path.unlink()
            size -= taken

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]


def key_of(*parts: bytes | str) -> str:
    """Return the key of an entry that depends on the parts and nothing else."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


@cache
def code_version() -> str:
    """Return what changes with the code, and with the libraries, that texts and chunks come from."""
    root = Path(__file__).parents[2]
    files = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    sources = (part for path in files for part in (path.relative_to(root).as_posix(), path.read_bytes()))
    return key_of(*sources, *_versions(LIBRARIES))


def _versions(libraries: Iterable[str]) -> Iterable[str]:
    for library in libraries:
        try:
            yield f"{library} {version(library)}"
        except PackageNotFoundError:
            yield f"{library} none"
