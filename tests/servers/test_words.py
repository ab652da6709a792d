"""The words of a server are found in whatever form they come."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.servers.words import is_page, parsed, words_of

PAGE = "<!DOCTYPE html><html><head><title>403\n Forbidden &amp; gone</title></head><body>long</body></html>"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "too long", "code": 400}}, "too long"),
        ({"error": "pull it first"}, "pull it first"),
        ({"detail": "a window of 512"}, "a window of 512"),
        ({"detail": [{"loc": ["body"], "msg": "extra field"}, {"msg": "another"}]}, "extra field; another"),
        ({"detail": [{"loc": ["body", "max_tokens"], "msg": "not permitted"}]}, "max_tokens: not permitted"),
        ({"error": {"message": "Unknown parameter", "param": "top_p"}}, "top_p: Unknown parameter"),
        ({"error": {"message": "failed", "metadata": {"raw": '{"error": {"message": "why"}}'}}}, "failed: why"),
        ({"error": {"message": "failed", "metadata": {"raw": "why"}}}, "failed: why"),
        ({"error": {"message": "failed", "metadata": {"raw": None}, "param": None}}, "failed"),
        ([{"error": {"message": "in a list"}}], "in a list"),
        ({"error": {"message": '{"error": {"message": "from behind"}}'}}, "from behind"),
        ({"object": "error", "message": "of a model"}, "of a model"),
        ({"error": {"code": "DeploymentNotFound"}}, "DeploymentNotFound"),
        ({"status": "odd"}, '{"status": "odd"}'),
        ("plain\n  words", "plain words"),
        (PAGE, "403 Forbidden & gone"),
        ("<html><body><h1>Bad gateway</h1></body></html>", "Bad gateway"),
        ("<html><script>x()</script><body>Sign in</body></html>", "Sign in"),
        ("", ""),
        (None, ""),
    ],
)
def test_the_words_are_found(body: object, words: str) -> None:
    assert words_of(body) == words


def test_a_page_is_told_from_words() -> None:
    assert is_page(PAGE) and is_page("\n<html>") and is_page("<center>x")
    assert not is_page("a <b>word</b>") and not is_page({"error": PAGE})


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["error", "message", "x"]), inner),
    max_leaves=8,
)


@given(JSON | st.binary(max_size=40))
def test_any_body_has_words(body: object) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert "\n" not in words_of(parsed(content))


def test_a_body_that_is_nested_too_deep_is_text() -> None:
    assert isinstance(parsed(b"[" * 10**5), str)


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'   \n\n {"a": 1}\n', {"a": 1}),
        (b': PROCESSING\n\n: PROCESSING\n\n{"a": 1}', {"a": 1}),
        (b'data: {"a": 1}\n\ndata: {"a": 2}\n\ndata: [DONE]\n', [{"a": 1}, {"a": 2}]),
        (b'event: message\r\ndata:{"a": 1}\r\n\r\n', {"a": 1}),
        (b'data: {"a": "\xe2\x80\xa8"}\n\ndata: {"a": 2}\n\n', [{"a": "\u2028"}, {"a": 2}]),
        (b'{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        (b'{"a": 1}\n<!-- served by a gateway -->', {"a": 1}),
        (b'{"a": 1}\0\0', {"a": 1}),
        (b'{"a": "H\xf6r"}', {"a": "H\u00f6r"}),
        (b"{} is no body", "{} is no body"),
        (b"[404] gone", "[404] gone"),
        (b"data: nothing", "data: nothing"),
        (b"   .", "   ."),
        (b"null", None),
    ],
)
def test_json_is_found_in_what_keeps_a_connection_open(content: bytes, body: object) -> None:
    assert parsed(content) == body
