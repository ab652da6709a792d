"""A general set comes from the hub at a fixed commit, as sentence-transformers reads it; what is wrong is named."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sentence_transformers.sentence_transformer.evaluation import NanoBEIREvaluator
from werkzeug import Request, Response

from attune.core.errors import UserError
from attune.search.general_set import GeneralSet, load_set

Rows = dict[str, list[dict[str, Any]]]  # subset -> rows
SHA, OTHER_SHA = "a" * 40, "b" * 40
ROWS: Rows = {
    "corpus": [{"_id": f"c{number}", "text": f"text {number}"} for number in range(5)],
    "queries": [{"_id": "q2", "text": "second?"}, {"_id": "q1", "text": "first?"}],
    "qrels": [
        {"query-id": "q1", "corpus-id": "c3"},
        {"query-id": "q2", "corpus-id": "c0"},
        {"query-id": "q1", "corpus-id": "c1"},
    ],
}


def files(rows: Rows, split: str = "train") -> dict[str, str]:
    """The files of a data set in the form of NanoBEIR, as its repository holds them."""
    listed = "".join(
        f"- config_name: {subset}\n  data_files:\n  - split: {split}\n    path: {subset}/{split}.jsonl\n"
        for subset in rows
    )
    texts = {f"{subset}/{split}.jsonl": "".join(json.dumps(row) + "\n" for row in rows[subset]) for subset in rows}
    return {"README.md": f"---\nconfigs:\n{listed}---\n", **texts}


class Hub:
    """A hub on a real socket, with one data set, `org/nano`, at the commit `SHA`."""

    def __init__(self, server: HTTPServer) -> None:
        self.files = files(ROWS)
        self.requests = 0
        self.url = server.url_for("").rstrip("/")
        server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        self.requests += 1
        hashes = {path: hashlib.sha256(text.encode()).hexdigest()[:40] for path, text in self.files.items()}
        if request.path == f"/api/datasets/org/nano/tree/{SHA}":
            tree = [
                {"type": "file", "path": path, "size": len(self.files[path]), "oid": hashes[path]}
                for path in self.files
            ]
            return Response(json.dumps(tree), content_type="application/json")
        path = request.path.removeprefix(f"/datasets/org/nano/resolve/{SHA}/")
        if path in self.files:
            return Response(self.files[path], headers={"ETag": f'"{hashes[path]}"', "X-Repo-Commit": SHA})
        return Response("there is no such thing", 404)


def reach(url: str, patch: pytest.MonkeyPatch) -> None:
    """Let the libraries take an address for the hub."""
    from huggingface_hub import constants

    patch.setattr(constants, "HF_HUB_OFFLINE", False)
    patch.setattr(constants, "ENDPOINT", url)
    patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty caches, and an empty current folder."""
    import datasets
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def hub(server: HTTPServer, caches: None, monkeypatch: pytest.MonkeyPatch) -> Hub:
    server.clear()
    hub = Hub(server)
    reach(hub.url, monkeypatch)
    return hub


@pytest.mark.parametrize(
    "name",
    [
        "data/genral",  # a folder with a slip of the pen
        "org/nano",
        "org/nano@main",
        "org/nano@v1.0",
        f"org/nano@{SHA[:7]}",
        f"nano@{SHA}",
        f"org/nano/train/deep@{SHA}",
    ],
)
def test_names_without_a_fixed_commit_are_refused(caches: None, name: str) -> None:
    with pytest.raises(UserError, match=rf"no general set '{name}'.*copy the commit hash"):
        load_set(name)


def test_set_of_the_hub_is_fetched_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_set(f"org/nano@{SHA}")
    assert [(chunk.id, chunk.text) for chunk in found.chunks] == [(f"c{n}", f"text {n}") for n in range(5)]
    assert (found.asked.ids, found.asked.texts) == (["q1", "q2"], ["first?", "second?"])
    assert found.asked.relevant == [["c3", "c1"], ["c0"]]
    assert (found.clusters, found.clustered_by) == (["c3", "c0"], "chunk")
    hub.files, asked = {}, hub.requests
    assert load_set(f"org/nano@{SHA}") == found
    assert hub.requests == asked
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert load_set(f"org/nano@{SHA}") == found


def test_another_commit_is_not_taken_for_the_one_asked_for(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    load_set(f"org/nano@{SHA}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match=f"cannot fetch the general set 'org/nano@{OTHER_SHA}'"):
        load_set(f"org/nano@{OTHER_SHA}")


def test_offline_names_the_remedy(caches: None) -> None:
    with pytest.raises(UserError, match="HF_HUB_OFFLINE must not be set then; where there is no hub, name a folder"):
        load_set(f"org/nano@{SHA}")


@pytest.mark.parametrize("name", [f"org/nano@{OTHER_SHA}", f"org/other@{SHA}"])
def test_what_the_hub_does_not_have_is_named(hub: Hub, name: str) -> None:
    with pytest.raises(UserError, match=f"cannot fetch the general set '{name}'.*check name and commit"):
        load_set(name)


def test_hub_that_nobody_answers_at_is_named(caches: None, monkeypatch: pytest.MonkeyPatch) -> None:
    reach("http://127.0.0.1:9", monkeypatch)  # the discard port
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between the library's own attempts
    with pytest.raises(UserError, match="cannot fetch the general set"):
        load_set(f"org/nano@{SHA}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"qrels": [{"query-id": "q1", "corpus": "c1"}]}, "has no column 'corpus-id' in 'qrels'"),
        ({"corpus": [{"id": "c1", "text": "a"}]}, "has no column '_id' in 'corpus'"),
        ({"qrels": [{"query-id": "q1", "corpus-id": "c1", "score": "high"}]}, "holds the score 'high'"),
        ({"qrels": [{"query-id": "q1", "corpus-id": "c9"}]}, "name the question q1 and the chunks c9"),
        ({"queries": [{"_id": "q1", "text": ""}, {"_id": "q2", "text": "?"}]}, "name the question q1"),
    ],
)
def test_malformed_set_of_the_hub_is_named(hub: Hub, changes: Rows, message: str) -> None:
    hub.files = files(ROWS | changes)
    with pytest.raises(UserError, match=message):
        load_set(f"org/nano@{SHA}")


def test_missing_split_is_named(hub: Hub) -> None:
    with pytest.raises(UserError, match="no readable subset 'corpus' with the split 'NanoX'"):
        load_set(f"org/nano/NanoX@{SHA}")


def test_missing_subset_is_named(hub: Hub) -> None:
    hub.files = files({subset: ROWS[subset] for subset in ("corpus", "queries")})
    with pytest.raises(UserError, match="no readable subset 'qrels' with the split 'train'"):
        load_set(f"org/nano@{SHA}")


def test_rows_that_are_not_relevant_and_empty_texts_are_passed_over(hub: Hub) -> None:
    hub.files = files(
        {
            "corpus": [*ROWS["corpus"], {"_id": "c5", "text": ""}],
            "queries": ROWS["queries"],
            "qrels": [{"query-id": "q1", "corpus-id": f"c{n}", "score": n % 2} for n in range(4)],
        }
    )
    found = load_set(f"org/nano@{SHA}")
    assert found.asked.relevant == [["c1", "c3"]]
    assert len(found.chunks) == 5


@pytest.mark.parametrize("lists", [True, False])
def test_the_same_is_read_as_by_the_evaluator_of_sentence_transformers(hub: Hub, tmp_path: Path, lists: bool) -> None:
    rows = dict(ROWS)
    if lists:
        rows["qrels"] = [{"query-id": "q1", "corpus-id": ["c3", "c1"]}, {"query-id": "q2", "corpus-id": ["c0"]}]
    hub.files = files(rows, split="NanoSciFact")
    for path, text in hub.files.items():
        (tmp_path / "copy" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "copy" / path).write_text(text, encoding="utf-8")
    theirs = NanoBEIREvaluator(["scifact"], dataset_id=str(tmp_path / "copy"), write_csv=False).evaluators[0]
    ours: GeneralSet = load_set(f"org/nano/NanoSciFact@{SHA}")
    assert {chunk.id: chunk.passage for chunk in ours.chunks} == dict(
        zip(theirs.corpus_ids, theirs.corpus, strict=True)
    )
    assert dict(zip(ours.asked.ids, ours.asked.texts, strict=True)) == dict(
        zip(theirs.queries_ids, theirs.queries, strict=True)
    )
    assert {id_: set(chunks) for id_, chunks in zip(ours.asked.ids, ours.asked.relevant, strict=True)} == {
        id_: set(theirs.relevant_docs[id_]) for id_ in theirs.queries_ids
    }
