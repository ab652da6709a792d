"""What became of the documents: chunks, questions written, kept and dropped, and the parts they went to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from attune.report.reading.inputs import ChunkCounts, QuestionCounts, SplitCounts, TypedCounts

_REASONS = {"no_rare_word": "without a telling word"}
_PARTS = {"train": "train", "dev": "dev", "test": "test", "gap": "set aside"}


@dataclass(frozen=True)
class Step:
    """A number on the way from documents to questions, with what was lost there."""

    number: int
    label: str
    notes: list[str]


@dataclass(frozen=True)
class Piece:
    """A part of a whole."""

    label: str
    css: str
    number: int
    share: float


@dataclass(frozen=True)
class Funnel:
    """The steps, what became of the written questions, and where the kept ones went."""

    steps: list[Step]
    written: list[Piece]
    parts: list[Piece]

    @property
    def line(self) -> str:
        """All of it in one line."""
        dropped = ", ".join(f"{piece.number:,} {piece.label}" for piece in self.written if piece.css == "dropped")
        parts = " / ".join(f"{piece.number:,} {piece.label}" for piece in self.parts)
        steps = " → ".join(f"{step.number:,} {step.label}" for step in self.steps)
        return steps + (f" (dropped: {dropped})" if dropped else "") + f" → {parts}"


def funnel(chunk: ChunkCounts, questions: QuestionCounts, split: SplitCounts) -> Funnel:
    """Put the counts of all stages in a row."""
    headings = sum(questions.kinds.values()) - questions.questions_kept  # negative where kinds were not counted
    steps = [
        Step(chunk.documents, "documents", _notes((chunk.unreadable_documents, "unreadable"))),
        Step(chunk.pages, "pages", _notes((chunk.pages_without_text, "without text"))),
        Step(
            chunk.chunks,
            "chunks",
            _notes(
                (chunk.duplicate_chunks_merged, "duplicates merged"),
                (sum(questions.chunks_skipped.values()), "not worth asking about"),
            ),
        ),
        Step(questions.questions_written, "questions written", []),
        Step(questions.questions_kept, "questions kept", _notes((headings, "headings as well"))),
        *_typed(questions.people, split.people),
    ]
    reasons = [(_REASONS.get(name, name.replace("_", " ")), number) for name, number in questions.dropped.items()]
    written = [("kept", "kept", questions.questions_kept), *((name, "dropped", number) for name, number in reasons)]
    parts = [(_PARTS.get(part, part), part, number) for part, number in split.questions.items()]
    return Funnel([step for step in steps if step.number], _pieces(written), _pieces(parts))


def _typed(typed: TypedCounts | None, parts: Mapping[str, int]) -> list[Step]:
    """Return the step of what people typed, where they did, and what became of it."""
    if typed is None:
        return []
    lost = [(number, _REASONS.get(name, name.replace("_", " "))) for name, number in typed.dropped.items()]
    notes = _notes(
        (parts.get("train", 0), "trained on"),
        (parts.get("dev", 0), "to choose by"),
        (parts.get("gap", 0), "about held-out documents"),
        (parts.get("tested", 0), "like a test question"),
        (typed.guessed, "with a guessed chunk"),
        (typed.unlabelled, "without an answer"),
        (typed.with_personal_data, "perhaps personal"),
        *lost,
    )
    return [Step(typed.queries, "queries of people", notes)]


def _notes(*losses: tuple[int, str]) -> list[str]:
    return [f"{number:,} {what}" for number, what in losses if number > 0]


def _pieces(counts: list[tuple[str, str, int]]) -> list[Piece]:
    whole = sum(number for *_, number in counts) or 1
    return [Piece(label, css, number, number / whole) for label, css, number in counts if number]
