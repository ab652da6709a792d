"""The embedder against a real socket: what is sent, what is kept, and what a user reads when it fails."""

from __future__ import annotations

import base64
import json
import logging
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.servers.embedder import OpenAIEmbedder
from attune.servers.embedding_requests import MOST_BYTES, MOST_TEXTS, SHORTEST, NoVectorError, Text, packs, read_answer
from attune.servers.server import KEY, NoKeyError
from attune.servers.vectors import Vectors, vectors_file
from tests.conftest import ROOT
from tests.support.asking import CANARY, runtime
from tests.support.embedding_server import Body, EmbeddingServer, Response, answer, refusal, reply, unit_vectors, vector

Make = Callable[..., OpenAIEmbedder]


def texts(count: int) -> list[str]:
    return [f"text number {number}" for number in range(count)]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, CANARY)


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        yield server


@pytest.fixture
def make(server: EmbeddingServer, tmp_path: Path) -> Make:
    def make(
        url: str | None = server.url, dimensions: int | None = None, price: float | None = 0.02, **changes: Any
    ) -> OpenAIEmbedder:
        return OpenAIEmbedder("scripted", url, dimensions, price, runtime(**changes), tmp_path / "vectors")

    return make


def file(folder: Path) -> Path:
    return vectors_file(folder / "vectors", "scripted", None)


def kept(folder: Path) -> int:
    with Vectors(file(folder)) as vectors:
        return len(vectors)


# what is asked, and what comes back


def test_vectors_have_length_one_and_the_order_of_the_texts(server: EmbeddingServer, make: Make) -> None:
    asked = texts(100)
    found = make().embed(asked, "chunks")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, unit_vectors(asked), atol=1e-7)
    assert set(server.asked.values()) == {1}


@pytest.mark.parametrize("dimensions", [None, 5])
def test_the_body_asks_for_floats_and_names_dimensions_only_where_asked(
    server: EmbeddingServer, make: Make, dimensions: int | None
) -> None:
    found = make(dimensions=dimensions).embed(["one", "two"], "chunks")
    body: Body = {"model": "scripted", "input": ["one", "two"], "encoding_format": "float"}
    assert server.bodies == [body | ({"dimensions": dimensions} if dimensions else {})]
    np.testing.assert_allclose(found, unit_vectors(["one", "two"], dimensions or 8), atol=1e-7)


def test_the_same_text_is_asked_for_once_and_never_again(server: EmbeddingServer, make: Make, tmp_path: Path) -> None:
    found = make().embed(["b", "a", "b", "b"], "questions")
    np.testing.assert_allclose(found, unit_vectors(["b", "a", "b", "b"]), atol=1e-7)
    files = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*.jsonl")}
    assert len(files) == 1
    np.testing.assert_array_equal(make().embed(["a", "b"], "questions"), found[[1, 0]])
    assert server.asked == {"a": 1, "b": 1}
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*.jsonl")} == files


def test_only_what_is_missing_is_asked_for(server: EmbeddingServer, make: Make) -> None:
    make().embed(texts(40), "chunks")
    found = make().embed(texts(50), "chunks")
    np.testing.assert_allclose(found, unit_vectors(texts(50)), atol=1e-7)
    assert server.asked == dict.fromkeys(texts(50), 1)


def test_other_dimensions_are_other_vectors(make: Make) -> None:
    assert make().embed(["a"], "chunks").shape == (1, 8)
    assert make(dimensions=3).embed(["a"], "chunks").shape == (1, 3)
    assert make().embed(["a", "b"], "chunks").shape == (2, 8)


def test_no_texts_are_no_request(server: EmbeddingServer, make: Make, tmp_path: Path) -> None:
    assert len(make().embed([], "chunks")) == 0
    assert server.bodies == []
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.sampled_from(["a" * 10, "é" * 60_000, "b" * 100_000, "c" * 400_000]), max_size=120))
def test_packs_hold_all_texts_in_order_and_no_more_than_a_request_can(parts: list[str]) -> None:
    given_texts = [Text(str(number), part, len(part)) for number, part in enumerate(parts)]
    made = list(packs(given_texts))
    assert [text for pack in made for text in pack] == given_texts
    for pack in made:
        size = sum(len(text.text.encode()) for text in pack)
        assert 1 <= len(pack) <= MOST_TEXTS
        assert size <= MOST_BYTES or len(pack) == 1
    for pack, following in pairwise(made):  # none is smaller than it has to be
        size = sum(len(text.text.encode()) for text in [*pack, following[0]])
        assert len(pack) == MOST_TEXTS or size > MOST_BYTES


def test_requests_are_in_flight_together_and_no_more_than_allowed(server: EmbeddingServer, make: Make) -> None:
    server.before = lambda number, asked: time.sleep(0.1)
    make(concurrency=3).embed(texts(32 * 8), "chunks")
    assert server.most_in_flight == 3
    assert len(server.bodies) == 8


def test_the_price_is_said_before_the_first_request(
    server: EmbeddingServer, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    server.before = lambda number, asked: said.append(capsys.readouterr().out)
    asked = ["x" * 4_000_000]
    make().embed(asked, "chunks")
    assert re.search(r"chunks: 1 texts, 0 of them have a vector in .*scripted\.jsonl", said[0])
    assert f"1 vectors are missing, from scripted at {server.url}: about 1,000,000 tokens, $0.02" in said[0]
    make().embed([*asked, "y", "y"], "chunks")
    assert "chunks: 2 texts, 1 of them have a vector" in said[1]
    assert "1 vectors are missing, from scripted" in said[1]
    make(price=None).embed(["z"], "chunks")
    assert "tokens, at an unknown price" in said[2]
    make().embed(asked, "chunks")
    assert "to ask" not in capsys.readouterr().out


# answers that cannot be used


def items(*vectors: Any) -> Body:
    return {"data": [{"index": index, "embedding": numbers} for index, numbers in enumerate(vectors)]}


GOOD = [1.0, 2.0]


@pytest.mark.parametrize("form", ["text", "comments", "junk"])
def test_what_a_gateway_adds_is_read_past(server: EmbeddingServer, make: Make, form: str) -> None:
    def odd(number: int, asked: list[str]) -> Response:
        body = items([1.0, 0.0], [0.0, 1.0])
        if form == "text":
            body["data"] = [item | {"index": str(item["index"])} for item in reversed(body["data"])]
        plain = json.dumps(body).encode()
        return Response({"text": plain, "comments": b": PING\n\n" + plain, "junk": plain + b"\n<!-- x -->"}[form])

    server.before = odd
    assert make().embed(["one", "two"], "chunks").tolist() == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize("empty", [[], None])
def test_an_empty_vector_among_others_is_that_of_a_text_without_one(
    server: EmbeddingServer, make: Make, capsys: pytest.CaptureFixture[str], empty: Any
) -> None:
    server.before = lambda number, asked: reply(items(*(empty if text == "two" else [1.0, 0.0] for text in asked)))
    assert make().embed(["one", "two"], "chunks").tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert "1 of 2 texts have no vector" in capsys.readouterr().out


def test_the_index_orders_the_vectors(server: EmbeddingServer, make: Make) -> None:
    def shuffled(number: int, asked: list[str]) -> Response:
        body = answer(asked)
        random.Random(1).shuffle(body["data"])
        return reply(body)

    server.before = shuffled
    np.testing.assert_allclose(make().embed(texts(20), "chunks"), unit_vectors(texts(20)), atol=1e-7)


def test_without_an_index_the_order_of_the_answer_is_that_of_the_texts(server: EmbeddingServer, make: Make) -> None:
    def bare(number: int, asked: list[str]) -> Response:
        body = answer(asked)
        return reply({"data": [{"embedding": item["embedding"]} for item in body["data"]]})

    server.before = bare
    np.testing.assert_allclose(make().embed(texts(20), "chunks"), unit_vectors(texts(20)), atol=1e-7)


@pytest.mark.parametrize("name", ["encoding_format", "dimensions"])
def test_a_parameter_that_a_server_does_not_know_is_left_out_from_then_on(
    server: EmbeddingServer, make: Make, name: str
) -> None:
    server.before = lambda number, asked: (
        refusal(f"{name}: extra inputs are not permitted", 422) if name in server.bodies[number - 1] else None
    )
    found = make(dimensions=8, concurrency=1).embed(texts(100), "chunks")
    np.testing.assert_allclose(found, unit_vectors(texts(100)), atol=1e-7)
    assert [name in body for body in server.bodies].count(True) == 1
    assert max(server.asked.values()) == 2


@pytest.mark.parametrize("status", [400, 403, 451])
def test_a_text_that_is_refused_for_what_it_says_is_named_and_not_cut_and_the_others_go_on(
    server: EmbeddingServer, make: Make, tmp_path: Path, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = "a forbidden text " + "lorem " * 200
    server.before = lambda number, asked: refusal("flagged by the content filter", status) if bad in asked else None
    found = make(concurrency=1).embed([bad, *texts(40), bad], "chunks")
    assert all(text in (*texts(40), bad) for text in server.asked)
    assert kept(tmp_path) == 40
    assert not found[0].any() and not found[-1].any()
    np.testing.assert_allclose(found[1:-1], unit_vectors(texts(40)), atol=1e-7)
    said = capsys.readouterr().out
    assert "warning: chunks: 1 of 41 texts have no vector" in said
    assert "'a forbidden text lorem lorem lorem lorem…'" in said and "flagged by the content filter" in said
    server.before = lambda number, asked: None
    make().embed([bad], "chunks")  # and is asked for again
    assert kept(tmp_path) == 41


NOT_A_NUMBER = reply({"error": "failed to encode response: json: unsupported value: NaN"}, 500)


@pytest.mark.parametrize(
    "broken",
    [
        NOT_A_NUMBER,
        reply({"data": [{"embedding": [float("nan"), 1.0]}]}),
        reply({"data": [{"embedding": [None, 1.0]}]}),
        reply({"data": [{"embedding": [0.0, 0.0]}]}),
    ],
)
@pytest.mark.parametrize("bad", ["text number 0", "text number 7"])
def test_a_text_of_which_the_model_makes_no_numbers_is_found_among_the_others(
    server: EmbeddingServer, make: Make, broken: Response, bad: str
) -> None:
    def one_by_one(number: int, asked: list[str]) -> Response | None:
        if bad not in asked:
            return reply({"data": [{"embedding": vector(text, 2).tolist()} for text in asked]})
        return broken if len(asked) == 1 else NOT_A_NUMBER

    server.before = one_by_one
    found = make(max_retries=8).embed(texts(40), "chunks")
    assert [f"text number {n}" for n, row in enumerate(found) if not row.any()] == [bad]
    assert len(server.bodies) < 20


@pytest.mark.parametrize("odd", [[1.0, float("-inf")], [1.0, 1e39], [0.0, -0.0], [0.0, 1e-60], [None, None]])
def test_what_means_nothing_is_told_from_what_is_wrong(odd: list[float | None]) -> None:
    for row, kind in ((odd, NoVectorError), ([1.0, 2.0, 3.0], ValueError)):
        with pytest.raises(ValueError, match="a vector") as caught:
            read_answer(json.dumps({"data": [{"embedding": row}]}).encode(), 1, 2)
        assert type(caught.value) is kind


def test_many_texts_without_a_vector_have_a_common_cause(server: EmbeddingServer, make: Make) -> None:
    server.before = lambda number, asked: NOT_A_NUMBER if any("1" in text for text in asked) else None
    with pytest.raises(UserError, match="unsupported value: NaN"):
        make(concurrency=1).embed(texts(40), "chunks")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (items(GOOD), "1 vectors came for 2 texts"),
        (items(GOOD, GOOD, GOOD), "3 vectors came for 2 texts"),
        ({"data": []}, "0 vectors came for 2 texts"),
        ({"data": [{"index": 0, "embedding": GOOD}] * 2}, r"indices \[0, 0\]; expected 0 to 1"),
        ({"data": [{"index": i, "embedding": GOOD} for i in (1, 2)]}, r"indices \[1, 2\]; expected 0 to 1"),
        (items(GOOD, [1.0, 2.0, 3.0]), "vectors of 2 and of 3 numbers came in one answer"),
        (items([], []), "a vector has 0 numbers where 2 were expected"),
        (items(GOOD, ["1", "2"]), "data.1.embedding.0"),
        (items(GOOD, [True, False]), "data.1.embedding.0"),
        ({"data": [{"index": index, "embedding": GOOD} for index in "ab"]}, "data.0.index"),
        (items(GOOD, base64.b64encode(b"\0\0\x80?\0\0\x80?").decode()), "data.1.embedding is text, such as base64"),
        ({"data": [{"embedding": GOOD}, {"index": 0, "embedding": GOOD}]}, r"indices \[None, 0\]; expected 0 to 1"),
        ({"error": {"message": "odd"}}, "odd"),
        ([1, 2], "holds no vectors"),
    ],
)
def test_an_answer_that_cannot_be_used_ends_the_run_in_one_line_and_what_came_before_is_kept(
    server: EmbeddingServer, make: Make, tmp_path: Path, body: Any, expected: str
) -> None:
    server.before = lambda number, asked: reply(items(GOOD) if number == 1 else body)
    make().embed(["earlier"], "chunks")
    before = file(tmp_path).read_bytes()
    with pytest.raises(UserError, match=expected) as caught:
        make().embed(["earlier", "one", "two"], "chunks")
    words = str(caught.value)
    assert f"no vectors of the model 'scripted' for 2 texts: {server.url}: " in words
    assert "; 1 vectors are kept in " in words
    assert "\n" not in words
    assert len(server.bodies) == 2
    assert file(tmp_path).read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"<html>gateway</html>", b"", b"\xff\xfe", b'{"data": [{"index": 0, "embedding": [1']
)
def test_an_answer_that_is_not_json_is_shown(server: EmbeddingServer, make: Make, content: bytes) -> None:
    server.before = lambda number, asked: Response(content)
    with pytest.raises(UserError, match="holds no vectors"):
        make().embed(["one"], "chunks")


def test_a_server_that_does_not_know_dimensions_is_found_out(server: EmbeddingServer, make: Make) -> None:
    server.before = lambda number, asked: reply(answer(asked))
    with pytest.raises(UserError, match="a vector has 8 numbers where 3 were expected"):
        make(dimensions=3).embed(["one"], "chunks")


def test_a_server_with_another_model_of_that_name_is_found_out(server: EmbeddingServer, make: Make) -> None:
    make().embed(["one"], "chunks")
    server.before = lambda number, asked: reply(answer(asked, 9))
    with pytest.raises(UserError, match="a vector has 9 numbers where 8 were expected"):
        make().embed(["one", "two"], "chunks")


def test_huge_and_tiny_vectors_come_out_with_length_one(server: EmbeddingServer, make: Make) -> None:
    server.before = lambda number, asked: reply(items([3e38, 3e38], [1e-44, 0.0]))
    np.testing.assert_allclose(make().embed(["a", "b"], "chunks"), [[0.5**0.5, 0.5**0.5], [1, 0]], rtol=1e-6)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_answer_breaks_the_reader(content: bytes) -> None:
    with pytest.raises(ValueError, match="the answer holds no vectors"):
        read_answer(content, 1, None)


# what may pass, and what cannot


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_what_may_pass_is_repeated(server: EmbeddingServer, make: Make, status: int) -> None:
    server.before = lambda number, asked: Response(b"busy", status, {"retry-after": "0.05"}) if number <= 2 else None
    np.testing.assert_allclose(make().embed(["a"], "chunks"), unit_vectors(["a"]), atol=1e-7)
    assert len(server.bodies) == 3


def test_retry_after_is_waited_for(server: EmbeddingServer, make: Make) -> None:
    server.before = lambda number, asked: Response(b"busy", 429, {"retry-after": "0.7"}) if number == 1 else None
    start = time.monotonic()
    make().embed(["a"], "chunks")
    assert time.monotonic() - start >= 0.7


def reset(number: int, asked: list[str]) -> Response:
    raise ConnectionError


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (lambda number, asked: Response(b"<html>oops</html>", 500), "Error code: 500"),
        (lambda number, asked: Response(b"busy", 429, {"retry-after": "0.05"}), "Error code: 429"),
        (reset, "cannot reach"),
        (lambda number, asked: time.sleep(0.6), "did not answer within 0.2 s"),
    ],
)
def test_what_does_not_pass_ends_the_run_and_what_came_before_is_kept(
    server: EmbeddingServer, make: Make, tmp_path: Path, fault: Any, expected: str
) -> None:
    make().embed(["earlier"], "chunks")
    server.before = fault
    options = {"max_retries": 1, "request_timeout_seconds": 0.2}
    with pytest.raises(UserError, match=expected) as caught:
        make(**options).embed(["one"], "chunks")
    assert "no vectors of the model 'scripted' for 'one…': " in str(caught.value)
    assert server.url in str(caught.value)
    assert "run the same command again to go on" in str(caught.value)
    assert server.asked["one"] == 2
    server.before = lambda number, asked: None
    make().embed(["earlier", "one"], "chunks")
    assert (server.asked["earlier"], kept(tmp_path)) == (1, 2)


def test_an_unreachable_server_is_named(make: Make) -> None:
    with pytest.raises(UserError, match=r"'scripted' .*cannot reach http://127\.0\.0\.1:9/v1 .*is base_url right"):
        make(url="http://127.0.0.1:9/v1", max_retries=0).embed(["a"], "chunks")


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, f"refuses the key in {KEY}"), (403, f"refuses the key in {KEY}"), (404, "knows no model 'scripted'")],
)
def test_a_wrong_key_or_name_is_told_after_one_request_without_the_key(
    server: EmbeddingServer, make: Make, status: int, expected: str
) -> None:
    server.before = lambda number, asked: refusal(f"bad things about {CANARY}", status)
    with pytest.raises(UserError, match=expected) as caught:
        make().embed(texts(500), "chunks")
    assert CANARY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "evaluate.others" in str(caught.value)
    assert len(server.bodies) == 1


def test_failures_of_several_requests_at_once_are_told_in_one_line(
    server: EmbeddingServer, make: Make, tmp_path: Path
) -> None:
    def withdraw(number: int, asked: list[str]) -> Response | None:
        if number <= 3:
            return None
        time.sleep(0.3)  # the answers to the first three are there by then
        return refusal("key withdrawn", 401)

    server.before = withdraw
    with pytest.raises(UserError, match=r"'scripted' for 32 texts: .*key withdrawn.*; 96 vectors are kept"):
        make().embed(texts(1000), "chunks")
    assert kept(tmp_path) == 96
    assert len(server.bodies) <= 3 + 4


def test_faults_at_random_change_no_byte(server: EmbeddingServer, make: Make, tmp_path: Path) -> None:
    make().embed(texts(900), "chunks")
    fault_free = file(tmp_path).read_bytes()
    file(tmp_path).unlink()
    server.asked.clear()
    dice, met, lock = random.Random(5), set[str](), threading.Lock()

    def fault(number: int, asked: list[str]) -> Response | None:
        with lock:
            kind = dice.choice(["429", "500", "reset", "half", "hang", *["none"] * 5])
            if server.asked[asked[0]] > 1:
                kind = "none"
            met.add(kind)
        if kind == "reset":
            raise ConnectionError
        if kind == "hang":
            time.sleep(0.6)
        whole = reply(answer(asked)).content
        return {
            "429": Response(b"", 429, {"retry-after": "0.05"}),
            "500": Response(b"", 500),
            "half": Response(whole[: len(whole) // 2], length=len(whole)),
        }.get(kind)

    server.before = fault
    found = make(concurrency=8, request_timeout_seconds=0.4).embed(texts(900), "chunks")
    assert met == {"429", "500", "reset", "half", "hang", "none"}
    assert file(tmp_path).read_bytes() == fault_free
    np.testing.assert_allclose(found, unit_vectors(texts(900)), atol=1e-7)


# too much


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("most", [1, 5, 31])
def test_a_server_that_takes_fewer_texts_gets_fewer(
    server: EmbeddingServer, make: Make, status: int, most: int
) -> None:
    server.before = lambda number, asked: refusal("batch too large", status) if len(asked) > most else None
    np.testing.assert_allclose(make().embed(texts(70), "chunks"), unit_vectors(texts(70)), atol=1e-7)
    assert server.answered == dict.fromkeys(texts(70), 1)


def test_a_text_longer_than_the_model_reads_is_cut_at_its_end_and_reported(
    server: EmbeddingServer, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "search_document: " + " ".join(f"word{number}" for number in range(300))
    asked = ["short", long, "brief", "short"]
    server.before = lambda number, parts: refusal("too long") if any(len(part) > 1000 for part in parts) else None
    embedder = make()
    found = embedder.embed(asked, "chunks")
    read = max(server.answered, key=len)
    assert long.startswith(read)
    assert 750 <= len(read) <= 1000
    np.testing.assert_allclose(found, unit_vectors(["short", read, "brief", "short"]), atol=1e-7)
    assert embedder.cut_share(asked) == 0.25
    assert embedder.cut_share(["short"]) == 0
    assert "warning: chunks: 1 texts are longer than scripted reads; their ends were cut" in capsys.readouterr().out
    embedder.embed(["short"], "questions")
    assert "warning" not in capsys.readouterr().out
    requests = len(server.bodies)
    again = make()
    np.testing.assert_array_equal(again.embed(asked, "chunks"), found)
    assert (again.cut_share(asked), len(server.bodies)) == (0.25, requests)
    assert "warning: chunks: 1 texts" in capsys.readouterr().out
    assert [row["characters"] for row in map(json.loads, file(tmp_path).open()) if "characters" in row] == [len(read)]


def test_which_texts_are_cut_does_not_depend_on_the_company(
    server: EmbeddingServer, make: Make, tmp_path: Path
) -> None:
    server.before = lambda number, parts: refusal("too long") if any(len(part) > 400 for part in parts) else None
    asked = [f"{number} " * (20 * number + 1) for number in range(40)]
    make().embed(asked, "chunks")
    together = file(tmp_path).read_bytes()
    file(tmp_path).unlink()
    for part in (asked[30:], asked[:7], asked):
        make(concurrency=1).embed(part, "chunks")
    assert file(tmp_path).read_bytes() == together


def test_a_refusal_of_anything_at_all_ends_after_a_few_requests(server: EmbeddingServer, make: Make) -> None:
    server.before = lambda number, asked: refusal(f"this model does not support dimensions {CANARY}")
    with pytest.raises(UserError, match=r"'0 lorem lorem .*…': .*does not support dimensions …") as caught:
        make().embed([f"{number}\n" + "lorem\n" * 200 for number in range(400)], "chunks")
    assert "\n" not in str(caught.value)
    assert len(server.bodies) < 20
    assert min(len(text) for text in server.asked) <= SHORTEST


def test_part_of_a_batch_that_was_paid_for_is_kept_when_the_rest_fails(
    server: EmbeddingServer, make: Make, tmp_path: Path
) -> None:
    def bad_apple(number: int, asked: list[str]) -> Response | None:
        if len(asked) > 16:
            return refusal("too many", 413)
        return refusal("no bad apples", 401) if "text number 20" in asked else None

    server.before = bad_apple
    with pytest.raises(UserError, match=r"for 16 texts: .*no bad apples.*; 16 vectors are kept"):
        make().embed(texts(32), "chunks")
    assert kept(tmp_path) == 16


@pytest.mark.parametrize("bad", ["", " \n", "half a character \ud83d"])
def test_a_text_that_no_model_embeds_is_named_before_anything_is_asked(
    server: EmbeddingServer, make: Make, bad: str
) -> None:
    with pytest.raises(UserError, match=r"text 2 of 3 is .* scripted cannot embed it"):
        make().embed(["fine", bad, "also fine"], "chunks")
    assert server.bodies == []


# the key


@pytest.mark.parametrize("key", [None, "", "  \n"])
def test_openai_itself_needs_a_key_but_only_for_what_is_missing(
    server: EmbeddingServer, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str | None
) -> None:
    found = make().embed(["a"], "chunks")
    monkeypatch.delenv(KEY) if key is None else monkeypatch.setenv(KEY, key)
    np.testing.assert_array_equal(make(url=None).embed(["a"], "chunks"), found)
    with pytest.raises(NoKeyError, match=f"{KEY} is not set: .*give scripted in evaluate.others the base_url"):
        make(url=None).embed(["a", "b"], "questions")
    assert kept(tmp_path) == 1


def test_other_servers_need_none(server: EmbeddingServer, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY)
    assert make().embed(["a"], "chunks").shape == (1, 8)


def test_the_key_is_sent_and_shows_up_nowhere(
    server: EmbeddingServer,
    make: Make,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.before = lambda number, asked: Response(b"busy", 500, {"retry-after": "0.01"}) if number == 1 else None
    make().embed(texts(3), "chunks")
    server.before = lambda number, asked: refusal(f"{CANARY} is not a key", 401)
    with pytest.raises(UserError) as caught:
        make().embed(texts(4), "chunks")
    assert server.headers[0]["authorization"] == f"Bearer {CANARY}"
    output, errors = capfd.readouterr()
    written = [path.read_bytes().decode() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 1
    for words in (str(caught.value), repr(caught.value.__cause__), output, errors, caplog.text, *written):
        assert CANARY not in words


# a process that dies

EMBED = """
import signal
import sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background may have it ignored
from attune.core.errors import run
from attune.servers.embedder import OpenAIEmbedder
from attune.core.params import PARAMS_FILE, RuntimeParams, load_params
url, folder, settings, *texts = sys.argv[1:]
runtime = RuntimeParams.model_validate_json(settings)
run(lambda: OpenAIEmbedder("scripted", url, None, None, runtime, Path(folder)).embed(texts, "chunks"))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("kill", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_killed_in_the_middle_it_loses_what_was_in_flight_and_no_more(
    server: EmbeddingServer, make: Make, tmp_path: Path, kill: signal.Signals, code: int
) -> None:
    make().embed(texts(600), "chunks")
    undisturbed = file(tmp_path).read_bytes()
    file(tmp_path).unlink()
    server.asked.clear()
    server.answered.clear()
    dead = threading.Event()

    def hold(number: int, asked: list[str]) -> Response | None:
        if len(server.answered) < 250:
            return None
        dead.wait(60)
        raise ConnectionError

    server.before = hold
    process = subprocess.Popen(
        [sys.executable, "-c", EMBED, server.url, tmp_path / "vectors", runtime().model_dump_json(), *texts(600)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    while len(server.answered) < 250:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(kill)
    assert process.wait() == code
    dead.set()
    assert kept(tmp_path) >= 250 - 4 * 32
    server.before = lambda number, asked: None
    make().embed(texts(600), "chunks")
    assert file(tmp_path).read_bytes() == undisturbed
    assert sum(server.asked.values()) <= 600 + 4 * 32
    assert sum(count > 1 for count in server.asked.values()) <= 4 * 32
