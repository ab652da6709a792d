"""What the stages leave for the report: made-up documents, and ranks drawn by a seed with the measures they give."""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attune.core.beir import write_corpus
from attune.core.files import write_csv, write_json
from attune.core.records import Chunk, content_id
from attune.evaluation.deploy import choose
from attune.evaluation.judging import assess
from attune.evaluation.results import DEPLOYABLE
from attune.search.measures import Hits, Values, hit_rate, ndcg, per_question
from stages import report
from tests.conftest import ROOT, set_params

Ranks = list[int | None]  # of the first relevant chunk of each question
THINGS = ("the boiler", "a tram pass", "rye bread", "the night bus", "a kayak", "the map", "an oak", "a clay tile")
DONE = ("inspected", "renewed", "repaired", "lent out", "cleaned", "counted", "moved", "painted")
WHERE = ("at the depot", "in winter", "by the lake", "on Mondays", "in town", "after the fair", "in the cellar")
DEPTH = 100
HOSTILE = (
    "</title></style><script>alert('x')</script>",
    "<img src=x onerror=alert(1)> \"quoted\" 'single' & &amp; {{ 7 * 7 }} {% raw %}",
    "](javascript:alert(1)) ![i](https://evil.example/i.png) [l](http://evil.example) @octocat #12 GH-7",
    "| a | b |\n|---|---|\n| `c` | ```d | **e** _f_ ~~g~~ $h$ \\ <!-- i --> www.evil.example me@evil.example",
    "مرحبا بالعالم \u202e reversed \u2066 isolated",
    "Donaudampfschifffahrtsgesellschaftskapitän" * 12,
    "😀🏳️‍🌈 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 null\0byte bell\a form\ffeed",
    "",
)


@dataclass
class Run:
    """The knobs of a run. `text` is applied to every text that a user or a document brings in."""

    questions: int = 240
    people: int = 60
    general: bool = True
    bm25: bool = True  # and with it the hybrids
    others: Sequence[str] = ("text-embedding-3-small",)
    skipped: Mapping[str, str] = field(default_factory=dict)
    optional: bool = True  # intervals, fair, truncated
    push: float = 0.3  # how far fine-tuning moves the right chunks up
    documents: int = 12
    text: Callable[[str], str] = str
    seed: int = 4

    @property
    def systems(self) -> list[str]:
        """Every system that has a column."""
        lexical = (["bm25"], ["hybrid_base", "hybrid"]) if self.bm25 else ([], [])
        return [*lexical[0], "base", "finetuned", *lexical[1], *self.others]


def hostile(text: str) -> str:
    """Put something hostile behind a text; the same text gets the same."""
    return f"{text} {HOSTILE[int(content_id(text), 16) % len(HOSTILE)]}"


def write_run(folder: Path, run: Run) -> None:
    """Write every file that the stage reads below `folder`."""
    rng = random.Random(run.seed)
    shutil.copy(ROOT / "params.yaml", folder)
    set_params(folder / "params.yaml", base_model={"name": run.text("all-MiniLM-L6-v2")})
    chunks = make_chunks(run)
    write_corpus(folder / report.CORPUS, chunks)
    write_counts(folder, run, chunks)
    asked = [rng.choice(chunks) for _ in range(run.questions)]
    ranks = draw_ranks(rng, run, asked)
    metrics: dict[str, Any] = {"chunks": len(chunks), "test_set": "4fd1a09c33b7e5d2", "skipped": dict(run.skipped)}
    metrics |= question_set(ranks, asked, run)
    metrics["systems"] |= {system: dict.fromkeys(metrics["systems"]["base"]) for system in run.skipped}  # keys stay
    if run.optional:
        fair = {
            system: {m: min(1.0, v + 0.02) for m, v in metrics["systems"][system].items()} for system in measured(run)
        }
        cut = {system: 0.004 * place for place, system in enumerate(measured(run)) if system != "bm25"}
        metrics |= {"fair": fair, "truncated": cut}
    write_asked(folder / report.PER_QUESTION, rng, run, chunks, asked, ranks)
    write_curve(folder / report.HIT_RATE, run, ranks, hit_rate)
    write_curve(folder / report.NDCG, run, ranks, ndcg)
    columns = {"base": ranks["base"], "finetuned": ranks["finetuned"]} if run.bm25 else {}
    if run.people:
        asked = [rng.choice(chunks) for _ in range(run.people)]
        ranks = draw_ranks(rng, run, asked)
        metrics["human"] = question_set(ranks, asked, run) | {"unmapped": 2}
        write_asked(folder / report.HUMAN, rng, run, chunks, asked, ranks)
        columns |= {f"human_{model}": ranks[model] for model in ("base", "finetuned")}
    write_weights(folder / report.WEIGHTS, columns)
    if run.general:
        both = {"base": [1] * 218 + [4] * 22, "finetuned": [1] * 210 + [2] * 15 + [7] * 15}
        other = [Chunk(str(place), "", "", {"document": str(place)}) for place in range(240)]
        metrics["general"] = question_set(both, other, run) | {"chunks": 240, "neighbours_kept": 0.931}
    write_json(folder / report.METRICS, metrics)


def measured(run: Run) -> list[str]:
    """The systems that were not skipped."""
    return [system for system in run.systems if system not in run.skipped]


def make_chunks(run: Run, each: int = 9) -> list[Chunk]:
    """Chunks that overlap with their neighbours; those of every second document have pages."""
    chunks = []
    for d in range(run.documents):
        name = run.text(f"handbook-{d:02d}/{THINGS[d % 8].replace(' ', '-')}{'.pdf' if d % 2 else '.md'}")
        for c in range(each):
            said = (f"{THINGS[(d + c + s) % 8]} is {DONE[(3 * c + s) % 8]} {WHERE[(d + s) % 7]}" for s in range(7))
            text = run.text(f"Part {d}.{c}: {'; '.join(said)}.")
            pages = [c + 1, c + 1 + c % 2] if d % 2 else None
            place = {"document": name, "start": c * 400, "end": c * 400 + 430, "pages": pages}
            chunks.append(Chunk(content_id(text, f"{d} {c}"), name, text, place))
    return chunks


def draw_ranks(rng: random.Random, run: Run, asked: Sequence[Chunk]) -> dict[str, Ranks]:
    """Ranks under every system; the fine-tuned model's follow the base model's."""

    def within(rank: float) -> int | None:
        return max(1, round(rank)) if rank <= DEPTH else None

    def drawn(spread: float) -> Ranks:
        return [within(math.exp(abs(rng.gauss(0, spread)))) for _ in asked]

    base = drawn(1.45)
    tuned = [within(math.exp(math.log(rank or 130) - run.push + rng.gauss(0, 0.45))) for rank in base]
    lexical = drawn(2.0)
    ranks = {"bm25": lexical, "base": base, "finetuned": tuned} | {name: drawn(1.3) for name in run.others}
    for hybrid, model in (("hybrid_base", base), ("hybrid", tuned)):  # between the two, nearer to the better one
        pairs = zip(lexical, model, strict=True)
        ranks[hybrid] = [within(0.7 * min(a or 130, b or 130) + 0.3 * max(a or 130, b or 130)) for a, b in pairs]
    return {system: ranks[system] for system in measured(run)}


def hits_of(ranks: Sequence[int | None]) -> Hits:
    """One relevant chunk at the given rank of each question."""
    marks = np.array([[rank == place for place in range(1, DEPTH + 1)] for rank in ranks], dtype=np.bool_)
    return Hits(marks, np.ones(len(ranks), dtype=np.int64))


def question_set(ranks: Mapping[str, Sequence[int | None]], asked: Sequence[Chunk], run: Run) -> dict[str, Any]:
    """The tables of a set of questions, as the stage evaluate makes them."""
    values = {system: per_question(hits_of(found), [1, 5, 10]) for system, found in ranks.items()}
    labels = [chunk.document for chunk in asked]
    results = assess(values, labels, "document")
    if set(DEPLOYABLE) <= set(values):
        results = results.model_copy(update={"deploy": choose(values, labels)})
    return results.model_dump(exclude_unset=True, exclude=None if run.optional else {"intervals"})


def write_asked(
    path: Path, rng: random.Random, run: Run, chunks: Sequence[Chunk], asked: Sequence[Chunk], ranks: dict[str, Ranks]
) -> None:
    """Write per_question.csv or human.csv; what stands first in place of the right chunk is often its neighbour."""
    rows = []
    for i, chunk in enumerate(asked):
        question = run.text(f"Which thing is {DONE[i % 8]} {WHERE[i % 7]}, number {i}?")
        wrong = [chunks[chunks.index(chunk) - 1], rng.choice(chunks)][i % 2]
        found = [ranks[system][i] for system in ranks]
        first = [chunk.id if rank == 1 else wrong.id for rank in found]
        rows.append((f"q{i:04d}", question, chunk.metadata["document"], chunk.id, *(r or "" for r in found), *first))
    columns = [f"{kind}_{system}" for kind in ("rank", "first") for system in ranks]
    write_csv(path, ("question_id", "question", "document", "chunk_id", *columns), rows)


def write_curve(path: Path, run: Run, ranks: Mapping[str, Ranks], measure: Callable[[Hits, int], Values]) -> None:
    """Write hit_rate_by_k.csv or ndcg_by_k.csv."""
    hits = {system: hits_of(found) for system, found in ranks.items()}
    write_csv(
        path, ("k", *hits), ((k, *(float(measure(found, k).mean()) for found in hits.values())) for k in range(1, 21))
    )


def write_weights(path: Path, columns: Mapping[str, Ranks]) -> None:
    """Write hybrid_weight.csv: the model's own measure at 1, and a little more or less before."""
    ends = {name: float(ndcg(hits_of(found), 10).mean()) for name, found in columns.items()}
    rows = (
        (tenth / 10, *(end + 0.05 * math.sin(3 * (1 - tenth / 10)) for end in ends.values())) for tenth in range(11)
    )
    write_csv(path, ("weight", *columns), rows)


def write_counts(folder: Path, run: Run, chunks: Sequence[Chunk]) -> None:
    """Write the metrics of the stages before evaluate, and the course of the training."""
    counts = {"documents": run.documents, "unreadable_documents": 1, "pages": 66, "pages_without_text": 2}
    counts |= {
        "chunks": len(chunks),
        "duplicate_chunks_merged": 3,
        "characters": 90_000,
        "characters_in_chunks": 84_000,
    }
    write_json(folder / report.CHUNK, counts | {"characters_left_out": {"boilerplate": 5000, "hidden": 400}})
    told = [
        (run.text("lost.html"), 1000, 600, run.text("40% of its letters are in no chunk (boilerplate 40%)"), ""),
        (run.text("handbook-00.md"), 900, 900, "", ""),
        (run.text("locked.pdf"), 0, 0, "", run.text("encrypted with a password; save it without one")),
    ]
    write_csv(folder / report.DOCUMENTS, ("document", "characters", "in_chunks", "warnings", "failure"), told)
    dropped = {"not_a_question": 180, "too_short": 26, "too_long": 0, "refers_to_the_text": 4, "no_rare_word": 121}
    written = {"questions_written": run.questions + 1000, "questions_kept": run.questions + 669, "dropped": dropped}
    kinds = {"full": run.questions + 600, "keywords": 69, "heading": 44}
    skipped = {"too_few_words": 3, "table_of_contents": 1}
    write_json(folder / report.QUESTIONS, written | {"chunks_skipped": skipped, "kinds": kinds})
    parts = {"train": 597, "dev": 72, "test": run.questions, "gap": 44}
    documents = {"train": run.documents - 4, "dev": 1, "test": 3, "gap": 0}
    write_json(folder / report.SPLIT, {"documents": documents, "questions": parts})
    write_json(folder / report.FINETUNE, {"train_pairs": 597, "dev_questions": 72, "dev": {}})
    rng = random.Random(run.seed)
    loss = ((step, 0.7 * math.exp(-step / 25) + 0.12 + abs(rng.gauss(0, 0.07))) for step in range(1, 76))
    write_csv(folder / report.LOSS, ("step", "loss"), loss)
    dev = [(0, 0.847, 0.734), (1, 0.903, 0.841), (2, 0.917, 0.85)]
    write_csv(folder / report.DEV, ("epoch", "hit_rate@5", "ndcg@10"), dev)
