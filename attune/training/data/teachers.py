"""What a teacher thinks of the questions and chunks of a batch, for the model to learn from beside the labels.

- The base model itself: what it finds similar should stay so, except where the questions say otherwise. That is
  learning without forgetting (Li and Hoiem 2016, arXiv 1606.09282, section 3) for a model of embeddings.
- A cross-encoder, which reads a question and a chunk together and judges better than vectors can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from attune.core.errors import UserError, one_line
from attune.models.locate import LOAD_ERRORS, locate
from attune.search.ask import EncodedSet
from attune.training.data.training_set import TrainingSet

BASE = "base"
PAIRS = 32  # read by a cross-encoder at a time
# questions and ids of chunks -> scores before the softmax, of shape (questions, chunks)
Teacher = Callable[[Sequence[str], Sequence[str]], Tensor]


def base_teacher(encoded: EncodedSet, temperature: float) -> Teacher:
    """Return the similarities that the base model finds before it is trained.

    Args:
        encoded: the training questions and their chunks for the base model.
        temperature: of the softmax.
    """
    row = {question: place for place, question in enumerate(encoded.questions)}
    column = {chunk: place for place, chunk in enumerate(encoded.chunks)}

    def scores(questions: Sequence[str], chunks: Sequence[str]) -> Tensor:
        asked = encoded.question_vectors[[row[question] for question in questions]]
        return encoded.similarity(asked, encoded.chunk_vectors[[column[chunk] for chunk in chunks]]) / temperature

    return scores


def cross_encoder_teacher(name: str, revision: str | None, data: TrainingSet) -> Teacher:
    """Return the scores of a cross-encoder, as its last layer gives them.

    Args:
        name: a folder, or a model of the hub.
        revision: commit hash of a hub model.
        data: what it is asked about.

    Raises:
        UserError: the model is not there, cannot be loaded, or gives more than one number for a pair.
    """
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(str(locate(name, revision)), model_kwargs={"use_safetensors": True})
    except LOAD_ERRORS as error:
        raise UserError(
            f"cannot load the cross-encoder '{name}': {one_line(error, 300)}; check finetune.teacher"
        ) from None
    if model.num_labels != 1:
        raise UserError(f"'{name}' gives {model.num_labels} numbers for a pair, expected one; check finetune.teacher")

    def scores(questions: Sequence[str], chunks: Sequence[str]) -> Tensor:
        pairs = [(question, data.passages[chunk]) for question in questions for chunk in chunks]
        found = model.predict(
            pairs, batch_size=PAIRS, activation_fn=nn.Identity(), convert_to_tensor=True, show_progress_bar=False
        )
        return torch.as_tensor(found).float().cpu().reshape(len(questions), len(chunks))

    return scores
