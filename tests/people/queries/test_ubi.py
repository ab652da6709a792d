"""User Behavior Insights: the schema of version 1.3, and what exports make of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attune.core.errors import UserError
from attune.people.queries.ubi import value
from tests.support.lease import IDS
from tests.support.typed import answers, typed

QUERY = {"query_id": "7", "user_query": "cats allowed?", "client_id": "a", "query_response_hit_ids": ["faq.md"]}


def event(**fields: Any) -> dict[str, Any]:
    attributes = {"object": {"object_id": "faq.md", "object_id_field": "path"}, "position": {"ordinal": 1}}
    row = {"action_name": "click", "query_id": "7", "client_id": "a", "timestamp": "2026-11-30T12:00:00Z"}
    return row | {"event_attributes": attributes} | fields


def lines(*rows: Any) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


HITS = {"hits": {"total": {"value": 2}, "hits": [{"_id": "1", "_source": QUERY}, {"_id": "2", "_source": event()}]}}
DOTTED = {"action_name": ["click"], "query_id": ["7"], "event_attributes.object.object_id": ["faq.md"]}
EXPORTS: dict[str, dict[str, str]] = {
    "lines": {"ubi.jsonl": lines(event(), QUERY)},
    "two files, the events first": {"a.ndjson": lines(event()), "b.ndjson": lines(QUERY)},
    "a list": {"ubi.json": json.dumps([QUERY, event()])},
    "lines by another name": {"ubi.json": lines(QUERY, event())},
    "the answer to a search": {"ubi.json": json.dumps(HITS, indent=1)},
    "a dump": {"ubi.json": lines({"_index": "ubi_queries", "_source": QUERY}, {"_source": event()})},
    "bulk": {"ubi.ndjson": lines({"index": {"_id": "1"}}, QUERY, {"index": {}}, event())},
    "fields": {
        "ubi.jsonl": lines({"fields": {"query_id": ["7"], "user_query": ["cats allowed?"]}}, {"fields": DOTTED})
    },
    "tables": {
        "ubi_queries.csv": "query_id,user_query\n7,cats allowed?\n",
        "ubi_events.csv": "action_name,query_id,event_attributes.object.object_id\nclick,7,faq.md\n",
    },
    "its own query": {"ubi.jsonl": lines(event(query_id=None, user_query="cats allowed?"))},
    "internal id": {"ubi.jsonl": lines(QUERY, event(event_attributes={"object": {"internal_id": IDS[3]}}))},
    "a name of one's own": {"ubi.jsonl": lines(QUERY, event(action_name="item_click"))},
    "numbers as ids": {"ubi.jsonl": lines(QUERY | {"query_id": 7}, event(query_id=7.0))},
}


@pytest.mark.parametrize("files", EXPORTS.values(), ids=EXPORTS)
def test_forms_of_exports(tmp_path: Path, files: dict[str, str]) -> None:
    found = typed(tmp_path, files)
    assert answers(found) == {"cats allowed?": [3]} and found.unlabelled == []


@pytest.mark.parametrize("action", ["impression", "view", "item_hover", "on_search", "page_exit"])
def test_what_opens_no_result_is_no_click_and_is_told(
    tmp_path: Path, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = typed(tmp_path, {"ubi.jsonl": lines(QUERY, event(action_name=action))})
    assert found.labelled == [] and found.unlabelled == ["cats allowed?"]
    assert f"events of UBI that open no result, and so are no clicks: 1 {action}" in capsys.readouterr().err


def test_clicks_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    rows = [
        QUERY,
        event(query_id=""),  # before anything was searched for
        event(query_id="of another day"),
        event(event_attributes={"position": {}}),
        event(event_attributes={"object": {"object_id": "gone.pdf"}}),
        event(),
        event(),  # twice by the same client
        event(client_id="b"),
    ]
    counts = typed(tmp_path, {"ubi.jsonl": lines(*rows)}).counts
    assert counts["clicks_left_out"] == {"without_query": 2, "without_document": 1, "repeated": 1, "bots": 0}
    assert counts["answers_left_out"]["unknown_place"] == 1 and counts["asked"] == 1


def test_queries_of_nothing_are_counted(tmp_path: Path) -> None:
    counts = typed(tmp_path, {"ubi.jsonl": lines({"query_id": "1", "user_query": ""}, {"query_id": "2"}, QUERY)}).counts
    assert counts["dropped"]["empty"] == 2 and counts["queries"] == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"action_name": "click"}\n{"acti', r"ubi.jsonl:2: not JSON"),
        ('{"_id": "1", "text": "x"}\n', "neither a query of UBI .* but _id, text"),
        ("7\n", "found int; expected rows of UBI"),
    ],
)
def test_what_is_no_export_is_told_in_a_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        typed(tmp_path, {"ubi.jsonl": content})


NESTED: list[Any] = [{"a": {"b": {"c": 1}}}, {"a.b": {"c": 1}}, {"a": {"b.c": 1}}, {"a.b.c": [1.0]}]
NESTED += [{"a": [{"b": {"c": "1"}}]}]
NO_FIELD: list[Any] = [{}, {"a": None}, {"a": {"b": {"c": True}}}, {"a": {"b": {"c": [1, 2]}}}, {"a": "x"}]
NO_FIELD += [{"a": {"b": 1}}, [], "x", None]


@pytest.mark.parametrize(("rows", "expected"), [(NESTED, "1"), (NO_FIELD, "")], ids=["there", "not there"])
def test_fields_are_found_however_they_are_nested(rows: list[Any], expected: str) -> None:
    assert [value(row, "a.b.c") for row in rows] == [expected] * len(rows)
