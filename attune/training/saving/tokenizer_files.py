"""The files of a saved tokenizer, in words that old and new readers know, and without traces of its use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attune.models.window import window_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# of tokenizer_config.json: where and how the tokenizer was loaded, and how texts were cut and padded the last time.
# Some readers take `max_length` for the window.
TRACES = ("is_local", "local_files_only", "max_length", "pad_to_multiple_of", "stride", "truncation_strategy")


def rewrite_tokenizer(model: SentenceTransformer, folder: Path) -> None:
    """Rewrite the files of a model's tokenizer, so that it makes the same tokens wherever it is read.

    - tokenizer.json keeps how the last batch was cut and padded; readers of it alone obey that. It cuts at the window.
    - tokenizer_config.json has a class and a list of tokens that transformers before version 5 does not know; that
      version also gives a model other inputs unless it is told which.
    - special_tokens_map.json is not written any more, and fastembed wants it.
    """
    tokenizer_file, config_file = folder / "tokenizer.json", folder / "tokenizer_config.json"
    if tokenizer_file.exists():
        tokenizer = json.loads(tokenizer_file.read_text(encoding="utf-8"))
        tokenizer |= {"truncation": _cut(model), "padding": None}
        write_settings(tokenizer_file, tokenizer)
    if not config_file.exists():
        return
    config = json.loads(config_file.read_text(encoding="utf-8"))
    for trace in TRACES:
        config.pop(trace, None)
    if config.get("tokenizer_class") == "TokenizersBackend":
        config["tokenizer_class"] = "PreTrainedTokenizerFast"
    config["model_input_names"] = list(model.tokenizer.model_input_names)
    special: dict[str, Any] = {
        name: token for name, token in config.items() if name.endswith("_token") and isinstance(token, str | dict)
    }
    if isinstance(more := config.get("extra_special_tokens"), list):
        del config["extra_special_tokens"]
        if more:
            config["additional_special_tokens"] = special["additional_special_tokens"] = more
    write_settings(config_file, config)
    write_settings(folder / "special_tokens_map.json", special)


def _cut(model: SentenceTransformer) -> dict[str, Any] | None:
    window, side = window_of(model), str(getattr(model.tokenizer, "truncation_side", "right"))
    if window is None:
        return None
    return {"direction": side.capitalize(), "max_length": window, "strategy": "LongestFirst", "stride": 0}


def write_settings(path: Path, value: Any) -> None:
    """Write a file of settings of a model, indented as transformers does."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
