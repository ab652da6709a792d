"""Fine-tune the base model on the training questions, without making it worse.

Reads data/beir/{corpus,queries}.jsonl, data/beir/qrels/{train,dev}.tsv and data/general; writes models/finetuned,
results/finetune/{loss.csv,dev.csv,metrics.json}. The loss is InfoNCE over the questions and the chunks of a batch. Of
the epochs the best on the dev questions is kept, and of the ways between the base model and that one, the best that
loses nothing on general questions. Where none beats the base model by more than noise, the base model is the result.
Also runs under `torchrun` and `accelerate launch`; `runtime.processes` starts several processes by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from stages.lib.batches import TrainingSet
from stages.lib.beir import Chunk, Question, read_corpus, read_qrels, read_queries
from stages.lib.checkpoints import checkpoint_folder, checkpoint_key
from stages.lib.comparison import compare, verdict_word
from stages.lib.dev import HIT_RATE, NDCG, Course, DevSet
from stages.lib.duplicates import near_duplicate_groups
from stages.lib.encoded import Encoded
from stages.lib.errors import UserError, run
from stages.lib.fair import overlapping
from stages.lib.files import atomic_folder, write_csv, write_json
from stages.lib.general import ask
from stages.lib.general_set import load_set
from stages.lib.headings import KINDS as HEADINGS
from stages.lib.headings import passage_without
from stages.lib.interpolation import Choice, choose, snapshot
from stages.lib.metrics import Values, means
from stages.lib.mining import hard_negatives, round_trip
from stages.lib.model_card import model_card
from stages.lib.model_prompts import set_prompts
from stages.lib.models import load_embedder
from stages.lib.params import BaseModelParams, RuntimeParams, Section, load_params
from stages.lib.processes import in_group, processes, run_in_processes
from stages.lib.stretch import stretch
from stages.lib.teachers import BASE, Teacher, base_teacher, cross_encoder_teacher
from stages.lib.torch_setup import set_up_torch
from stages.lib.trainable import add_adapters, freeze_embeddings
from stages.lib.trainer import TrainSettings, train

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TRAIN = Path("data/beir/qrels/train.tsv")
DEV = Path("data/beir/qrels/dev.tsv")
GENERAL = Path("data/general")
MODEL = Path("models/finetuned")
LOSS = Path("results/finetune/loss.csv")
DEV_CURVE = Path("results/finetune/dev.csv")
METRICS = Path("results/finetune/metrics.json")
CHECKPOINTS = ".attune/checkpoints"  # no output: they are gone when the stage is done

NOISE = 0.2  # a gain on the dev questions counts when equal models show as much in less than a tenth of cases


class FinetuneParams(Section):
    """The section `finetune` of params.yaml."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)  # a batch of one has no negatives
    questions_per_chunk: int | None = Field(ge=1)
    learning_rate: float = Field(gt=0, lt=1)
    warmup_fraction: float = Field(ge=0, le=1)
    weight_decay: float = Field(ge=0)
    temperature: float = Field(gt=0)
    symmetric: bool
    dropout: bool
    max_tokens: int | None = Field(ge=16)
    near_duplicate_similarity: float = Field(gt=0, le=1)
    gradient_accumulation: int = Field(ge=1)
    mini_batch: int | None = Field(ge=1)
    bf16: bool
    round_trip: int | None = Field(ge=1)
    hard_negatives: int = Field(ge=0)
    negative_margin: float = Field(gt=0, le=1)
    teacher: str | None = Field(min_length=1)
    teacher_revision: str | None
    teacher_weight: float = Field(gt=0, le=1)
    dimensions: list[Annotated[int, Field(ge=1)]]
    lora_rank: int | None = Field(ge=1)
    freeze_embeddings: bool
    patience: int | None = Field(ge=1)
    interpolate: list[float] = Field(min_length=1)
    keep_general: bool
    dev_chunks: int = Field(ge=10)
    seed: int = Field(ge=0)

    @property
    def settings(self) -> TrainSettings:
        """What the trainer takes."""
        values = {name: getattr(self, name) for name in TrainSettings.__dataclass_fields__}
        return TrainSettings(**values | {"dimensions": tuple(self.dimensions)})


def training_set(
    chunks: Sequence[Chunk], questions: Sequence[Question], relevant: Mapping[str, list[str]], similarity: float
) -> TrainingSet:
    """Join the training questions with their chunks, each without the headings that are asked of it.

    Raises:
        UserError: a question or a chunk does not exist.
    """
    asked = {question.id: question for question in questions}
    headings: defaultdict[str, set[str]] = defaultdict(set)
    for question, ids in relevant.items():
        if question in asked and asked[question].metadata.get("kind") in HEADINGS:
            for chunk in ids:
                headings[chunk].add(asked[question].text)
    trained = [replace(chunk, title="", text=passage_without(chunk, headings[chunk.id])) for chunk in chunks]
    neighbours = overlapping(chunks, np.arange(len(chunks)))
    return TrainingSet.build(
        trained,
        {question.id: question.text for question in questions},
        relevant,
        near_duplicate_groups([chunk.text for chunk in chunks], similarity),
        ((chunks[a].id, chunks[b].id) for a, others in neighbours.items() for b in others.tolist() if a < b),
        {},
    )


def prepare(
    model: SentenceTransformer, data: TrainingSet, params: FinetuneParams, batch_size: int
) -> tuple[TrainingSet, Teacher | None]:
    """Filter the questions, look for hard negatives and ask for a teacher, as far as the knobs say.

    Raises:
        UserError: no question passes the filter, or there is no such teacher.
    """
    if params.teacher not in (None, BASE):
        teacher = cross_encoder_teacher(params.teacher, params.teacher_revision, data)
    if params.round_trip or params.hard_negatives or params.teacher == BASE:
        encoded = Encoded.of(model, data, batch_size)
    if params.round_trip:
        data = round_trip(data, encoded, params.round_trip)
    if params.hard_negatives:
        data = hard_negatives(data, encoded, params.hard_negatives, params.negative_margin)
    if params.teacher is None:
        return data, None
    return data, base_teacher(encoded, params.temperature) if params.teacher == BASE else teacher


def adapt(model: SentenceTransformer, params: FinetuneParams) -> Callable[[], None]:
    """Choose which weights are trained; return what puts the model into its own form again.

    Raises:
        UserError: the model is not of a kind that the knobs are for.
    """
    if max(params.dimensions, default=0) > (model.get_embedding_dimension() or 0):
        raise UserError(
            f"finetune.dimensions has {max(params.dimensions)}, but the base model's vectors have "
            f"{model.get_embedding_dimension()} numbers"
        )
    if params.freeze_embeddings:
        freeze_embeddings(model)
    if params.lora_rank is not None:
        return add_adapters(model, params.lora_rank)
    return lambda: None


def beats_noise(values: Values, base: Values) -> bool:
    """Tell whether a model beats the base model on the dev questions by more than noise."""
    found = compare(values, base, np.arange(len(values)))
    return found.difference > 0 and found.p < NOISE


def keeps_general(base: SentenceTransformer, batch_size: int) -> Callable[[SentenceTransformer], bool]:
    """Return a test whether a model is as good as the base model on general questions, as far as can be seen."""
    general = load_set(str(GENERAL))
    before = ask(base, general, batch_size, [1], "general questions, before")[0][NDCG]

    def keeps(model: SentenceTransformer) -> bool:
        after = ask(model, general, batch_size, [1], "general questions, after")[0][NDCG]
        return verdict_word(compare(after, before, general.clusters)) != "worse"

    return keeps


def save(model: SentenceTransformer, folder: Path, base: BaseModelParams, examples: int) -> None:
    """Write the model as safetensors, with a card that holds no text of the documents and no date."""
    model.eval()
    with atomic_folder(folder) as temporary:
        # the trainer's own card holds training times and samples of the data: not reproducible, not to be shared
        model.save_pretrained(str(temporary), create_model_card=False)
        (temporary / "README.md").write_text(model_card(model, base, examples), encoding="utf-8")


@dataclass(frozen=True)
class Fitted:
    """What came of a training."""

    questions: int  # that passed the filter
    pairs: int  # of those with a chunk
    loss: list[tuple[int, float]]
    before: dict[str, float]  # the base model on the dev questions; empty without any
    course: Course
    best: int  # epoch
    choice: Choice | None  # of a way between the models; None without dev questions

    @property
    def curve(self) -> list[tuple[int, dict[str, float]]]:
        """The dev measures before training and after each epoch."""
        return [(0, self.before), *self.course.epochs] if self.before else []

    @property
    def metrics(self) -> dict[str, Any]:
        """How training went on the dev questions, as it stands in metrics.json."""
        if self.choice is None:
            return {"epoch": self.best, "weight": 1.0}
        by_weight = {f"{weight:g}": float(values.mean()) for weight, values in self.choice.values.items()}
        dev = {"before": self.before, "after": dict(self.course.epochs)[self.best], "ndcg@10_by_weight": by_weight}
        return {"epoch": self.best, "weight": self.choice.weight, "dev": dev}


def fit(
    model: SentenceTransformer,
    data: TrainingSet,
    dev: DevSet,
    params: FinetuneParams,
    runtime: RuntimeParams,
    window: int | None,
) -> Fitted | None:
    """Train a model, and leave it with the weights that were chosen.

    Args:
        model: the base model.
        data: what to train on.
        dev: what to choose by.
        params: how to train.
        runtime: the knobs that change no result.
        window: tokens that the model shall be able to read; None for as many as it does.

    Returns:
        What came of it; None in all processes but the first, which alone has the chosen weights.
    """
    batch_size, watched = runtime.encode_batch_size, bool(dev.questions) and processes().is_main_process
    data, teacher = prepare(model, data, params, batch_size)
    before = dev.measure(model, batch_size) if watched else {}
    harmless = keeps_general(model, batch_size) if watched and params.keep_general else None
    if window is not None and window > (model.max_seq_length or window):
        print(f"the window grows from {model.max_seq_length} to {window} tokens")
        stretch(model, window)
    start = snapshot(model)
    merge = adapt(model, params)
    key = checkpoint_key(model, data, params.settings, params.model_dump(), dev.questions, dev.relevant)
    with checkpoint_folder(Path(CHECKPOINTS), key) as folder:
        course = Course(model, dev, batch_size, folder, params.patience)
        loss = train(model, data, params.settings, [course], folder, runtime.checkpoint_steps, teacher)
        if not processes().is_main_process:
            return None
        best, choice = course.take_best(), None
        merge()
        if watched:
            choice = choose(
                model,
                start,
                params.interpolate,
                measure=lambda model: dev.measure(model, batch_size)[NDCG],
                beats=beats_noise,
                harmless=harmless,
                known={0.0: before[NDCG]},
            )
    pairs = sum(map(len, data.relevant.values()))
    return Fitted(len(data.relevant), pairs, loss, means(before), course, best, choice)


def main() -> None:
    """Load, train, write."""
    params = load_params("finetune", FinetuneParams)
    base, runtime = load_params("base_model", BaseModelParams), load_params("runtime", RuntimeParams)
    if runtime.processes > 1 and not in_group():
        run_in_processes("stages.finetune", runtime.processes, runtime.threads)
        return
    chunks, questions = read_corpus(CORPUS), read_queries(QUERIES)
    data = training_set(chunks, questions, read_qrels(TRAIN), params.near_duplicate_similarity)
    texts = {question.id: question.text for question in questions}
    dev = DevSet.choose(chunks, texts, read_qrels(DEV), params.dev_chunks)
    set_up_torch(0 if in_group() else runtime.threads, params.seed)
    model = load_embedder(base)
    print(f"{base.name}: {set_prompts(model, base.name)}")
    fitted = fit(model, data, dev, params, runtime, base.max_tokens)
    if fitted is None:
        return
    if fitted.metrics["weight"] == 0:  # the very base model, with its own window
        model = load_embedder(base)
        set_prompts(model, base.name)
    save(model, MODEL, base, fitted.questions)
    write_csv(LOSS, ("step", "loss"), fitted.loss)
    write_csv(DEV_CURVE, ("epoch", HIT_RATE, NDCG), ((n, found[HIT_RATE], found[NDCG]) for n, found in fitted.curve))
    counts = {
        "train_pairs": fitted.pairs,
        "round_trip_dropped": len(data.relevant) - fitted.questions,
        "dev_questions": len(dev.questions),
    }
    write_json(METRICS, counts | fitted.metrics)
    print(f"wrote {MODEL}: trained on {fitted.questions} questions, {fitted.course.last} epochs")
    if fitted.metrics["weight"]:
        print(f"kept: epoch {fitted.best}, and {fitted.metrics['weight']:.0%} of the way there from the base model")
    else:
        print("it is the base model: nothing that was trained beats it on the dev questions by more than noise")


if __name__ == "__main__":
    run(main)
