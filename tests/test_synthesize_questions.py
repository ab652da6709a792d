"""The stage that pays: it asks for what is missing, keeps what it got, and counts what it drops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Response

from scripts import estimate
from stages import synthesize_questions
from stages.lib.beir import Chunk, read_queries, write_corpus
from stages.lib.errors import UserError
from stages.synthesize_questions import CORPUS, METRICS, QUERIES, REPLIES, main
from tests.conftest import ChatServer, set_params

WORDS = "alabaster bassoon cobalt dahlia ermine fjord gazelle hibiscus isotope jasmine krypton lagoon".split(" ")


def chunks(count: int) -> list[Chunk]:
    return [
        Chunk(f"c{i:02d}", "", f"The {WORDS[i % 12]}{'x' * i} machine and its {WORDS[(i + 5) % 12]} valve run daily, and "
              "one man can set it up, if he has a key for it.",
              {"document": "a.txt", "title": "A", "start": i, "end": i + 1, "pages": None})
        for i in range(count)
    ]  # fmt: skip


@pytest.fixture
def asked(project: Path, chat_server: ChatServer) -> ChatServer:
    """A project with ten chunks that asks the scripted server."""
    use(project, chat_server)
    write_corpus(CORPUS, chunks(10))
    return chat_server


def use(project: Path, server: ChatServer, **knobs: Any) -> None:
    set_params(
        project / "params.yaml",
        synthesize_questions={"provider": "openai", "model": "scripted", "base_url": server.url, **knobs},
        runtime={"concurrency": 3, "max_retries": 0, "request_timeout_seconds": 5.0},
    )


def test_a_second_run_asks_nothing_and_writes_the_same_bytes(asked: ChatServer) -> None:
    main()
    first = {path: path.read_bytes() for path in (QUERIES, REPLIES, METRICS)}
    assert len(asked.prompts) == 10
    main()
    assert len(asked.prompts) == 10
    assert {path: path.read_bytes() for path in first} == first


def test_questions_name_their_chunk(asked: ChatServer) -> None:
    main()
    questions = read_queries(QUERIES)
    by_id = {chunk.id: chunk for chunk in chunks(10)}
    assert len(questions) > 10
    for question in questions:
        assert question.text in ChatServer.questions(by_id[question.metadata["chunks"][0]].text)


def test_a_changed_chunk_is_asked_for_alone(asked: ChatServer) -> None:
    main()
    write_corpus(
        CORPUS, [*chunks(9), Chunk("new", "", "The quokka engine and its walnut lever. " * 3, chunks(1)[0].metadata)]
    )
    main()
    assert len(asked.prompts) == 11
    assert "quokka" in asked.prompts[-1]


@pytest.mark.parametrize(
    ("knobs", "asks"),
    [
        ({"min_words": 5}, False),
        ({"rare_word_fraction": 0.5}, False),
        ({"max_failed_fraction": 0.5}, False),
        ({"temperature": 0.1}, True),
        ({"questions_per_chunk": 5}, True),
        ({"model": "another"}, True),
    ],
)
def test_only_what_shapes_a_reply_is_asked_again(
    asked: ChatServer, project: Path, knobs: dict[str, Any], asks: bool
) -> None:
    main()
    use(project, asked, **knobs)
    main()
    assert len(asked.prompts) == (20 if asks else 10)


def test_another_server_for_the_same_model_is_not_asked_again(asked: ChatServer, project: Path) -> None:
    main()
    set_params(project / "params.yaml", synthesize_questions={"base_url": "http://127.0.0.1:9/v1"})
    main()


def test_a_changed_prompt_asks_again_and_the_old_one_costs_nothing(asked: ChatServer, project: Path) -> None:
    main()
    prompt = project / "prompts" / "openai.txt"
    before = prompt.read_text()
    prompt.write_text(before + "\nBe brief.\n")
    main()
    assert len(asked.prompts) == 20
    prompt.write_text(before)
    main()
    assert len(asked.prompts) == 20


def test_few_failures_are_named_and_the_run_completes(
    asked: ChatServer, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use(project, asked, max_failed_fraction=0.1)
    asked.before = lambda number: Response("no", 500) if number == 4 else None
    main()
    assert "warning: 1 of 10 chunks stayed without a reply" in capsys.readouterr().out
    assert json.loads(METRICS.read_text())["chunks_without_reply"] == 1


def test_many_failures_fail_the_stage_and_keep_every_reply(asked: ChatServer) -> None:
    asked.before = lambda number: Response("no", 500) if number > 6 else None
    with pytest.raises(UserError, match=r"4 of 10 chunks stayed without a reply .* Every reply so far is kept"):
        main()
    before = len(asked.prompts)
    assert before < 10  # it stops when there are too many failures
    asked.before = lambda number: None
    main()
    assert len(asked.prompts) == before + 4


def test_every_question_is_kept_or_counted(asked: ChatServer) -> None:
    asked.before = lambda number: ChatServer.completion(
        "What is the purpose of this passage?\nNo question.\nHow does the valve run?\nWhy?\n"
    )
    set_params(Path("params.yaml"), synthesize_questions={"questions_per_chunk": 4})
    with pytest.raises(UserError, match="none of the 40 questions is worth keeping"):
        main()
    asked.before = lambda number: None
    set_params(Path("params.yaml"), synthesize_questions={"questions_per_chunk": 3})
    main()
    metrics = json.loads(METRICS.read_text())
    assert metrics["questions_written"] == metrics["questions_kept"] + sum(metrics["dropped"].values())
    assert (metrics["prompt_tokens"], metrics["completion_tokens"]) == (100, 50)


def test_the_server_sees_title_and_passage_once(asked: ChatServer) -> None:
    main()
    for chunk in chunks(10):
        assert sum(chunk.text in prompt for prompt in asked.prompts) == 1
    assert all('the document "A"' in prompt for prompt in asked.prompts)


def test_openai_without_a_key_is_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    write_corpus(CORPUS, chunks(2))
    set_params(project / "params.yaml", synthesize_questions={"provider": "openai", "model": "m"})
    with pytest.raises(UserError, match="OPENAI_API_KEY is not set"):
        main()
    assert not QUERIES.exists()


def test_the_estimate_needs_no_key_and_asks_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    write_corpus(CORPUS, chunks(10))
    set_params(project / "params.yaml", synthesize_questions={"provider": "openai", "model": "gpt-4o-mini"})
    estimate.main()
    assert "10 to ask gpt-4o-mini for: about" in capsys.readouterr().out
    assert not REPLIES.exists()


def test_the_key_stands_in_no_file(asked: ChatServer, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-77")
    main()
    assert asked.headers[0]["Authorization"] == "Bearer sk-canary-77"
    for path in project.rglob("*"):
        assert path.is_dir() or b"sk-canary" not in path.read_bytes()


def test_stage_constants_are_where_the_promises_say() -> None:
    assert synthesize_questions.REPLIES.as_posix() == "data/replies.jsonl"
