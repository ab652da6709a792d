"""Zip archives of XML, opened with limits: what is read from them is small enough, whole and without tricks.

Libraries that read Office files trust them. So no library gets the file: it gets an archive that is written anew,
without compression, from the parts that passed here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from lxml import etree

from attune.core.errors import one_line
from attune.documents.decode import Unreadable

MOST_PARTS = 20_000
MOST_BYTES = 2**30  # of all parts together, unpacked; pictures and films count only where they are read
MOST_XML = 2**28  # of one part of XML: a tree takes some ten times that
# text of machines packs to a 50th, runs of one byte to a 1,000th
RATIO = 200
SMALL = 50 * 2**20  # what may be packed as tightly as it likes
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # files of Office before 2007, and around what is encrypted
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
LOCKED = "locked with a password; save it without one"
DAMAGED = (BadZipFile, EOFError, NotImplementedError, OSError, ValueError, struct.error, zlib.error)

Element = Any  # lxml has no types


class Archive:
    """A zip archive whose parts may be read."""

    def __init__(self, data: bytes, kind: str) -> None:
        """Open an archive.

        Args:
            data: the bytes of the file.
            kind: what it should be, for messages: "DOCX".

        Raises:
            Unreadable: it is no zip archive, a damaged one, locked, or one that grows too much when it is unpacked.
        """
        if data.startswith(OLE):
            old = f"in a format of Office before 2007; save it as {kind}"
            raise Unreadable(LOCKED if ENCRYPTED in data else old)
        self.kind = kind
        try:
            self._zip = ZipFile(BytesIO(data))
            entries = self._zip.infolist()
        except DAMAGED as error:
            known = data.startswith(b"PK")
            problem = f"a damaged {kind} file ({one_line(error, 80)})" if known else f"no {kind} file: {begins(data)}"
            raise Unreadable(problem) from None
        if len(entries) > MOST_PARTS:
            raise Unreadable(f"holds {len(entries):,} files, more than {MOST_PARTS:,}")
        if any(entry.flag_bits & 1 for entry in entries):
            raise Unreadable(LOCKED)
        self._parts = {entry.filename: entry for entry in entries if not entry.is_dir()}
        self._lower = {name.lower(): name for name in self._parts}
        self._read: set[str] = set()
        self._packed = len(data)

    @property
    def names(self) -> list[str]:
        """The names of all parts, in their order in the file."""
        return list(self._parts)

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def find(self, name: str) -> str:
        """Return the name of a part as it is written in the archive: programs disagree on case. Else `name`."""
        return name if name in self._parts else self._lower.get(name.lower(), name)

    def read(self, name: str) -> bytes:
        """Unpack a part.

        Raises:
            Unreadable: there is none of this name, it is damaged, or what was unpacked so far is too much.
        """
        entry = self._parts.get(name)
        if entry is None:
            raise Unreadable(f"a {self.kind} file without its part {one_line(name, 100)}")
        self._read.add(name)
        # what an archive says of a part's size may be wrong, but never is more than that unpacked
        unpacked = sum(self._parts[part].file_size for part in self._read)
        if unpacked > min(MOST_BYTES, max(SMALL, RATIO * self._packed)):
            sizes = f"{self._packed / 2**20:,.1f} MiB to {unpacked / 2**20:,.0f} MiB or more"
            raise Unreadable(f"grows from {sizes} when it is unpacked, as no document does")
        try:
            return self._zip.read(entry)
        except DAMAGED as error:
            raise Unreadable(f"a damaged {self.kind} file ({one_line(name, 100)}: {one_line(error, 80)})") from None

    def xml(self, name: str) -> Element:
        """Parse a part of XML; no entity is resolved, nothing is fetched.

        Raises:
            Unreadable: as for `read`; or the part is not XML, too large, or declares entities.
        """
        data = self.read(name)
        if len(data) > MOST_XML:
            raise Unreadable(f"its part {one_line(name, 100)} has {len(data) / 2**20:,.0f} MiB of XML")
        return parse_xml(data, one_line(name, 100))

    def repacked(self, names: list[str], instead: Mapping[str, bytes]) -> BytesIO:
        """Return an archive of some of the parts, without compression, with new content for those in `instead`."""
        file = BytesIO()
        with ZipFile(file, "w", ZIP_STORED) as archive:
            for name in names:
                archive.writestr(name, instead[name] if name in instead else self.read(name))
        file.seek(0)
        return file


def parse_xml(data: bytes, name: str) -> Element:
    """Parse XML that nobody has checked.

    Raises:
        Unreadable: it is not well-formed, nested more than 256 deep, or declares entities.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"its part {name} is not XML ({one_line(error, 120)})") from None
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise Unreadable(f"its part {name} declares entities, as no program that writes such files does")
    return root


def begins(data: bytes) -> str:
    """Say in words what a file of another kind seems to be."""
    kinds = {
        b"%PDF": "it is a PDF file; name it .pdf",
        b"{\\rtf": "it is an RTF file; save it as DOCX",
        b"PK": "it is a zip archive",
        OLE: "it is in a format of Office before 2007",
        b"<": "it begins like HTML or XML",
    }
    start = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
    named = next((words for mark, words in kinds.items() if start.startswith(mark)), None)
    return named or f"it begins with the bytes {data[:8].hex(' ')}"
