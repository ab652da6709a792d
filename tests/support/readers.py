"""What servers read of a model's folder, by their own rules: each refuses, or says what it took.

Every function is a reader of one server, written after its source at the version that is named; it fails where the
server would, and returns the pooling, whether vectors are made one long, and the window, as far as it asks for them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import safe_open
from tokenizers import Tokenizer

MODELS = "sentence_transformers.models"
ST_CONFIGS = [  # of text-embeddings-inference and vLLM
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
]


class Taken(NamedTuple):
    """What a server took from the folder; None where it does not ask."""

    pooling: str
    normalize: bool | None = None
    window: int | None = None


class Refused(Exception):
    """The server does not start on the folder."""


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def text_embeddings_inference(folder: Path) -> Taken:
    """router/src/lib.rs, backends/src/lib.rs at 0d124dc (July 2026)."""
    config = load(folder / "config.json")
    if not isinstance(config["architectures"], list) or not isinstance(config["model_type"], str):
        raise Refused("config.json")
    if config.get("max_position_embeddings") is None and config.get("max_trained_positions") is None:
        raise Refused("no positions")
    pooling = load(folder / "1_Pooling/config.json")
    modes = {name: pooling[f"pooling_mode_{key}"] for name, key in (("cls", "cls_token"), ("mean", "mean_tokens"))}
    modes["last"] = pooling.get("pooling_mode_lasttoken", False)
    if not all(isinstance(value, bool) for value in modes.values()):
        raise Refused("pooling")
    chosen = next((name for name, value in modes.items() if value), None)
    if chosen is None:
        raise Refused("pooling is not supported")
    Tokenizer.from_file(str(folder / "tokenizer.json"))
    window = None
    for name in ST_CONFIGS:
        if (folder / name).exists():
            window = load(folder / name)["max_seq_length"]
            if not isinstance(window, int) or not 0 <= window < 2**64:  # usize
                raise Refused("max_seq_length")
            break
    prompts = load(folder / "config_sentence_transformers.json").get("prompts")
    if prompts is not None and not all(isinstance(text, str) for text in prompts.values()):
        raise Refused("prompts")
    kinds = {f"{MODELS}.{name}" for name in ("Dense", "Normalize", "Pooling", "Transformer")}
    modules = load(folder / "modules.json")
    if not all(isinstance(module["name"], str) and module["type"] in kinds for module in modules):
        raise Refused("modules.json cannot be parsed: a Dense module would be left out")
    return Taken(chosen, None, window)  # it makes all vectors one long, unless it is asked not to


def vllm(folder: Path, types: tuple[str, ...] = (f"{MODELS}.Pooling",)) -> Taken:
    """get_pooling_config of vllm/transformers_utils/config.py: the first true key, as before September 2026."""
    modules = load(folder / "modules.json")
    pooling = next((module for module in modules if module["type"] in types), None)
    if pooling is None:
        raise Refused("no pooling found: CLS is taken without a word")
    settings = load(folder / pooling["path"] / "config.json")
    key = next(key for key, value in settings.items() if value is True)
    name = key.replace("pooling_mode_", "").split("_", 1)[0]
    name = "last" if "lasttoken" in name else name
    if name not in ("cls", "mean", "last"):
        raise Refused(f"pooling {name}")
    sentence: dict[str, Any] = next((load(folder / name) for name in ST_CONFIGS if (folder / name).exists()), {})
    if not {"max_seq_length", "do_lower_case"} <= sentence.keys():
        raise Refused("the window is not taken")
    normalize = any(module["type"] == f"{MODELS}.Normalize" for module in modules)
    return Taken(name, normalize, sentence["max_seq_length"])


def vllm_now(folder: Path) -> Taken:
    """The same at 0036026 (November 2026): the last true key of those that name a pooling it has, or one word."""
    modules, package = load(folder / "modules.json"), "sentence_transformers"
    poolings = (f"{MODELS}.Pooling", f"{package}.sentence_transformer.modules.pooling.Pooling")
    normalizes = (f"{MODELS}.Normalize", f"{package}.base.modules.normalize.Normalize")
    path = next((module["path"] for module in modules if module["type"] in poolings), None)
    if path is None:
        raise Refused("no pooling found: that of the architecture is taken")
    chosen = ""
    for key, value in load(folder / path / "config.json").items():
        told = value if key == "pooling_mode" and isinstance(value, str) else key if value is True else ""
        word = told.replace("pooling_mode_", "").split("_", 1)[0]
        word = "last" if "lasttoken" in word else word
        chosen = word if word in ("cls", "mean", "last") else chosen
    if not chosen:
        raise Refused("it warns, and takes the pooling of the architecture")
    window = vllm(folder).window if (folder / ST_CONFIGS[0]).exists() else None
    return Taken(chosen, any(module["type"] in normalizes for module in modules), window)


def ollama(folder: Path) -> Taken:
    """parseMore of convert/convert_bert.go and parseTokenizer of convert/tokenizer.go at fb30760 (August 2026)."""
    modules = load(folder / "modules.json")
    path = next((module["path"] for module in modules if module["type"] == f"{MODELS}.Pooling"), None)
    if path is None:
        raise Refused("pooling type 0: none")
    pooling = load(folder / path / "config.json")
    chosen = (
        "mean" if pooling.get("pooling_mode_mean_tokens") else "cls" if pooling.get("pooling_mode_cls_token") else ""
    )
    if not chosen:
        raise Refused("pooling type 0: none")
    tokenizer = load(folder / "tokenizer.json")
    if not isinstance(tokenizer["model"]["vocab"], dict):
        raise Refused("vocabulary")
    config = load(folder / "config.json")
    return Taken(
        chosen, any(module["type"] == f"{MODELS}.Normalize" for module in modules), config["max_position_embeddings"]
    )


def ollama_gemma(folder: Path) -> Taken:
    """convert/convert_embeddinggemma.go at fb30760: Gemma 3 with two Dense modules, and old names of positions."""
    config, modules, pooling, dense = load(folder / "config.json"), load(folder / "modules.json"), "mean", []
    if config["architectures"][0] != "Gemma3TextModel":
        raise Refused("unsupported architecture")
    for module in modules:
        settings = load(path) if (path := folder / module["path"] / "config.json").exists() else {}
        if module["type"] == f"{MODELS}.Pooling" and not settings.get("pooling_mode_mean_tokens"):
            pooling = "cls" if settings.get("pooling_mode_cls_token") else pooling
        if module["type"] == f"{MODELS}.Dense" and module["path"] in ("2_Dense", "3_Dense"):
            if not settings["in_features"] or not settings["out_features"] or settings["bias"]:
                raise Refused(f"{module['path']} has no sizes, or a bias")
            with safe_open(folder / module["path"] / "model.safetensors", framework="np") as file:
                if "linear.weight" not in file.keys():  # noqa: SIM118  # it is no mapping
                    raise Refused("no linear.weight")
            dense.append(module["path"])
    if dense != ["2_Dense", "3_Dense"]:
        raise Refused("requires sentence-transformers 2_Dense and 3_Dense modules")
    if config.get("rope_theta") is None or config.get("rope_local_base_freq") is None:
        raise Refused("positions of its own are taken")
    return Taken(pooling, None, config["max_position_embeddings"])


def llama_cpp(folder: Path) -> Taken:
    """_try_set_pooling_type of conversion/base.py in llama.cpp (September 2026)."""
    modules = load(folder / "modules.json")
    path = next((module["path"] for module in modules if module["type"] == f"{MODELS}.Pooling"), None)
    if path is None:
        raise Refused("no pooling is written")
    pooling = load(folder / path / "config.json")
    for name, key in (("mean", "mean_tokens"), ("cls", "cls_token"), ("last", "lasttoken")):
        if pooling[f"pooling_mode_{key}"]:
            return Taken(name)
    raise Refused("only mean, cls and last")


def fastembed(folder: Path) -> Taken:
    """load_tokenizer of fastembed/common/preprocessor_utils.py at c48247f (August 2026); the pooling is the user's."""
    config, tokenizer_config = load(folder / "config.json"), load(folder / "tokenizer_config.json")
    limits = [tokenizer_config[name] for name in ("model_max_length", "max_length") if name in tokenizer_config]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(max_length=min(limits))
    if not tokenizer.padding:
        tokenizer.enable_padding(pad_id=config.get("pad_token_id", 0), pad_token=tokenizer_config["pad_token"])
    for token in load(folder / "special_tokens_map.json").values():
        if isinstance(token, str) and tokenizer.token_to_id(token) is None:
            raise Refused(token)
    lengths = {len(encoding.ids) for encoding in tokenizer.encode_batch(["one", "two three " * 9999])}
    if len(lengths) > 1:
        raise Refused("a batch of texts of different lengths")
    return Taken("", None, lengths.pop())


def infinity(folder: Path) -> Taken:
    """get_engine_type_from_config of infinity_emb/inference/select_model.py at fcb951c: the engine that it chooses."""
    config = load(folder / "config.json")
    if any("SequenceClassification" in name for name in config.get("architectures", [])) or config.get("vision_config"):
        raise Refused("taken for another kind of model")
    return sentence_transformers_5(folder)


def sentence_transformers_5(folder: Path) -> Taken:
    """The classes of modules.json and the arguments that they take, in sentence-transformers 2.7 to 5.3."""
    arguments = {
        "Transformer": {"max_seq_length", "do_lower_case"},
        "Pooling": {"word_embedding_dimension", "include_prompt"}
        | {f"pooling_mode_{name}" for name in ("cls_token", "max_tokens", "lasttoken")}
        | {f"pooling_mode_{name}_tokens" for name in ("mean", "mean_sqrt_len", "weightedmean")},
        "Dense": {"in_features", "out_features", "bias", "activation_function"},
        "Normalize": set(),
        "StaticEmbedding": set(),
    }
    found: dict[str, Any] = {}
    for module in load(folder / "modules.json"):
        package, _, kind = module["type"].rpartition(".")
        if package != MODELS:
            raise Refused(f"no module named {package}")
        file = folder / module["path"] / ("sentence_bert_config.json" if kind == "Transformer" else "config.json")
        settings = load(file) if file.exists() else {}
        if unknown := settings.keys() - arguments[kind]:
            raise Refused(f"{kind} got an unexpected argument {unknown}")
        found[kind] = settings
    tokenizer_config = folder / "tokenizer_config.json"
    if tokenizer_config.exists():  # transformers 4
        values = load(tokenizer_config)
        if values["tokenizer_class"] == "TokenizersBackend" or isinstance(values.get("extra_special_tokens"), list):
            raise Refused("the tokenizer is of transformers 5")
    pooling = found.get("Pooling", {})
    modes = [key for key in pooling if key.startswith("pooling_mode_") and pooling[key]]
    name = modes[0].removeprefix("pooling_mode_").split("_")[0].replace("lasttoken", "last") if modes else ""
    return Taken(name, "Normalize" in found, found.get("Transformer", {}).get("max_seq_length"))


SERVERS = (text_embeddings_inference, vllm, vllm_now, ollama, llama_cpp, fastembed, infinity, sentence_transformers_5)
