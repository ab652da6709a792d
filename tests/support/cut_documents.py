"""Documents of a few blocks, the tokenizers that they are cut with, and what is promised of the spans."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, ByT5Tokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from attune.core.params import PARAMS_FILE, load_params
from attune.core.records import Chunk
from attune.documents.assemble import assemble
from attune.documents.blocks import Block, Kind, characters
from attune.documents.cutting.cutter import Cutter, Span
from attune.documents.cutting.tokens import Tokens
from attune.documents.document import Document
from attune.documents.params import ChunkParams
from attune.models.layout import read_layout
from attune.models.locate import locate
from tests.conftest import ROOT

PROSE = (
    "Foxes are small to medium-sized animals. They have a flattened skull, upright ears, and a pointed snout! "
    "Where do they live? In “dens”, mostly. Twelve species belong to the group of true foxes; others are named so."
)
TOKENIZERS = ["WordPiece", "byte-level BPE", "Unigram", "bytes"]


@cache
def tokenizer(kind: str = "WordPiece") -> PreTrainedTokenizerBase:
    """Return the tokenizer of the default model, or a tiny one of the kinds that other models use."""
    if kind == "WordPiece":
        found = AutoTokenizer.from_pretrained(read_layout(locate("all-MiniLM-L6-v2", None)).first)
        assert isinstance(found, PreTrainedTokenizerBase)
        return found
    if kind == "bytes":  # written in Python, so that nobody knows where its tokens are
        return ByT5Tokenizer()
    if kind == "byte-level BPE":  # as in RoBERTa and ModernBERT: a character can be four tokens
        tiny = Tokenizer(models.BPE())
        tiny.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer: trainers.Trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    else:  # as in T5 and XLM-RoBERTa
        tiny = Tokenizer(models.Unigram())
        tiny.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=300, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False
        )
    tiny.train_from_iterator([PROSE], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tiny)  # type: ignore[no-untyped-call]


def count(text: str, kind: str = "WordPiece", special: bool = False) -> int:
    """Count the tokens of a text as the model itself would."""
    return len(tokenizer(kind)(text, add_special_tokens=special, verbose=False).input_ids)


def params(**knobs: Any) -> ChunkParams:
    return load_params("chunk", ChunkParams, ROOT / PARAMS_FILE).model_copy(update=knobs)


def document(blocks: Iterable[Block], title: str = "", pages: int = 0, path: str = "a.txt") -> Document:
    found = assemble(blocks, pages)
    return Document(path, title, found.text, tuple(found.page_starts), tuple(found.blocks), characters(found.text))


def of(*parts: str | tuple[Kind, str] | Block, title: str = "") -> Document:
    """Return a document of blocks; a text is a paragraph, `# text` a heading of the first level."""
    blocks = []
    for part in parts:
        if isinstance(part, Block):
            blocks.append(part)
        elif isinstance(part, tuple):
            blocks.append(Block(*part))
        elif part.startswith("#"):
            marks, _, text = part.partition(" ")
            blocks.append(Block("heading", text, len(marks)))
        else:
            blocks.append(Block("paragraph", part))
    return document(blocks, title)


def cut(found: Document, kind: str = "WordPiece", **knobs: Any) -> list[Span]:
    """Cut a document, check all that is promised of its spans, and return them."""
    chosen = params(**knobs)
    spans, _ = Cutter(Tokens(tokenizer(kind)), chosen).cut(found)
    covered = 0
    for span in spans:
        text = found.text[span.start : span.end]
        assert span.start <= span.own < span.end <= len(found.text)
        assert not found.text[covered : span.own].strip()  # nothing is left out but blanks
        assert text == text.strip()
        assert count(Chunk("", span.title, text).passage, kind, special=True) <= chosen.max_tokens
        covered = span.end
    assert not found.text[covered:].strip()
    for before, after in pairwise(spans):
        assert (
            before.own < after.start or after.start == after.own
        )  # only the span before is repeated, and not all of it
        assert before.end <= after.own
        assert count(found.text[after.start : after.own].strip(), kind) <= chosen.overlap_tokens + 2
    return spans


def texts(found: Document, spans: Iterable[Span], own: bool = False) -> list[str]:
    return [found.text[span.own if own else span.start : span.end] for span in spans]
