"""How many passages a model reads in part only, because they are longer than its window."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attune.models.prompts import used_prompts

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

UNLIMITED = 10**6  # tokenizers without a limit of their own report a huge number, models without one infinity
BATCH = 1024


def truncated_share(model: SentenceTransformer, texts: Sequence[str]) -> float:
    """Return the share (0 to 1) of passages whose end the model does not read.

    Counted are the tokens of the passage with the model's passage prompt in front, special tokens included, against
    `model.max_seq_length`. A model without a window cuts nothing.
    """
    window = model.max_seq_length
    if window is None or window > UNLIMITED or not texts:
        return 0.0
    prompt = used_prompts(model).passage
    # A tokenizer keeps how it was last asked to cut and pad, and is saved with the model that way: ask a copy.
    tokenizer = copy.deepcopy(model.tokenizer)
    longer = 0
    for start in range(0, len(texts), BATCH):
        batch = [prompt + text for text in texts[start : start + BATCH]]
        # verbose: no warning about texts longer than the window, which is what is to be found out
        tokens = tokenizer(batch, truncation=False, padding=False, return_attention_mask=False, verbose=False)
        longer += sum(len(ids) > window for ids in tokens["input_ids"])
    return longer / len(texts)
