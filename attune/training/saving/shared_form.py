"""The form of a model's folder that old and new readers share.

sentence-transformers writes a short form since version 5.4: other names of modules, no window, one word for the
pooling; and transformers renames what stands in its files. Servers that do not know the new names refuse the folder, or
make other vectors of it without a word. The names of before say the same, and all versions read them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attune.models.window import window_of
from attune.training.saving.tokenizer_files import rewrite_tokenizer, write_settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGE = "sentence_transformers.models"  # where the modules were until version 5.3, and are still found
# keys of 1_Pooling/config.json, in the order in which several poolings are put side by side. They stand before all
# others that are true: some readers take the first such key for the pooling.
POOLING = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
JOINED = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")  # the order of the vectors
NOT_KEPT = ("_name_or_path", "auto_map")  # of config.json: where it lay, and code that does not come along


class CannotTell(Exception):
    """The shared form has no words for something of the model; the message says for what."""


def write_shared_form(model: SentenceTransformer, folder: Path, base: Path | None = None) -> None:
    """Rewrite the files of a folder that `save_pretrained` has just written; the weights stay as they are.

    Args:
        model: what was saved.
        folder: where.
        base: the folder of the base model's transformer; what its config.json says in names of its time is kept.

    Raises:
        CannotTell: the model has what older readers could not know of.
    """
    modules = _read(folder / "modules.json")
    for module, entry in zip(model, modules, strict=True):
        kind = type(module).__name__
        place = folder / entry["path"]
        if kind in SETTINGS:
            file, settings = SETTINGS[kind]
            write_settings(place / file, settings(module, model))
        elif kind not in ("StaticEmbedding", "LayerNorm", "Dropout"):
            raise CannotTell(f"it has the module {kind}")
        entry["type"] = f"{PACKAGE}.{kind}"
    write_settings(folder / "modules.json", modules)
    if (config := folder / modules[0]["path"] / "config.json").exists():
        write_settings(config, _with_old_names(_read(config), _read(base / "config.json") if base else {}))


def without_traces(model: SentenceTransformer, folder: Path) -> None:
    """Take out of the files what hangs on this machine, on how the model was loaded, and on what it was used for."""
    file = folder / "config_sentence_transformers.json"
    settings = _read(file)
    versions = settings["__version__"].items()
    settings["__version__"] = {name: version.partition("+")[0] for name, version in versions}  # "2.13.0+cpu": a build
    write_settings(file, settings)
    first = folder / _read(folder / "modules.json")[0]["path"]
    if (first / "config.json").exists():  # static embeddings cut as their tokenizer says
        rewrite_tokenizer(model, first)


def _transformer(module: Any, model: SentenceTransformer) -> dict[str, Any]:
    from sentence_transformers.base.modules.transformer import TRANSFORMER_TASK_DEFAULTS

    config = module.get_config_dict()
    texts, output = TRANSFORMER_TASK_DEFAULTS["feature-extraction"]
    if "message" in (found := config.pop("modality_config")):
        raise CannotTell("its transformer puts texts into a chat template")
    if (config.pop("transformer_task"), found, config.pop("module_output_name")) != (
        "feature-extraction",
        texts,
        output,
    ):
        raise CannotTell("its transformer is used for something else than token vectors")
    config.pop("unpad_inputs", None)  # how fast, not what
    if config:
        raise CannotTell(f"its transformer has the setting {min(config)}")
    return {"max_seq_length": window_of(model), "do_lower_case": module.do_lower_case}


def _pooling(module: Any, model: SentenceTransformer) -> dict[str, Any]:
    modes = [module.pooling_mode] if isinstance(module.pooling_mode, str) else list(module.pooling_mode)
    if modes != [mode for mode in JOINED if mode in modes]:
        raise CannotTell(f"its poolings stand in another order ({', '.join(modes)})")
    chosen = {key: mode in modes for key, mode in POOLING.items()}
    return {"word_embedding_dimension": module.embedding_dimension} | chosen | {"include_prompt": module.include_prompt}


def _dense(module: Any, model: SentenceTransformer) -> dict[str, Any]:
    config: dict[str, Any] = module.get_config_dict()
    _on_the_vector(config)
    if config.pop("use_residual", False):
        raise CannotTell("its module Dense has the setting use_residual")
    return config


def _normalize(module: Any, model: SentenceTransformer) -> dict[str, Any]:
    _on_the_vector(module.get_config_dict())
    return {}


def _on_the_vector(config: dict[str, Any]) -> None:
    if {config.pop("module_input_name"), config.pop("module_output_name")} != {"sentence_embedding"}:
        raise CannotTell("it has a module that works on vectors of tokens")


# of a class of modules: the file of its settings, and what stands in there
SETTINGS: dict[str, tuple[str, Callable[[Any, SentenceTransformer], dict[str, Any]]]] = {
    "Transformer": ("sentence_bert_config.json", _transformer),
    "Pooling": ("config.json", _pooling),
    "Dense": ("config.json", _dense),
    "Normalize": ("config.json", _normalize),
}


def _with_old_names(config: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return config.json with what the base model's says beside it, and with the old names of rotary positions."""
    kept = {name: value for name, value in base.items() if name not in config}
    rope = config.get("rope_parameters")
    if isinstance(rope, dict) and "rope_theta" in rope:
        kept["rope_theta"] = rope["rope_theta"]
        if rope.get("rope_type", "default") != "default":
            kept["rope_scaling"] = {name: value for name, value in rope.items() if name != "rope_theta"}
    elif isinstance(rope, dict):  # one for each kind of layers
        near, far = (rope.get(f"{kind}_attention") or {} for kind in ("sliding", "full"))
        names = {"rope_theta": far, "global_rope_theta": far, "rope_local_base_freq": near, "local_rope_theta": near}
        kept |= {name: part["rope_theta"] for name, part in names.items() if "rope_theta" in part}
    return {name: value for name, value in sorted({**kept, **config}.items()) if name not in NOT_KEPT}


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
