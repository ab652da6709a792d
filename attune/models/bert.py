"""The tokenizer and the positions of a BERT model by its files alone, which saves the seconds that transformers takes.

Of all base models most are BERT, with files that say what transformers would build from them. Where they say anything
else, nothing is returned here, and transformers reads them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

CONFIG, TOKENIZER, OPTIONS = "config.json", "tokenizer.json", "tokenizer_config.json"
NAMED, ADDED = "special_tokens_map.json", "added_tokens.json"
SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
NAMES = ("BertTokenizer", "BertTokenizerFast")
SWITCHES = {"do_lower_case": True, "tokenize_chinese_chars": True, "strip_accents": None}  # with their defaults
# settings that change no token of a text: where it is cut, and leftovers of older versions
_IDLE = """
added_tokens_decoder clean_up_tokenization_spaces do_basic_tokenize max_length model_input_names model_max_length
name_or_path never_split pad_to_multiple_of pad_token_type_id padding_side special_tokens_map_file stride
tokenizer_class truncation_side truncation_strategy
"""
IDLE = set(_IDLE.split())


@dataclass(frozen=True)
class BertTokenizer:
    """What is asked of a tokenizer where texts are counted; the names are those of transformers."""

    backend_tokenizer: Tokenizer
    unk_token_id: int
    model_max_length: int


@dataclass(frozen=True)
class BertConfig:
    """What is asked of the configuration of a model where its window is to be known; the names are transformers'."""

    max_position_embeddings: int
    model_type: str = "bert"


def read_config(folder: Path) -> BertConfig | None:
    """Return the configuration of a BERT model; None where transformers has to read it."""
    config = _read(folder / CONFIG)
    positions = config.get("max_position_embeddings")
    plain = config.get("model_type") == "bert" and not {"auto_map", "tokenizer_class"} & config.keys()
    return BertConfig(positions) if plain and type(positions) is int else None


def read_tokenizer(folder: Path) -> BertTokenizer | None:
    """Return the tokenizer of a BERT model; None where transformers has to read it."""
    options, file, special = (_read(folder / name) for name in (OPTIONS, TOKENIZER, NAMED))
    limit = options.get("model_max_length")
    if read_config(folder) is None or options.get("tokenizer_class") not in NAMES or type(limit) is not int:
        return None
    named = [
        {name: _content(table.get(name, token)) for name, token in SPECIAL.items()} for table in (options, special)
    ]
    odd = [*options.keys() - {*SPECIAL, *SWITCHES, *IDLE}, *special.keys() - SPECIAL.keys()]
    try:
        if odd or named != [SPECIAL, SPECIAL] or (folder / ADDED).exists() or not _is_built_so(file, options):
            return None
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return BertTokenizer(Tokenizer.from_file(str(folder / TOKENIZER)), file["model"]["vocab"]["[UNK]"], limit)


def _is_built_so(file: dict[str, Any], options: dict[str, Any]) -> bool:
    """Tell whether a file has the parts that transformers' BertTokenizer is made of, with the same settings."""
    switches = {name: options.get(name, usual) for name, usual in SWITCHES.items()}
    model = file.get("model", {})
    vocabulary = model.get("vocab", {})
    added = [(token["id"], token["content"], token["normalized"], token["special"]) for token in file["added_tokens"]]
    decoder = options.get("added_tokens_decoder", {})
    return (
        set(SPECIAL.values()) <= vocabulary.keys()
        and sorted(added) == sorted((vocabulary[token], token, False, True) for token in SPECIAL.values())
        and {int(id): token["content"] for id, token in decoder.items()}.items() <= {a[:2] for a in added}
        and {key: value for key, value in model.items() if key != "vocab"}
        == {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
        }
        and file["normalizer"]
        == {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": switches["tokenize_chinese_chars"],
            "strip_accents": switches["strip_accents"],
            "lowercase": switches["do_lower_case"],
        }
        and file["pre_tokenizer"] == {"type": "BertPreTokenizer"}
        and file["post_processor"] == _around(vocabulary)
    )


def _around(vocabulary: dict[str, int]) -> dict[str, Any]:
    """Return what BERT puts around a text and between two: [CLS] A [SEP] B [SEP]."""
    cls, sep = ({"SpecialToken": {"id": token, "type_id": 0}} for token in ("[CLS]", "[SEP]"))
    a, b = ({"Sequence": {"id": name, "type_id": number}} for number, name in enumerate("AB"))
    end = {"SpecialToken": {"id": "[SEP]", "type_id": 1}}
    ids = {token: {"id": token, "ids": [vocabulary[token]], "tokens": [token]} for token in ("[CLS]", "[SEP]")}
    return {"type": "TemplateProcessing", "single": [cls, a, sep], "pair": [cls, a, sep, b, end], "special_tokens": ids}


def _content(token: Any) -> Any:
    return token.get("content") if isinstance(token, dict) else token


def _read(file: Path) -> dict[str, Any]:
    """Return the table in a file; {} where there is none, and transformers has to tell why."""
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}
