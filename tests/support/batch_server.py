"""A server with OpenAI's Batch API on a real socket: it checks files, and batches change their state poll by poll."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from attune.questions.writers import batch_file
from tests.support.chat_server import ChatServer

Row = dict[str, Any]
STATES = ("validating", "in_progress", "finalizing")


def answer(row: Row) -> Row:
    """The line that an honest server writes for a request: the same reply as live."""
    passage = re.search(r"<passage>\n(.*)\n</passage>", row["body"]["messages"][0]["content"], re.DOTALL)
    assert passage
    body = json.loads(ChatServer.completion("\n".join(ChatServer.questions(passage.group(1)))).get_data())
    return line(row, {"status_code": 200, "request_id": "r", "body": body})


def line(row: Row, response: Row | None, error: Row | None = None) -> Row:
    return {"id": "batch_req_1", "custom_id": row["custom_id"], "response": response, "error": error}


class BatchServer(ChatServer):
    """Says at each step what happens, to a hook that may kill the client or answer something else."""

    def __init__(self, server: HTTPServer) -> None:
        super().__init__(server)
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, Row] = {}
        self.asked: Counter[str] = Counter()  # custom_id -> how often it was asked, and paid for
        self.events: list[str] = []
        self.at: Callable[[str], Response | None] = lambda event: None
        self.answer: Callable[[Row], Row | None] = answer  # None leaves a request unanswered
        self.problem: Callable[[Row], str | None] = lambda row: None  # what is wrong with a line of a file
        self.final = "completed"
        self.room: int | None = None  # requests that may wait at a time
        files, batches = re.compile(r"^/v1/files/[\w-]+/content$"), re.compile(r"^/v1/batches/[\w-]+$")
        server.expect_request("/v1/files", method="POST").respond_with_handler(self._upload)
        server.expect_request(files, method="GET").respond_with_handler(self._download)
        server.expect_request("/v1/batches", method="POST").respond_with_handler(self._create)
        server.expect_request("/v1/batches", method="GET").respond_with_handler(self._list)
        server.expect_request(batches, method="GET").respond_with_handler(self._retrieve)

    def _happens(self, event: str) -> Response | None:
        self.events.append(event)
        return self.at(event)

    def _upload(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        if instead := self._happens("uploading"):
            return instead
        assert request.form["purpose"] == "batch"
        name = f"file-{len(self.files)}"
        self.files[name] = request.files["file"].read()
        file = {"id": name, "object": "file", "purpose": "batch", "bytes": 1, "created_at": 0, "filename": "f"}
        return self._happens("uploaded") or _json(file)

    def _download(self, request: Request) -> Response:
        content = self.files.get(request.path.split("/")[3])
        if content is None:
            return _json({"error": {"message": "No such File object"}}, 404)
        return self._happens("downloading") or Response(content, content_type="application/octet-stream")

    def _create(self, request: Request) -> Response:
        if instead := self._happens("creating"):
            return instead
        body = json.loads(request.data)
        assert body["completion_window"] == "24h"
        assert all(len(name) <= 64 and len(value) <= 512 for name, value in body["metadata"].items())
        rows = [json.loads(text) for text in self.files[body["input_file_id"]].decode().splitlines()]
        batch = {
            "id": f"batch_{len(self.batches)}", "object": "batch", "created_at": int(time.time()), "polls": 0,
            "status": "validating", "output_file_id": None, "error_file_id": "", "errors": None,
            "request_counts": {"completed": 0, "failed": 0, "total": len(rows)}, **body,
        }  # fmt: skip
        problems = self._problems(rows, body["endpoint"])
        self.batches[batch["id"]] = batch
        if problems:
            batch |= {"problems": problems}
        else:
            self.asked.update(row["custom_id"] for row in rows)
        return self._happens("created") or _json(batch)

    def _problems(self, rows: list[Row], endpoint: str) -> list[Row]:
        """What OpenAI checks of a file, as far as we could get it wrong."""
        waiting = sum(
            batch["request_counts"]["total"]
            for batch in self.batches.values()
            if batch["status"] in STATES and "problems" not in batch
        )
        if self.room is not None and waiting + len(rows) > self.room:
            return [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached", "line": None}]
        if len(rows) > batch_file.MOST_REQUESTS or len({row["custom_id"] for row in rows}) < len(rows):
            return [{"code": "bad_file", "message": "too many requests, or the same twice", "line": None}]
        wrong = {
            number: self.problem(row)
            or (
                "not a request"
                if row["method"] != "POST" or row["url"] != endpoint or not 0 < len(row["custom_id"]) <= 64
                or row["body"]["model"] == "refused"
                else None
            )
            for number, row in enumerate(rows, start=1)
        }  # fmt: skip
        return [{"code": "bad_line", "message": text, "line": number} for number, text in wrong.items() if text]

    def _list(self, request: Request) -> Response:
        if instead := self._happens("listing"):
            return instead
        newest = list(reversed(self.batches.values()))
        after = request.args.get("after")
        start = [batch["id"] for batch in newest].index(after) + 1 if after else 0
        page = newest[start : start + 2]  # small pages, so that the client has to turn them
        return _json({"object": "list", "data": page, "has_more": start + 2 < len(newest)})

    def _retrieve(self, request: Request) -> Response:
        batch = self.batches.get(request.path.split("/")[3])
        if batch is None:
            return _json({"error": {"message": "No such batch"}}, 404)
        if batch["status"] in STATES:
            batch["polls"] += 1
            if batch["polls"] < len(STATES):
                batch["status"] = STATES[batch["polls"]]
            elif not batch.get("stuck"):
                self._finish(batch)
        return self._happens("polled") or _json(batch)

    def _finish(self, batch: Row) -> None:
        if "problems" in batch:
            batch |= {"status": "failed", "errors": {"object": "list", "data": batch["problems"]}}
            return
        rows = [json.loads(text) for text in self.files[batch["input_file_id"]].decode().splitlines()]
        results = [result for row in reversed(rows) if (result := self.answer(row))]  # in any order, says OpenAI
        files: dict[str, list[Row]] = {"output": [], "error": []}
        for result in results:
            files["output" if (result["response"] or {}).get("status_code") == 200 else "error"].append(result)
        for kind, lines in files.items():
            if lines:
                batch[f"{kind}_file_id"] = name = f"file-{kind}-{batch['id']}"
                self.files[name] = "".join(json.dumps(result) + "\n" for result in lines).encode()
        batch["request_counts"] |= {"completed": len(files["output"]), "failed": len(files["error"])}
        batch["status"] = self.final


def _json(value: Row, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")
