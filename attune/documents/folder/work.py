"""From one file to its chunks, or to why there are none: what a process of the sandbox does."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from attune.documents.blocks import characters
from attune.documents.chunks import chunks_of
from attune.documents.cutting.cutter import Cutter
from attune.documents.cutting.tokens import Tokens
from attune.documents.document import Document, document_of, ending, read_bytes
from attune.documents.folder.cache import Cache, code_version, key_of
from attune.documents.folder.kept import Cut, from_entry, to_entry
from attune.documents.folder.merging import line_of
from attune.documents.folder.table import Row
from attune.documents.params import ChunkParams
from attune.documents.readers.passages import Passage
from attune.documents.ready_made import as_documents, passages_of, row_of_passages
from attune.text.language import identifier, language_of


@dataclass(frozen=True)
class Made:
    """What became of a document: its chunks, as ids and lines of corpus.jsonl, and its row in the table."""

    lines: list[tuple[str, str]]
    row: Row


@dataclass(frozen=True)
class Work:
    """How documents become chunks.

    Attributes:
        root: the folder of documents.
        params: the section `chunk`.
        tokens: the file with the pickled `Tokens` of the base model, which only `make` needs.
        cache: where what was made of documents is kept.
    """

    root: Path
    params: ChunkParams
    tokens: Path
    cache: Cache

    def make(self, path: str) -> Made:
        """Return what becomes of a document.

        Raises:
            Unreadable: it cannot be read.
        """
        return self.make_of(read_bytes(self.root / path, path), path)

    def make_of(self, data: bytes, path: str) -> Made:
        """Return what becomes of the bytes of a document; see `make`."""
        if (passages := passages_of(data, path)) is not None:
            return self._passages(path, passages)
        key = self.key(data, path)
        document, language, cut = self._kept(key, path) or self._read(data, path)
        rules = key_of(self._rules, document.title)
        if cut.key != rules:
            cut = self._cut(document, rules)
            self.cache.store(key, to_entry(document, language, cut))
        return _made(document, language, cut)

    def read(self, path: str) -> None:
        """Read a document and keep what is found, so that `make` has only to cut it.

        Raises:
            Unreadable: it cannot be read.
        """
        data = read_bytes(self.root / path, path)
        key = self.key(data, path)
        if passages_of(data, path) is None and self._kept(key, path) is None:
            self.cache.store(key, to_entry(*self._read(data, path)))

    def key(self, data: bytes, path: str) -> str:
        """Return under which key a document is kept."""
        return key_of(code_version(), repr(self.params.options), ending(path), data)

    def _read(self, data: bytes, path: str) -> tuple[Document, str, Cut]:
        with ThreadPoolExecutor(1) as meanwhile:  # its model takes half a second to unpack, once and outside of Python
            meanwhile.submit(identifier, ())
            document = document_of(data, path, self.params.options)
        return document, language_of(document.text), Cut("", [], 0, 0)

    def _cut(self, document: Document, rules: str) -> Cut:
        spans, counted = self._cutter.cut(document)
        return Cut(rules, spans, len(counted.ends), counted.unknown)

    def _passages(self, path: str, passages: Sequence[Passage]) -> Made:
        """Return what becomes of ready-made passages: a document each, cut only where it is too long for the model."""
        lines, rows, cut = [], [], []
        for document in as_documents(path, passages):
            made = _made(document, "", self._cut(document, ""))
            lines += made.lines
            rows.append(made.row)
            if made.row.chunks > 1:
                cut.append(document.path.removeprefix(path))
        return Made(lines, row_of_passages(path, rows, cut, language_of(" ".join(p.text for p in passages))))

    def _kept(self, key: str, path: str) -> tuple[Document, str, Cut] | None:
        entry = self.cache.load(key)
        try:
            return from_entry(entry, path) if entry else None
        except (KeyError, TypeError, ValueError):
            return None  # written by something else; it is made again

    @property
    def tokens_written(self) -> bytes:
        """The pickled `Tokens` themselves."""
        return self.tokens.read_bytes()

    @cached_property
    def _loaded(self) -> Tokens:
        tokens = pickle.loads(self.tokens_written)  # noqa: S301  # by this run's own parent
        assert isinstance(tokens, Tokens)
        return tokens

    @cached_property
    def _cutter(self) -> Cutter:
        return Cutter(self._loaded, self.params)

    @cached_property
    def _rules(self) -> str:
        knobs = self.params.model_dump_json(exclude={"pdf_engine", "html_boilerplate", "max_failed_fraction"})
        return key_of(self._loaded.name, knobs)


def _made(document: Document, language: str, cut: Cut) -> Made:
    chunks = list(chunks_of(document, cut.spans))
    places = {(chunk.metadata["start"], chunk.metadata["end"]) for chunk in chunks}
    in_chunks = sum(characters(document.text[s.own : s.end]) for s in cut.spans if (s.start, s.end) in places)
    row = Row(
        document=document.path,
        reader=document.reader,
        language=language,
        pages=len(document.page_starts),
        pages_without_text=document.pages_without_text,
        characters=document.characters,
        in_blocks=characters(document.text),
        in_chunks=in_chunks,
        left_out=document.left_out,
        unknown=cut.unknown,
        tokens=cut.tokens,
        chunks=len(chunks),
        warnings=document.warnings,
    )
    return Made([(chunk.id, line_of(chunk)) for chunk in chunks], row)


_work: Work


def start(work: Work) -> None:
    """Tell this process what `make` is to do."""
    global _work
    _work = work


def make(path: str) -> Made:
    """Return what becomes of a document; see `Work.make`."""
    return _work.make(path)


def read(path: str) -> None:
    """Read a document ahead; see `Work.read`."""
    _work.read(path)
