"""Systems of `evaluate.others`: each is asked with its own prompts, and named so that nothing is mixed up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attune.core.errors import UserError
from attune.core.params import PARAMS_FILE, RuntimeParams, load_params
from attune.core.records import Chunk
from attune.evaluation.others.encoders import encoder_of
from attune.evaluation.params import EvaluateParams, ServerModel
from tests.conftest import ROOT, set_params
from tests.support.embedding_server import EmbeddingServer, Response, refusal, unit_vectors

CHUNKS = [Chunk(f"c{number}", "Title", f"text {number}") for number in range(30)]
QUESTIONS = [f"question {number}?" for number in range(7)]
BGE = "Represent this sentence for searching relevant passages: "
SERVER: dict[str, Any] = {"provider": "openai", "name": "m", "base_url": None, "dimensions": None, "price": None}
LOCAL: dict[str, Any] = {"provider": "local", "name": "m", "revision": None, "max_tokens": None}


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        yield server


def runtime() -> RuntimeParams:
    return load_params("runtime", RuntimeParams, ROOT / PARAMS_FILE)


def server_model(server: EmbeddingServer, name: str) -> ServerModel:
    return ServerModel(**(SERVER | {"name": name, "base_url": server.url}))


@pytest.mark.parametrize(
    ("name", "query", "passage", "said"),
    [
        (
            "nomic-embed-text:latest",
            "search_query: ",
            "search_document: ",
            'query prompt "search_query: ", passage prompt "search_document: " (from the table of known models)',
        ),
        (
            "BAAI/bge-small-en-v1.5",
            BGE,
            "",
            f'query prompt "{BGE}", no passage prompt (from the table of known models)',
        ),
        ("BAAI/bge-m3", "", "", "no query prompt, no passage prompt (from the table of known models)"),
        ("text-embedding-3-small", "", "", "no prompts (the table of known models does not have it)"),
    ],
)
def test_a_model_behind_a_server_gets_the_prompts_it_is_known_to_expect(
    server: EmbeddingServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    query: str,
    passage: str,
    said: str,
) -> None:
    found = encoder_of(server_model(server, name), runtime(), tmp_path).encode(QUESTIONS, CHUNKS, name).ranking(100)
    assert f"{name}: {said}\n" in capsys.readouterr().out
    passages, asked = [f"{passage}Title {chunk.text}" for chunk in CHUNKS], [query + text for text in QUESTIONS]
    assert server.asked == dict.fromkeys([*passages, *asked], 1)
    similarity = unit_vectors(asked) @ unit_vectors(passages).T
    np.testing.assert_array_equal(found.ranked, np.argsort(-similarity, axis=1))
    assert found.truncated == 0


def test_chunks_that_the_server_does_not_read_whole_are_counted_prompt_included(
    server: EmbeddingServer, tmp_path: Path
) -> None:
    def refuse(number: int, texts: list[str]) -> Response | None:
        return refusal("too long") if any(len(text) > 200 for text in texts) else None

    server.before = refuse
    # without its prompt the second is short enough, the third is not
    chunks = [Chunk("a", "", "short"), Chunk("b", "", "x" * 195), Chunk("c", "", "y" * 300), Chunk("d", "", "brief")]
    found = (
        encoder_of(server_model(server, "nomic-embed-text"), runtime(), tmp_path)
        .encode(["q"], chunks, "m")
        .ranking(100)
    )
    assert found.truncated == 0.5


def test_a_chunk_or_question_that_the_server_refuses_is_not_found_and_counted(
    server: EmbeddingServer, tmp_path: Path
) -> None:
    server.before = lambda number, texts: (
        refusal("flagged by moderation") if {"Title text 3", QUESTIONS[2]} & set(texts) else None
    )
    found = encoder_of(server_model(server, "m"), runtime(), tmp_path).encode(QUESTIONS, CHUNKS, "m").ranking(100)
    assert (found.refused_chunks, found.refused_questions) == (1, 1)
    assert (found.ranked[2] == -1).all() and found.first(2) == ""
    others = [n for n in range(len(CHUNKS)) if n != 3]
    similarity = unit_vectors(QUESTIONS) @ unit_vectors([f"Title {CHUNKS[n].text}" for n in others]).T
    expected = np.array(others)[np.argsort(-similarity, axis=1)]
    for question in (0, 1, 3, 4, 5, 6):
        assert found.ranked[question].tolist() == [*expected[question], -1]
    marks = found.hits([["c3"]] * 7).marks
    assert not marks.any()  # nobody finds it
    assert found.part(2, 3).refused_questions == 1 and found.part(0, 2).refused_questions == 0


def load(project: Path, *others: dict[str, Any]) -> EvaluateParams:
    set_params(project / "params.yaml", evaluate={"others": list(others)})
    return load_params("evaluate", EvaluateParams)


def test_an_address_is_null_or_not_empty(project: Path) -> None:
    url = "http://localhost:11434/v1"
    others = load(project, SERVER, SERVER | {"name": "n", "base_url": url}).others
    assert [other.base_url for other in others if isinstance(other, ServerModel)] == [None, url]
    with pytest.raises(UserError, match=r"evaluate\.others\.0\.openai\.base_url' is '': string should have at least 1"):
        load(project, SERVER | {"base_url": ""})


@pytest.mark.parametrize("other", [SERVER, LOCAL, SERVER | {"base_url": "http://localhost:1/v1"}])
def test_two_others_of_the_same_name_are_refused(project: Path, other: dict[str, Any]) -> None:
    assert load(project, SERVER, other | {"name": "M"}).others
    with pytest.raises(UserError, match=r"evaluate\.others' .*expected names that differ"):
        load(project, SERVER, other)


@pytest.mark.parametrize("name", ["questions", "skipped", "general", "human", "unmapped", "verdict", "base-large"])
def test_systems_stand_in_a_table_of_their_own_so_other_names_are_free(project: Path, name: str) -> None:
    assert load(project, LOCAL | {"name": name}).others[0].name == name


@pytest.mark.parametrize("name", ["bm25", "base", "finetuned", "base@64", "finetuned@8", "base+adapter", "x+adapter"])
def test_a_name_that_means_something_else_in_the_metrics_is_refused(project: Path, name: str) -> None:
    with pytest.raises(UserError, match="none of"):
        load(project, LOCAL | {"name": name})
