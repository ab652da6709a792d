"""Requests carried by file come back as the bytes of live."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from attune.core.beir import write_corpus
from attune.core.errors import UserError
from attune.questions.asking.under_way import UnderWay
from attune.servers.server import KEY
from scripts import batch as batch_script
from stages.synthesize_questions import CORPUS, QUERIES, REPLIES, main
from tests.support.asking import CANARY
from tests.support.batch_runs import kept, use
from tests.support.batch_server import BatchServer, answer
from tests.support.machines import chunks


@pytest.fixture
def server(http: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> BatchServer:
    monkeypatch.setenv(KEY, CANARY)
    http.clear()
    return BatchServer(http)


def carry(*arguments: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["scripts.batch", *arguments])
        batch_script.main()


def run_batch(source: Path, target: Path, broken: int | None = None) -> None:
    """What `vllm run-batch` writes: its own ids, every field spelled out, a 400 where it could not answer."""
    rows = [json.loads(text) for text in source.read_text().splitlines()]
    with target.open("w") as file:
        for number, row in enumerate(rows):
            result = answer(row) | {"id": f"vllm-{number:032x}"}
            message = result["response"]["body"]["choices"][0]["message"]
            message |= {"refusal": None, "tool_calls": [], "reasoning_content": None}
            result["response"]["body"] |= {"prompt_logprobs": None, "kv_transfer_params": None}
            if number == broken:
                result["response"] = {"status_code": 400, "request_id": "vllm-batch-1", "body": None}
                result["error"] = {"error": {"message": "too long", "type": "BadRequestError", "code": 400}}
            file.write(json.dumps(result) + "\n")


def test_export_and_import_give_the_bytes_of_live(
    project: Path, server: BatchServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(CORPUS, chunks(10))
    use(project, server)
    main()
    live = {path: path.read_text() for path in (QUERIES, REPLIES)}
    REPLIES.unlink()
    monkeypatch.delenv(KEY)  # nothing is asked, so no key is needed
    carry("export", "in.jsonl")
    run_batch(Path("in.jsonl"), Path("out.jsonl"), broken=3)
    carry("import", "out.jsonl")
    assert "9 added, 0 were there already, 0 unknown, 1 failed (too long)" in capsys.readouterr().out
    carry("export", "rest.jsonl")
    assert len(Path("rest.jsonl").read_text().splitlines()) == 1
    run_batch(Path("rest.jsonl"), Path("rest_out.jsonl"))
    carry("import", "rest_out.jsonl")
    asked = len(server.prompts)
    main()
    assert len(server.prompts) == asked
    assert QUERIES.read_text() == live[QUERIES]
    assert REPLIES.read_text().replace(', "batch": true', "") == live[REPLIES]
    carry("export", "nothing.jsonl")
    assert not Path("nothing.jsonl").exists()


def test_results_for_other_requests_are_counted_as_unknown(project: Path, server: BatchServer) -> None:
    write_corpus(CORPUS, chunks(4))
    use(project, server)
    carry("export", "in.jsonl")
    run_batch(Path("in.jsonl"), Path("out.jsonl"))
    use(project, server, temperature=0.1)
    with pytest.raises(UserError, match="0 added, 0 were there already, 4 unknown, 0 failed"):
        carry("import", "out.jsonl")
    assert kept() == set()


def test_what_is_no_file_of_results_is_named(project: Path, server: BatchServer) -> None:
    write_corpus(CORPUS, chunks(4))
    use(project, server)
    with pytest.raises(UserError, match=r"missing\.jsonl does not exist; expected what"):
        carry("import", "missing.jsonl")
    Path("odd.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(UserError, match=r"odd\.jsonl:1: not a result of a batch"):
        carry("import", "odd.jsonl")
    with pytest.raises(UserError, match=r"expected `python -m scripts\.batch export FILE`"):
        carry("export")
    use(project, server, provider="local")
    with pytest.raises(UserError, match="provider is 'local'"):
        carry("export", "in.jsonl")


def test_live_mode_tells_what_waits_in_a_batch(
    project: Path, server: BatchServer, capsys: pytest.CaptureFixture[str]
) -> None:
    write_corpus(CORPUS, chunks(4))
    use(project, server)
    carry("export", "in.jsonl")
    names = [json.loads(text)["custom_id"] for text in Path("in.jsonl").read_text().splitlines()]
    UnderWay().intend(server.url, names[:3])
    main()
    assert "3 of them were submitted in a batch by an earlier run: mode: batch waits" in capsys.readouterr().out
