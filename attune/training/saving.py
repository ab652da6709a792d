"""A model on disk: its weights, and the README.md beside them; the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attune.core.files import atomic_folder
from attune.core.params import BaseModelParams

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def model_card(model: SentenceTransformer, base: BaseModelParams, examples: int, weight: float) -> str:
    """Return a model card in Markdown: the same for the same model, without dates or text of the documents.

    Args:
        model: the model.
        base: what it was trained from.
        examples: how many questions it was trained on.
        weight: how far from the base model (0) to the trained one (1) its weights are.
    """
    origin = base.name + (f" (revision {base.revision})" if base.revision else "")
    title, weights = f"{base.name}, fine-tuned on own documents", f"{weight:.0%} of the way from the base model"
    questions = f"{examples}, written by a language model about the documents, or found in them"
    if weight == 0:
        title = f"{base.name}, as it was"
        weights = "the base model's own: nothing that was trained on these documents was better for certain"
        questions = f"none: {examples} were tried"
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
| tokens read of a text | {model.max_seq_length} |
| similarity | {model.similarity_fn_name} |
| training questions | {questions} |

```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("models/finetuned")
questions = model.encode_query(["..."])
passages = model.encode_document(["..."])  # title and text of a chunk, joined by a space
model.similarity(questions, passages)
```

The model has been measured on questions that a language model wrote about documents it was not trained on. How it
serves people who search can differ: measure it with their questions before you rely on it.
"""


def save(model: SentenceTransformer, folder: Path, base: BaseModelParams, examples: int, weight: float) -> None:
    """Write the model as safetensors, with a card that holds no text of the documents and no date."""
    model.eval()
    for part in model.modules():  # what the tokenizer tells of how it was loaded differs with HF_HUB_OFFLINE
        getattr(getattr(part, "tokenizer", None), "init_kwargs", {}).pop("local_files_only", None)
    with atomic_folder(folder) as temporary:
        # the trainer's own card holds training times and samples of the data: not reproducible, not to be shared
        model.save_pretrained(str(temporary), create_model_card=False)
        (temporary / "README.md").write_text(model_card(model, base, examples, weight), encoding="utf-8")
