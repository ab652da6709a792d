"""Models with a linear map, through the stage and over a socket: nothing is paid twice, no row promises too much."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from attune.adapter import linear_map
from attune.core.beir import write_qrels, write_queries
from attune.core.errors import UserError
from attune.core.records import Question
from attune.evaluation.others.adapters import file_name
from stages import evaluate
from stages.evaluate import ADAPTERS, METRICS, PER_QUESTION, main
from tests.conftest import set_params
from tests.stages.test_evaluate import test_set  # noqa: F401  # a fixture
from tests.support.embedding_server import EmbeddingServer, Response, refusal, reply
from tests.support.embedding_server import vector as any_vector

SIZE = 16
TURN = np.linalg.qr(np.random.default_rng(5).normal(size=(SIZE, SIZE)))[0]
NEW = {"m", "m+adapter", "hybrid_m", "hybrid_m+adapter"}


def place(number: str) -> NDArray[np.float64]:
    """The direction of a chunk."""
    found: NDArray[np.float64] = np.random.default_rng(int(number)).normal(size=SIZE)
    return found / np.linalg.norm(found)


def vector(text: str) -> NDArray[np.float64]:
    """A chunk has a direction, a question about it the same, turned and shaken, and other texts have any."""
    if chunk := re.match(r"T The \w+ (\d+) is", text):
        return place(chunk[1])
    if asked := re.match(r"\w+ thing is (\d+)\?", text):
        return np.asarray(TURN @ place(asked[1]) + 0.05 * any_vector(text, SIZE) / 3)
    return any_vector(text, SIZE).astype(np.float64)


class TurnedServer(EmbeddingServer):
    """Its model asks in other directions than it answers."""

    def respond(self, body: dict[str, Any]) -> Response:
        plain = super().respond(body)
        if plain.status != 200:
            return plain
        items = [{"index": i, "embedding": vector(text).tolist()} for i, text in enumerate(body["input"])]
        return reply({"data": items})


@pytest.fixture
def server() -> Iterator[TurnedServer]:
    with TurnedServer() as server:
        yield server


@pytest.fixture
def adapted(
    test_set: Path,  # noqa: F811
    server: TurnedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A project whose questions are divided, with a model behind a server that is to get a map."""
    monkeypatch.setattr(linear_map, "LEARNING_RATE", 3e-2)  # of few numbers, far from the identity
    kinds = ("Which", "What", "Where")  # to learn from, to choose by, to test
    questions = [
        Question(f"q{kind}{i:02d}", f"{kind} thing is {i}?", {"chunks": [f"c{i:02d}"]})
        for kind in kinds
        for i in range(40)
    ]
    write_queries(evaluate.QUERIES, questions)
    for kind, path in zip(kinds, (evaluate.TRAIN, evaluate.DEV, evaluate.TEST), strict=True):
        write_qrels(path, [(q.id, q.metadata["chunks"][0]) for q in questions if q.text.startswith(kind)])
    other = {"provider": "openai", "name": "m", "base_url": server.url, "dimensions": None, "price": 0.02}
    set_params(
        test_set / "params.yaml",
        evaluate={"others": [other], "adapters": ["m"]},
        runtime={"concurrency": 1, "max_retries": 0},
    )
    return test_set


def metrics() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(METRICS.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
def test_a_map_has_its_rows_and_differences_and_a_file(
    adapted: Path, server: TurnedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    main()
    said, found = capsys.readouterr().out, metrics()
    cost = re.search(r"m: (\d+) vectors are missing that its adapter alone needs, for \$0\.\d+", said)
    # train and dev questions, general chunks and questions
    assert cost is not None and int(cost[1]) == 80 + 308 + 308
    assert said.index(cost[0]) < said.index("vectors are missing, from m at")
    assert set(server.answered.values()) == {1} and len(server.answered) == 40 + 3 * 40 + 308 + 308
    about = found["adapters"]["m"]
    assert about["way"] == 1.0 and about["file"] == "m.safetensors" and about["guards"] == ["dev", "general"]
    assert (about["questions"], about["dev_questions"], about["refused"], about["left_out"]) == (40, 40, 0, 0)
    assert found["systems"].keys() >= NEW and found["general"]["systems"].keys() >= NEW
    assert found["verdict"]["against"].keys() >= NEW
    ndcg = {name: table["ndcg@10"] for name, table in found["systems"].items()}
    assert ndcg["m"] < 0.4 < 0.9 < ndcg["m+adapter"]
    gain = found["adapter_gains"]["m+adapter"]["ndcg@10"]
    assert gain["low"] > 0 and gain["difference"] == pytest.approx(ndcg["m+adapter"] - ndcg["m"], abs=2e-6)
    assert set(found["adapter_gains"]) == {"m+adapter", "hybrid_m+adapter"} == set(found["general"]["adapter_gains"])
    order = list(found["deploy"]["differences"])
    assert order == ["base", "hybrid_base", "m", "hybrid_m", "m+adapter", "hybrid_m+adapter", "finetuned", "hybrid"]
    assert "rank_m+adapter" in PER_QUESTION.read_text().splitlines()[0].split(",")
    # the file does outside what the stage did inside
    weight = load_file(ADAPTERS / "m.safetensors")["weight"]
    chunks = np.array([place(str(i)) for i in range(40)])
    right = 0
    for i in range(40):
        asked = weight @ vector(f"Where thing is {i}?")
        right += int((chunks @ (asked / np.linalg.norm(asked))).argmax() == i)
    assert right / 40 == pytest.approx(found["systems"]["m+adapter"]["hit_rate@1"], abs=1e-6)
    # once more, and nothing is asked, and nothing is different
    before = {path: path.read_bytes() for path in [METRICS, *ADAPTERS.iterdir()]}
    main()
    assert set(server.answered.values()) == {1}
    assert {path: path.read_bytes() for path in [METRICS, *ADAPTERS.iterdir()]} == before


@pytest.mark.slow
def test_where_nothing_is_taken_the_rows_are_the_same_and_say_so(
    adapted: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(linear_map, "LEARNING_RATE", 1e-9)
    main()
    found = metrics()
    about = found["adapters"]["m"]
    assert about["way"] == 0 and about["file"] is None and list(ADAPTERS.iterdir()) == []
    assert "m+adapter: nothing of it is taken, so both rows are the same" in capsys.readouterr().out
    for system in ("m", "hybrid_m"):
        assert found["systems"][system] == found["systems"][f"{system}+adapter"]
        assert found["adapter_gains"][f"{system}+adapter"]["ndcg@10"]["difference"] == 0
    assert not found["deploy"]["system"].endswith("+adapter")


@pytest.mark.slow
def test_the_base_model_gets_a_map_without_any_server(adapted: Path, server: TurnedServer) -> None:
    set_params(adapted / "params.yaml", evaluate={"others": [], "adapters": ["base"], "dimensions": [8]})
    main()
    found = metrics()
    assert {"base+adapter", "hybrid_base+adapter"} <= set(found["systems"])
    assert "base+adapter@8" not in found["systems"] and "base@8" in found["systems"]
    assert not server.bodies
    files = [path.name for path in ADAPTERS.iterdir()]
    assert files == ([] if found["adapters"]["base"]["file"] is None else [found["adapters"]["base"]["file"]])


def test_a_budget_that_is_too_small_buys_nothing(adapted: Path, server: TurnedServer) -> None:
    set_params(adapted / "params.yaml", evaluate={"max_cost_usd": 0.0005})
    with pytest.raises(UserError, match=r"lack cost about \$0\.00\d+, more than evaluate\.max_cost_usd \(\$0\.0005\)"):
        main()
    assert not server.bodies and not METRICS.exists()


@pytest.mark.slow
def test_a_budget_is_for_what_is_missing(adapted: Path, server: TurnedServer) -> None:
    set_params(adapted / "params.yaml", evaluate={"adapters": []})
    main()
    set_params(adapted / "params.yaml", evaluate={"max_cost_usd": 0.0, "adapters": []})
    main()  # all is there
    set_params(adapted / "params.yaml", evaluate={"max_cost_usd": 1.0, "adapters": ["m"]})
    main()
    assert set(server.answered.values()) == {1}


@pytest.mark.slow
def test_a_server_that_fails_in_the_middle_is_asked_for_the_rest_only(adapted: Path, server: TurnedServer) -> None:
    # the first requests are the chunks, the next the questions; it breaks among the latter
    server.before = lambda number, texts: refusal("out of order", 500) if "What thing is 39?" in texts else None
    with pytest.raises(UserError, match=r"no vectors of the model 'm' .* vectors are kept in data/vectors/m\.jsonl"):
        main()
    assert not METRICS.exists()
    bought = set(server.answered)
    assert 40 <= len(bought) < 40 + 120
    server.before = lambda number, texts: None
    main()
    assert set(server.answered.values()) == {1} and bought < set(server.answered)


def _run(folder: Path) -> None:
    os.chdir(folder)
    linear_map.LEARNING_RATE = 3e-2
    main()


@pytest.mark.slow
def test_killed_between_purchases_it_pays_for_nothing_twice(adapted: Path, server: TurnedServer) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(adapted,))

    def kill(number: int, texts: list[str]) -> Response | None:
        if "What thing is 39?" in texts:
            os.kill(process.pid or 0, signal.SIGKILL)
            raise ConnectionError
        return None

    server.before = kill
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL and len(server.answered) >= 40
    server.before = lambda number, texts: None
    main()
    assert set(server.answered.values()) == {1}
    assert metrics()["adapters"]["m"]["way"] == 1.0


@pytest.mark.slow
def test_without_a_key_what_is_bought_already_is_used(adapted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    set_params(adapted / "params.yaml", evaluate={"adapters": []})
    main()
    other = {"provider": "openai", "name": "m", "base_url": None, "dimensions": None, "price": 0.02}
    set_params(adapted / "params.yaml", evaluate={"others": [other], "adapters": ["m"]})
    main()
    found = metrics()
    assert set(found["skipped"]) == {"m+adapter", "hybrid_m+adapter"} and "adapters" not in found
    assert found["systems"]["m"]["ndcg@10"] is not None
    assert found["systems"]["m+adapter"] == dict.fromkeys(found["systems"]["base"])


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"adapters": ["n"]}, "no model is called n; expected some of: base, m"),
        ({"adapters": ["m", "m"]}, "a name stands twice"),
        ({"others": [], "adapters": ["m"]}, "no model is called m; expected some of: base"),
    ],
)
def test_adapters_are_of_models_that_are_asked(adapted: Path, knobs: dict[str, Any], said: str) -> None:
    set_params(adapted / "params.yaml", evaluate=knobs)
    with pytest.raises(UserError, match=said):
        main()


def test_a_budget_needs_prices(adapted: Path) -> None:
    other = {"provider": "openai", "name": "m", "base_url": None, "dimensions": None, "price": None}
    set_params(adapted / "params.yaml", evaluate={"others": [other], "max_cost_usd": 1.0})
    with pytest.raises(UserError, match="what m costs is unknown"):
        main()


def test_no_two_models_share_a_file() -> None:
    names = ["a/m", "b/m", "m", "M", "m:1", "m-1", "./m", "/x/m"]
    assert len({file_name(name).lower() for name in names}) == len(names) and file_name("m") == "m.safetensors"
    assert all(re.fullmatch(r"[\w.-]+\.safetensors", file_name(name)) for name in names)
