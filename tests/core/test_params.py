"""A mistake in params.yaml is one clear line that names the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import Field
from ruamel.yaml import YAML

from attune.core.errors import UserError
from attune.core.params import RuntimeParams, Section, load_params, read_params
from tests.conftest import ROOT


class ChunkLike(Section):
    max_tokens: int = Field(ge=16)
    overlap_tokens: int = Field(ge=0)


def load(tmp_path: Path, text: str) -> ChunkLike:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return load_params("chunk", ChunkLike, path)


def test_good_section_is_loaded(tmp_path: Path) -> None:
    assert load(tmp_path, "chunk: {max_tokens: 256, overlap_tokens: 32}\n") == ChunkLike(
        max_tokens=256, overlap_tokens=32
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "chunk: {max_tokens: 256, overlap: 3, overlap_tokens: 3}",
            "unknown key 'chunk.overlap'; did you mean 'overlap_tokens'?",
        ),
        ("chunk: {max_tokens: 256}", "key 'chunk.overlap_tokens' is missing"),
        (
            "chunk: {max_tokens: '256', overlap_tokens: 3}",
            "'chunk.max_tokens' is '256': input should be a valid integer",
        ),
        ("chunk: {max_tokens: 25.5, overlap_tokens: 3}", "'chunk.max_tokens' is 25.5: input should be a valid integer"),
        ("chunk: {max_tokens: yes, overlap_tokens: 3}", "'chunk.max_tokens' is 'yes'"),
        ("chunk: {max_tokens: 8, overlap_tokens: 3}", "greater than or equal to 16"),
        ("chunk: {max_tokens: 8, overlap_tokens: -1}", "'chunk.overlap_tokens' is -1"),
        ("chunck: {max_tokens: 256}", "unknown section 'chunck'; did you mean 'chunk'?"),
        ("finetune: {epochs: 1}", "section 'chunk' is missing"),
        ("chunk: 3", "section 'chunk' is missing or not a table"),
        ("chunk: [", "is not valid YAML"),
        ("- a list", "holds no sections"),
        ("", "holds no sections"),
    ],
)
def test_mistake_is_named(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message
    assert "params.yaml" in message


def test_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"chunk: \xff\xff\n")
    with pytest.raises(UserError, match=r"params.yaml is not valid YAML: .*params\.yaml"):
        load_params("chunk", ChunkLike, tmp_path / "params.yaml")


def test_file_is_parsed_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = 0
    parse = YAML.load

    def counted(yaml: YAML, stream: Any) -> Any:
        nonlocal parsed
        parsed += 1
        return parse(yaml, stream)

    monkeypatch.setattr(YAML, "load", counted)
    for tokens in (64, 65):
        for _ in range(3):
            assert load(tmp_path, f"chunk: {{max_tokens: {tokens}, overlap_tokens: 3}}").max_tokens == tokens
    assert parsed == 2


def test_what_is_read_is_the_callers_own(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("chunk: {max_tokens: 64}\n")
    read_params(tmp_path / "params.yaml")["chunk"]["max_tokens"] = 1
    assert read_params(tmp_path / "params.yaml") == {"chunk": {"max_tokens": 64}}


def test_missing_file_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="run this from the root of the project"):
        load_params("chunk", ChunkLike, tmp_path / "params.yaml")


def test_scientific_notation_is_a_number_without_a_point(tmp_path: Path) -> None:
    class Rate(Section):
        learning_rate: float

    path = tmp_path / "params.yaml"
    path.write_text("finetune: {learning_rate: 2e-5}\n", encoding="utf-8")
    assert load_params("finetune", Rate, path).learning_rate == 2e-5


def test_committed_runtime_section_loads() -> None:
    assert load_params("runtime", RuntimeParams, ROOT / "params.yaml").concurrency > 0
