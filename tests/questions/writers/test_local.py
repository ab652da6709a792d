"""The local writer: a tiny real model for its mechanics, the installed one (slow) for its questions."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.questions.asking.prompt import PromptFile
from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Request
from attune.questions.cleaning.queries import parse
from attune.questions.params import LocalParams
from attune.questions.writers import local, local_model
from attune.questions.writers.local import LocalWriter
from tests.conftest import ROOT
from tests.support.asking import limits, runtime

TEMPLATE = "{% for m in messages %}<s>{{ m['content'] }}{% endfor %}{% if add_generation_prompt %}</s>{% endif %}"


@pytest.fixture(scope="module")
def tiny_llm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal language model with random weights."""
    from transformers import LlamaConfig

    return make_llm(tmp_path_factory.mktemp("llm"), LlamaConfig)


@pytest.fixture(scope="module")
def forgetful_llm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that looks back only so far, with a cache that drops the rest."""
    from transformers import MistralConfig

    return make_llm(tmp_path_factory.mktemp("forgetful"), MistralConfig, sliding_window=16)


def make_llm(folder: Path, config: Any, **further: Any) -> Path:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    vocabulary = {"<s>": 0, "</s>": 1, **{chr(code): code for code in range(2, 128)}}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.decoder = decoders.Fuse()
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>", chat_template=TEMPLATE
    )
    fast.save_pretrained(folder)
    torch.manual_seed(1)
    made = config(
        vocab_size=128, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, bos_token_id=0, eos_token_id=1, pad_token_id=1, initializer_range=0.5, **further,
    )  # fmt: skip
    AutoModelForCausalLM.from_config(made).save_pretrained(folder)  # type: ignore[no-untyped-call]
    return folder


def params(**changes: Any) -> LocalParams:
    values: dict[str, Any] = {
        "revision": None, "guidance": 1.5, "reply_starts": ["1. What"], "avoid": [], "dtype": "float32",
        "batch_size": 4,
        "max_reply_tokens": 12,
    }  # fmt: skip
    return LocalParams(**(values | changes))


def write(model: Path | str, path: Path, requests: list[Request], **changes: Any) -> dict[str, str]:
    writer = LocalWriter(str(model), params(**changes), runtime())
    with Replies(path) as replies:
        assert writer.write(requests, replies, limits()) == {}
        return {request.chunk_id: replies[request.key].text for request in requests}


def requests(count: int) -> list[Request]:
    return [Request(f"c{n}", f"ask about {'long ' * n}passage {n}", "ask about", {}) for n in range(count)]


def test_every_request_gets_a_reply_that_begins_as_told(tiny_llm: Path, tmp_path: Path) -> None:
    texts = write(tiny_llm, tmp_path / "r", requests(9))
    assert len(texts) == 9
    assert all(text.startswith("1. What") for text in texts.values())


def test_reply_does_not_depend_on_the_company_in_its_batch(tiny_llm: Path, tmp_path: Path) -> None:
    alone = {
        request.chunk_id: write(tiny_llm, tmp_path / request.chunk_id, [request])[request.chunk_id]
        for request in requests(6)
    }
    assert write(tiny_llm, tmp_path / "together", requests(6)) == alone


def test_any_number_of_threads_writes_the_same_bytes(tiny_llm: Path, tmp_path: Path) -> None:
    before, found = torch.get_num_threads(), set()
    for threads in (1, 2, 5, 2):
        writer = LocalWriter(str(tiny_llm), params(batch_size=2), runtime(threads=threads))
        file = tmp_path / f"{threads}"
        with Replies(file) as replies:
            writer.write(requests(15), replies, limits())
        found.add(file.read_bytes())
        file.unlink()
    assert len(found) == 1 and torch.get_num_threads() == before


def test_interrupted_it_writes_no_further_batches(
    tiny_llm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    generate = local._Writing.__call__

    def counting(job: local._Writing, batch: Any) -> Any:
        begun.append(len(batch))
        return generate(job, batch)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(local._Writing, "__call__", counting)
    monkeypatch.setattr(Replies, "add", interrupted)
    writer = LocalWriter(str(tiny_llm), params(batch_size=1), runtime(threads=2))
    with Replies(tmp_path / "r") as replies, pytest.raises(KeyboardInterrupt):
        writer.write(requests(40), replies, limits())
    assert len(begun) < 40 and not [thread for thread in threading.enumerate() if "Pool" in thread.name]


@pytest.mark.parametrize("name", ["tiny_llm", "forgetful_llm"])
def test_guidance_weighs_the_passage_against_its_absence(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    # oracle: the formula of Sanchez et al., token by token, without a cache and without batches
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder: Path = request.getfixturevalue(name)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    together = write(folder, tmp_path / "r", requests(4))
    for asked in requests(4):
        texts = [f"<s>{prompt}</s>1. What" for prompt in (asked.prompt, asked.prompt_without_passage)]
        written: list[int] = []
        while len(written) < 12:
            scores = []
            for text in texts:
                ids = tokenizer(text, add_special_tokens=False)["input_ids"] + written
                scores.append(torch.log_softmax(model(torch.tensor([ids])).logits[0, -1], dim=-1))
            best = int((scores[1] + 1.5 * (scores[0] - scores[1])).argmax())
            if best == tokenizer.eos_token_id:
                break
            written.append(best)
        expected = f"1. What{tokenizer.decode(written, skip_special_tokens=True)}"
        assert together[asked.chunk_id] == expected


def test_words_to_avoid_are_never_written(tiny_llm: Path, tmp_path: Path) -> None:
    free = write(tiny_llm, tmp_path / "free", requests(3))
    letters = sorted({letter for text in free.values() for letter in text.removeprefix("1. What")})
    assert letters
    avoided = write(tiny_llm, tmp_path / "avoided", requests(3), avoid=letters)
    assert not set(letters) & {letter for text in avoided.values() for letter in text.removeprefix("1. What")}


def test_reply_cut_off_by_the_limit_says_so(tiny_llm: Path, tmp_path: Path) -> None:
    writer = LocalWriter(str(tiny_llm), params(max_reply_tokens=8), runtime())
    with Replies(tmp_path / "r") as replies:
        writer.write(requests(3), replies, limits())
        assert {reply.completion_tokens for reply in replies.values() if reply.finish_reason == "length"} <= {8}


def test_batch_size_is_no_part_of_what_shapes_a_reply(tiny_llm: Path) -> None:
    one, two = (LocalWriter(str(tiny_llm), params(batch_size=size), runtime()) for size in (1, 7))
    assert one.settings == two.settings
    assert LocalWriter(str(tiny_llm), params(guidance=2.0), runtime()).settings != one.settings


def test_model_without_a_chat_template_is_refused(tiny_llm: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "plain"
    shutil.copytree(tiny_llm, folder)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(UserError, match="has no chat template"):
        write(folder, tmp_path / "r", requests(1))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nowhere", "no model 'nowhere'"),
        ("{empty}", "cannot load the language"),
        ("gpt-4o-mini", r"what is installed \(SmolLM2-135M-Instruct\).*needs synthesize_questions.provider: openai"),
        ("llama3.1:8b", "provider: openai, and base_url"),
        ("openai/gpt-4o-mini", "has no revision.*provider: openai"),
    ],
)
def test_model_that_is_not_there_is_named(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        write(name.format(empty=tmp_path), tmp_path / "r", requests(1))


@pytest.mark.slow
def test_the_installed_model_is_converted_once_and_asks_about_the_passage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yaml

    monkeypatch.setenv("ATTUNE_MODELS", str(tmp_path / "models"))
    knobs = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["synthesize_questions"]
    writer = LocalWriter(knobs["model"], LocalParams(**knobs["local"]), runtime())
    chunk = Chunk(
        "c", "", "The with statement is used to wrap the execution of a block with methods defined by a context "
        "manager. This allows common try, except, finally usage patterns to be encapsulated for convenient reuse.",
        {"title": "The with statement"},
    )  # fmt: skip
    prompt = PromptFile(ROOT / "prompts" / "local.txt")
    with Replies(tmp_path / "r") as replies:
        request = prompt.request(chunk, {"questions": 3}, None, writer.settings)
        writer.write([request], replies, limits())
        questions = parse(replies[request.key].text).questions
    assert any("context manager" in question or "with statement" in question for question in questions), questions
    monkeypatch.setattr(local_model, "atomic_folder", None)  # a second conversion would fail
    assert json.loads((local_model.embedded(knobs["model"]) / "config.json").read_text())["vocab_size"] == 49152
