"""Which of a model's weights are trained: all of them, all but the word embeddings, or small adapters.

Adapters are low-rank updates of the linear layers (LoRA: Hu et al. 2021, arXiv 2106.09685), added to the weights again
when training is over: what comes out has the base model's own architecture, and can be interpolated with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import PreTrainedModel

from attune.core.errors import UserError
from attune.training.params import FinetuneParams

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ALPHA = 2  # of LoRA, as a multiple of the rank: how large the updates are


def adapt(model: SentenceTransformer, params: FinetuneParams) -> Callable[[], None]:
    """Choose which weights are trained; return what gives the model its own architecture again when training is over.

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


def freeze_embeddings(model: SentenceTransformer) -> None:
    """Keep the table of word embeddings as it is. It is most of a multilingual model, and words keep their meaning.

    Raises:
        UserError: the model has no such table.
    """
    table = _transformer(model, "finetune.freeze_embeddings").get_input_embeddings()
    table.requires_grad_(False)


def add_adapters(model: SentenceTransformer, rank: int) -> Callable[[], None]:
    """Train adapters of this rank on all linear layers instead of the weights; return what merges them into those.

    Raises:
        UserError: the model has no linear layers of its own.
    """
    transformer = _transformer(model, "finetune.lora_rank")
    config = LoraConfig(r=rank, lora_alpha=ALPHA * rank, target_modules="all-linear", lora_dropout=0.0)
    wrapper = get_peft_model(transformer, config)  # changes the layers of `transformer` in place

    def merge() -> None:
        wrapper.merge_and_unload()  # adds the adapters to the weights, and puts the plain layers back
        model.requires_grad_(True)

    return merge


def _transformer(model: SentenceTransformer, knob: str) -> PreTrainedModel:
    for part in model.modules():
        if isinstance(part, PreTrainedModel):
            return part
    raise UserError(f"{knob} is set, but the base model is no transformer: its parts are {_parts(model)}; set it off")


def _parts(model: nn.Module) -> str:
    return ", ".join(type(part).__name__ for part in model.children())
