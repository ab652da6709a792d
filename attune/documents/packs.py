"""Documents packed into zip archives: DVC hashes, links and transfers file by file, so a few archives are quicker.

A document is named as if its archive had been unpacked where it lies. So packing changes no name, and with it no chunk,
no question and no part of the split. Nothing is ever unpacked onto the disk.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from attune.core.errors import UserError, one_line
from attune.documents.decode import Unreadable
from attune.documents.office.archive import DAMAGED, LOCKED, MOST_BYTES, RATIO, SMALL

PACK = ".zip"
OPEN = 16  # archives that a process keeps open
DATE = (1980, 1, 1, 0, 0, 0)  # the first that the format knows: the same documents are the same bytes


def names_in(archive: Path) -> list[str]:
    """Return the names of the files in an archive, sorted; hidden ones and what leads out of it are passed over.

    Raises:
        UserError: it cannot be opened, or holds a name twice.
    """
    try:
        with ZipFile(archive) as opened:
            found = [entry.filename for entry in opened.infolist() if not entry.is_dir()]
    except DAMAGED as error:
        raise UserError(f"{archive} cannot be opened ({one_line(error, 80)}); pack it again, or take it away") from None
    names = sorted(name for name in found if _is_plain(name))
    for before, name in pairwise(names):
        if before == name:
            raise UserError(f"{archive} holds two files with the name {name}; pack it again with one of them")
    return names


def read_packed(file: Path, path: str) -> bytes | None:
    """Return the bytes of a document that lies in an archive; None where none has it.

    Args:
        file: where it would lie if it were not packed.
        path: its name, relative to the folder of documents: no archive outside of that is looked into.

    Raises:
        Unreadable: the archive is damaged or locked, or the document grows too much when it is unpacked.
    """
    try:
        found = _entry(file, path)
        return None if found is None else _unpacked(*found)
    except RuntimeError:  # what the library says of a password
        raise Unreadable(LOCKED) from None
    except DAMAGED as error:
        raise Unreadable(f"its archive is damaged ({one_line(error, 80)})") from None


def size_of(file: Path, path: str) -> int:
    """Return the bytes of a document, which lies there or in an archive; 0 where it does not or cannot be told."""
    try:
        found = None if file.exists() else _entry(file, path)
        return file.stat().st_size if found is None else found[1].file_size
    except DAMAGED:
        return 0


def write_pack(archive: Path, root: Path, paths: Iterable[str]) -> None:
    """Write documents of a folder into a new archive, the same bytes each time."""
    with ZipFile(archive, "w") as pack:
        for path in sorted(paths):
            entry = ZipInfo(path, DATE)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            pack.writestr(entry, (root / path).read_bytes())


def shards(paths: Iterable[str], count: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each archive and what it holds: by a hash, so that a new document changes one alone."""
    members: dict[int, list[str]] = {}
    for path in paths:
        members.setdefault(zlib.crc32(path.encode("utf-8", "surrogateescape")) % count, []).append(path)
    yield from sorted(members.items())


def _entry(file: Path, path: str) -> tuple[ZipFile, ZipInfo] | None:
    for folder in file.parents[: len(PurePosixPath(path).parts)]:
        name = file.relative_to(folder).as_posix()
        for archive in sorted(folder.glob(f"*{PACK}")):
            status = archive.stat()
            opened = _opened(archive, status.st_mtime_ns, status.st_size)
            if _is_plain(name) and name in opened.NameToInfo:
                return opened, opened.getinfo(name)
    return None


def _unpacked(opened: ZipFile, entry: ZipInfo) -> bytes:
    # what an archive says of a file's size may be wrong, but never is more than that unpacked
    if entry.file_size > min(MOST_BYTES, max(SMALL, RATIO * entry.compress_size)):
        raise Unreadable(f"grows to {entry.file_size / 2**20:,.0f} MiB when it is unpacked, as no document does")
    data = opened.read(entry)
    if len(data) != entry.file_size:
        raise BadZipFile(f"{len(data)} bytes, {entry.file_size} were told")
    return data


def _is_plain(name: str) -> bool:
    parts = name.split("/")
    return "\\" not in name and not any(part in ("", "__MACOSX") or part.startswith(".") for part in parts)


@lru_cache(maxsize=OPEN)
def _opened(archive: Path, modified: int, size: int) -> ZipFile:
    return ZipFile(archive)
