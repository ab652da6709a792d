"""README.md beside a model: a card that is the same for the same model, without dates or text of the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attune.core.params import BaseModelParams
from attune.models.window import window_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_USE = """\
```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("models/finetuned")
questions = model.encode_query(["..."])
passages = model.encode_document(["..."])  # title and text of a chunk, joined by a space
model.similarity(questions, passages)
```
"""
_WHOLE = """
Keep the fingerprint (it is in attune.json, too) beside the vectors of an index: vectors of a model with another one,
such as the base model, have the same width, and give wrong answers without an error.
"""
_PAIR = """
Two models in one: `encode_query` asks the model in `query`, which was trained, and `encode_document` the one in
`document`, which is the base model. So an index of the base model's vectors stays as it is, if they were made with
the window and the prompts of attune.json: its fingerprint is `index_fingerprint` there. A server of questions takes the
folder `query`, which is an ordinary model; plain `encode` takes every text for a passage.
"""


def model_card(
    model: SentenceTransformer,
    base: BaseModelParams,
    examples: int,
    weight: float,
    fingerprint: str,
    index: str | None = None,
) -> str:
    """Return a model card in Markdown.

    Args:
        model: what is saved; where questions alone were trained, the model of these.
        base: what it was trained from.
        examples: how many questions it was trained on.
        weight: how far from the base model (0) to the trained one (1) its weights are.
        fingerprint: of the model.
        index: the fingerprint of the model of the passages, where questions alone were trained.
    """
    origin = base.name + (f" (revision {base.revision})" if base.revision else "")
    title, weights = f"{base.name}, fine-tuned on own documents", f"{weight:.0%} of the way from the base model"
    questions = f"{examples}, written by a language model about the documents, or found in them"
    if index is not None:
        title = f"{base.name}, its questions fine-tuned on own documents"
    if weight == 0:
        title = f"{base.name}, as it was"
        weights = "the base model's own: nothing that was trained on these documents was better for certain"
        questions = f"none: {examples} were tried"
    prints = f"| fingerprint | {fingerprint} |" + (f"\n| fingerprint of the index | {index} |" if index else "")
    return f"""---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags:
- sentence-transformers
- feature-extraction
---

# {title}

| | |
|---|---|
| base model | {origin} |
| weights | {weights} |
| dimensions | {model.get_embedding_dimension()} |
| tokens read of a text | {window_of(model) or "all"} |
| similarity | {model.similarity_fn_name} |
| training questions | {questions} |
{prints}

{_USE}{_WHOLE if index is None else _PAIR}
The model has been measured on questions that a language model wrote about documents it was not trained on. How it
serves people who search can differ: measure it with their questions before you rely on it.
"""
