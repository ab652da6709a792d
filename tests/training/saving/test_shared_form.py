"""A saved folder is read by every server by its own rules, and makes the very same vectors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize

from attune.models.load import load_folder
from attune.training.saving.shared_form import CannotTell, without_traces, write_shared_form
from tests.support.models import FAMILIES, WIDTH, make_model, make_router
from tests.support.readers import SERVERS, Refused, Taken, ollama_gemma, sentence_transformers_5

pytestmark = pytest.mark.slow  # many small models are made and run

TEXTS = ["What colour has the pump?", "", "The pump is blue. " * 60, "Öl <|a|> und Wasser", "日本語"]
NORMALIZED = (Normalize(),)


def shared(model: SentenceTransformer, folder: Path, base: Path | None = None) -> Path:
    model.save_pretrained(str(folder), create_model_card=False)
    without_traces(model, folder)
    write_shared_form(model, folder, base)
    return folder


def check_vectors(model: SentenceTransformer, folder: Path) -> None:
    again = load_folder(folder)
    assert torch.equal(again.encode(TEXTS, convert_to_tensor=True), model.encode(TEXTS, convert_to_tensor=True))
    assert again.max_seq_length == model.max_seq_length and again.prompts == model.prompts


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.__name__)
def test_the_default_model_is_served(server: Callable[[Path], Taken], tmp_path: Path) -> None:
    from attune.core.params import BaseModelParams
    from attune.models.load import load_embedder

    model = load_embedder(BaseModelParams(name="all-MiniLM-L6-v2", revision=None, max_tokens=None))
    model.save_pretrained(str(tmp_path), create_model_card=False)
    if server.__name__ not in ("fastembed", "vllm_now"):  # one asks for another file, one has learnt the short form
        with pytest.raises((Refused, KeyError)):
            server(tmp_path)
    without_traces(model, tmp_path)
    write_shared_form(model, tmp_path)
    taken = server(tmp_path)
    assert taken.pooling in ("mean", "") and taken.normalize in (True, None)
    assert taken.window == {"ollama": 512, "llama_cpp": None}.get(server.__name__, 256)


@pytest.mark.parametrize("pooling", ["cls", "mean", "lasttoken"])
@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.__name__)
def test_each_server_takes_the_pooling(server: Callable[[Path], Taken], pooling: str, tmp_path: Path) -> None:
    if server.__name__ == "ollama" and pooling == "lasttoken":
        pytest.skip("Ollama's importer of BERT knows no last token")
    model = load_folder(make_model(tmp_path / "base", "bert", pooling=pooling))
    taken = server(shared(model, tmp_path / "saved"))
    assert taken.pooling in (pooling.removesuffix("token"), "") and not taken.normalize


@pytest.mark.parametrize("kind", [*FAMILIES, "static"])
def test_vectors_are_the_same_to_the_bit(kind: str, tmp_path: Path) -> None:
    model = load_folder(make_model(tmp_path / "base", kind, after=NORMALIZED if kind == "static" else ()))
    folder = shared(model, tmp_path / "saved")
    check_vectors(model, folder)
    sentence_transformers_5(folder)
    check_vectors(load_folder(folder), shared(load_folder(folder), tmp_path / "again"))  # the form is a base model, too


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_what_it_is(dtype: torch.dtype, tmp_path: Path) -> None:
    model = load_folder(make_model(tmp_path / "base", "bert", dtype=dtype, after=NORMALIZED))
    folder = shared(model, tmp_path / "saved")
    check_vectors(model, folder)
    assert load_folder(folder).dtype == dtype


@pytest.mark.parametrize("poolings", [("cls", "mean"), ("max", "mean_sqrt_len_tokens"), ("weightedmean", "lasttoken")])
def test_poolings_side_by_side_keep_their_order(poolings: tuple[str, ...], tmp_path: Path) -> None:
    model = load_folder(make_model(tmp_path / "base", "bert", pooling=poolings))
    check_vectors(model, shared(model, tmp_path / "saved"))
    turned = load_folder(make_model(tmp_path / "turned", "bert", pooling=poolings[::-1]))
    with pytest.raises(CannotTell, match="another order"):
        shared(turned, tmp_path / "not")


def test_a_dense_module_is_told_in_old_words(tmp_path: Path) -> None:
    model = load_folder(make_model(tmp_path / "base", "bert", after=(Dense(WIDTH, 16, bias=False), Normalize())))
    folder = shared(model, tmp_path / "saved")
    check_vectors(model, folder)
    sentence_transformers_5(folder)


def test_what_older_readers_cannot_know_is_named(tmp_path: Path) -> None:
    bert, chat = load_folder(make_model(tmp_path / "a", "bert")), load_folder(make_model(tmp_path / "b", "bert"))
    first: Any = chat[0]
    first.modality_config["message"] = first.modality_config["text"]
    residual = load_folder(make_model(tmp_path / "c", "bert", after=(Dense(WIDTH, WIDTH, use_residual=True),)))
    tokens = load_folder(make_model(tmp_path / "d", "bert", after=(Normalize("token_embeddings"),)))
    setattr(bert[0], "query_length", 12)  # noqa: B010  # a module of torch would have to be one itself
    router = SentenceTransformer(str(make_router(tmp_path / "router")))
    cases = [(bert, "query_length"), (chat, "chat template"), (residual, "use_residual"), (tokens, "vectors of tokens")]
    for number, (model, expected) in enumerate([*cases, (router, "the module Router")]):
        with pytest.raises(CannotTell, match=expected):
            shared(model, tmp_path / str(number))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("qwen3", {"rope_theta": 3e6}),
        ("modernbert", {"global_rope_theta": 3e6, "local_rope_theta": 2e3}),
        ("gemma3_text", {"rope_theta": 3e6, "rope_local_base_freq": 2e3}),
    ],
)
def test_rotary_positions_are_told_in_old_names(kind: str, expected: dict[str, float], tmp_path: Path) -> None:
    folder = shared(load_folder(make_model(tmp_path / "base", kind)), tmp_path / "saved")
    assert json.loads((folder / "config.json").read_text()).items() >= expected.items()


def test_gemma_with_two_dense_modules_is_imported(tmp_path: Path) -> None:
    """The form of EmbeddingGemma, which Ollama has an importer of its own for; it does not know the short form."""
    after = (Dense(WIDTH, 48, bias=False), Dense(48, WIDTH, bias=False), Normalize())
    model = load_folder(make_model(tmp_path / "base", "gemma3_text", after=after))
    model.save_pretrained(str(tmp_path / "short"), create_model_card=False)
    with pytest.raises(Refused, match="2_Dense and 3_Dense"):
        ollama_gemma(tmp_path / "short")
    folder = shared(model, tmp_path / "saved")
    assert ollama_gemma(folder).pooling == "mean"
    check_vectors(model, folder)


def test_scaled_rotary_positions_too(tmp_path: Path) -> None:
    rope = {"rope_type": "linear", "factor": 4.0, "rope_theta": 5e5}
    model = load_folder(make_model(tmp_path / "base", "qwen3", rope_parameters=rope))
    folder = shared(model, tmp_path / "saved")
    assert json.loads((folder / "config.json").read_text())["rope_scaling"] == {"rope_type": "linear", "factor": 4.0}
    check_vectors(model, folder)


def test_what_the_base_models_config_says_is_kept_but_no_code_and_no_path(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", "bert")
    config = json.loads((base / "config.json").read_text())
    more: dict[str, Any] = {"torch_dtype": "float32", "some_server_wants": [1], "auto_map": {"AutoModel": "evil.Model"}}
    (base / "config.json").write_text(json.dumps(config | more | {"_name_or_path": "/home/somebody/model"}))
    model = load_folder(base)
    folder = shared(model, tmp_path / "saved", base)
    saved = json.loads((folder / "config.json").read_text())
    assert saved["some_server_wants"] == [1]
    assert not saved.keys() & {"auto_map", "_name_or_path"}
    check_vectors(model, folder)


def test_nothing_tells_of_the_machine(tmp_path: Path) -> None:
    folder = shared(load_folder(make_model(tmp_path / "base", "bert")), tmp_path / "saved")
    said = "".join(path.read_text() for path in sorted(folder.rglob("*.json")) if path.name != "tokenizer.json")
    assert "+cpu" not in said and "+cu" not in said and str(tmp_path) not in said and "local" not in said
    versions = json.loads((folder / "config_sentence_transformers.json").read_text())["__version__"]
    assert versions["pytorch"] == torch.__version__.partition("+")[0]
