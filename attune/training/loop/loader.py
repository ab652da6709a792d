"""Batches as the trainer takes them: in their planned order, each text with its prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.data_collator import SentenceTransformerDataCollator
from torch.utils.data import DataLoader, Sampler

from attune.models.prompts import PASSAGE_KEYS
from attune.training.data.batches import Batch, label_batch
from attune.training.data.teachers import Teacher
from attune.training.data.training_set import TrainingSet
from attune.training.loop.processes import share


class Collator:
    """Turns a batch into what the model reads, with the prompts of `encode_query` and `encode_document`.

    Keys are `question_…`, `passage_…` for each thing the tokenizer returns, of this process's share, and `label`.
    Where the chunks have their vectors already (`fixed`), there is no `passage_…`.
    """

    def __init__(
        self, model: SentenceTransformer, data: TrainingSet, teacher: Teacher | None = None, fixed: bool = False
    ) -> None:
        self._data, self._teacher, self._fixed = data, teacher, fixed
        prompts = {"question": _prompt(model, "query"), "passage": _prompt(model, *PASSAGE_KEYS)}
        self._tokenize = SentenceTransformerDataCollator(
            preprocess_fn=model.preprocess,
            router_mapping={"question": "query", "passage": "document"},
            prompts={kind: prompt for kind, prompt in prompts.items() if prompt is not None},
        )

    def __call__(self, batches: Sequence[Batch]) -> dict[str, Any]:
        """Return the features of the one batch that the loader hands over."""
        (batch,) = batches
        questions = [{"question": text} for text in share(batch.questions)]
        labels = label_batch(self._data, batch)
        if self._teacher is not None:
            labels["teacher"] = self._teacher(batch.questions, batch.chunks)
        read = self._tokenize(questions) | {"label": labels}
        if self._fixed:
            return read
        return read | self._tokenize([{"passage": self._data.passages[chunk]} for chunk in share(batch.chunks)])


def planned_loader(
    plan: Sequence[Sequence[Batch]], collate: Callable[..., dict[str, Any]], pin_memory: bool
) -> DataLoader[Batch]:
    """Return a loader of the batches of each epoch, as many in one as in the other, in their order."""
    return _Loader(
        [batch for epoch in plan for batch in epoch],  # type: ignore[arg-type]  # any sequence is a data set
        batch_sampler=_Order(len(plan[0])),
        collate_fn=collate,
        pin_memory=pin_memory,
    )


class _Order(Sampler[list[int]]):
    """The numbers of an epoch's batches."""

    def __init__(self, batches: int) -> None:
        self._batches, self._epoch = batches, 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        return ([self._epoch * self._batches + number] for number in range(self._batches))

    def __len__(self) -> int:
        return self._batches


class _Loader(DataLoader[Batch]):
    def set_epoch(self, epoch: int) -> None:
        self.batch_sampler.set_epoch(epoch)  # type: ignore[union-attr]


def _prompt(model: SentenceTransformer, *names: str) -> str | None:
    """Return the first prompt that the model has by one of the names, else its default one."""
    found = next((name for name in names if name in model.prompts), model.default_prompt_name)
    return None if found is None else model.prompts.get(found)
