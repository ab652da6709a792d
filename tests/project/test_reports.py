"""What users of other tools reported of servers, each worded as theirs did: read, asked otherwise, waited for, or told.

`docs/measurements.md` lists them with what became of each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from attune.core.errors import UserError
from attune.questions.asking.replies import Replies
from attune.questions.cleaning.queries import parse
from attune.servers.embedder import OpenAIEmbedder
from attune.servers.prices import Price
from tests.support.asking import limits, make, requests, runtime
from tests.support.chat_server import ChatServer
from tests.support.embedding_server import EmbeddingServer, refusal
from tests.support.embedding_server import Response as Sent

QUESTIONS = ["How is the valve oiled?", "What does the pump cost?"]
PLAIN = json.dumps({"questions": QUESTIONS})
THIRD = "alphaxx "  # in the prompt of one request


@pytest.fixture
def server(http: HTTPServer) -> ChatServer:
    http.clear()
    return ChatServer(http)


def as_json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    return Response(content, status, headers, content_type="application/json")


def message(text: Any, finish: Any = "stop", **fields: Any) -> Response:
    choice = {"index": 0, "message": {"role": "assistant", "content": text} | fields, "finish_reason": finish}
    return ChatServer.completion("", choices=[choice])


def error(words: str, status: int, **fields: Any) -> Response:
    return as_json({"error": {"message": words} | fields}, status)


def ask(server: ChatServer, path: Path, count: int = 5, **changes: Any) -> tuple[dict[str, str], list[str]]:
    """Ask, and return what failed and the texts of the replies."""
    with Replies(path / "r") as replies:
        failed = make(server.url, **({"concurrency": 1, "max_retries": 3} | changes)).write(
            requests(count), replies, limits()
        )
        return failed, [reply.text for reply in replies.values()]


STREAM = b"".join(
    b"data: " + json.dumps({"choices": [{"delta": {"content": piece}}]}).encode() + b"\n\n"
    for piece in (PLAIN[:9], PLAIN[9:])
)
ANSWERS = {
    "vllm-project/vllm#48863": message(None, reasoning_content=PLAIN),
    "vllm-project/vllm#13375": message(f"What may they ask?\nAll of it.\n</think>\n\n{PLAIN}"),
    "ollama/ollama#10001": message(f"Here is the JSON:\n```json\n{PLAIN}\n```\nDo you need more?"),
    "ggml-org/llama.cpp#19051": message("Questions:\n" + "\n".join(f"{n}. {q}" for n, q in enumerate(QUESTIONS, 1))),
    "lmstudio-ai/lmstudio-bug-tracker#2403": message(f"```json {PLAIN}```"),
    "Augustas11/macprovider#743": message(f"analysisWe are to ask. Is it so?assistantfinal{PLAIN}"),
    "NVIDIA/TensorRT-LLM#9256": message(f"<|channel|>commentary<|message|>{PLAIN}<|end|>"),
    "ml-explore/mlx-lm#1867": message(
        f"<|channel|>analysis<|message|>Why?<|end|><|start|>assistant<|channel|>final<|message|>{PLAIN}"
    ),
    "HKUDS/nanobot#2494": message(
        [{"type": "thinking", "thinking": [{"type": "text", "text": "Why?"}]}, {"type": "text", "text": PLAIN}]
    ),
    "router-for-me/CLIProxyAPI#417": as_json(
        ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n" + message(PLAIN).get_data(as_text=True)
    ),
    "abetlen/llama-cpp-python#133": Response(STREAM + b"data: [DONE]\n\n", content_type="text/event-stream"),
    "OpenAgentHQ/openagent-eval#36": message(str([{"question": q, "answer": "It's so."} for q in QUESTIONS])),
    "Future-House/paper-qa#843": message(f"<think> Thinking {{}} </think>\nI am here to help\n```json\n{PLAIN}\n```"),
    "langchain-ai/langchain#9505": message(f"Here are the pairs you asked for:\n\n{PLAIN}"),
    "mistralai/mistral-inference#146": message(f"{PLAIN}\n\nThis JSON object holds two questions about the text."),
    "vibrantlabsai/ragas#2831": message(PLAIN, "eos"),
    "vibrantlabsai/ragas#1727": message(PLAIN, "STOP"),
    "video-db/Director#193": ChatServer.completion(PLAIN, usage=None),
}


@pytest.mark.parametrize("report", ANSWERS)
def test_the_questions_are_read(server: ChatServer, tmp_path: Path, report: str) -> None:
    server.before = lambda number: ANSWERS[report]
    failed, texts = ask(server, tmp_path, 2)
    # a remark comes last, and is dropped and counted by the cleaning
    assert (failed, [parse(text).questions[:2] for text in texts]) == ({}, [QUESTIONS] * 2)


def test_formulas_that_nobody_escaped_are_read(server: ChatServer, tmp_path: Path) -> None:
    """iDiagoValeta/localOllamaRAG#153."""
    server.before = lambda number: message('{"questions": ["What is \\sigma in the model?", "Why does \\xi rise?"]}')
    _, (text,) = ask(server, tmp_path, 1)
    assert parse(text).questions == ["What is \\sigma in the model?", "Why does \\xi rise?"]


def test_a_reply_that_was_cut_off_is_counted_as_such_in_any_words(server: ChatServer, tmp_path: Path) -> None:
    """vibrantlabsai/ragas#1727."""
    server.before = lambda number: message(PLAIN[:-20], "MAX_TOKENS")
    ask(server, tmp_path, 1)
    assert [reply.finish_reason for reply in Replies.read(tmp_path / "r").values()] == ["length"]


def asks_for(name: str, *values: str) -> Callable[[dict[str, Any]], bool]:
    def asked(body: dict[str, Any]) -> bool:
        value = body.get(name)
        return name in body and (not values or (value or {})["type"] in values)

    return asked


PLAIN_TEXT_ONLY = asks_for("response_format")
NO_SCHEMA = asks_for("response_format", "json_schema")
DETAIL = {
    "detail": [{"type": "extra_forbidden", "loc": ["body", "max_tokens"], "msg": "Extra inputs are not permitted"}]
}
RAW = json.dumps({"error": {"message": "response_format is not supported by this model"}})
OBJECTIONS = {
    "ikawrakow/ik_llama.cpp#778": (
        NO_SCHEMA,
        error('response_format type must be one of "text" or "json_object", but got: json_schema', 500, code=500),
    ),
    "lidge-jun/opencodex#2135": (PLAIN_TEXT_ONLY, error("Failed to initialize samplers: failed to parse grammar", 400)),
    "LoadShine/tada#16": (NO_SCHEMA, as_json({"error": "'response_format.type' must be 'json_object' or 'text'"}, 400)),
    "ItzCrazyKns/Vane#969": (NO_SCHEMA, error("This response_format type is unavailable now", 400)),
    "dzhng/deep-research#22": (
        NO_SCHEMA,
        error("Failed to deserialize the JSON body: response_format.type `json_schema` is unavailable now", 422),
    ),
    "diegosouzapw/OmniRoute#3044": (
        PLAIN_TEXT_ONLY,
        error("Provider returned error", 400, code=400, metadata={"raw": RAW, "provider_name": "Crucible"}),
    ),
    "mistralai/platform-docs-public#7": (
        asks_for("max_tokens"),
        as_json(
            {"object": "error", "message": json.dumps(DETAIL), "type": "internal_error_proxy", "code": "1000"}, 422
        ),
    ),
    "editor-code-assistant/eca#231": (
        asks_for("max_tokens"),
        as_json({"object": "error", "message": DETAIL, "type": "invalid_request_error"}, 422),
    ),
    "BerriAI/litellm#10910": (
        asks_for("max_tokens"),
        error("litellm.UnsupportedParamsError: mistral does not support parameters: {'max_tokens': 64}", 400),
    ),
    "koosoli/ESPHomeDesigner#379": (
        asks_for("max_tokens"),
        error("Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.", 400),
    ),
    "BeehiveInnovations/pal-mcp-server#78": (
        asks_for("temperature"),
        error("Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) is.", 400),
    ),
    "FoundationAgents/OpenManus#490": (
        asks_for("temperature"),
        error("Unsupported parameter: 'temperature' is not supported with this model.", 400),
    ),
}


@pytest.mark.parametrize("report", OBJECTIONS)
def test_the_server_is_asked_as_its_words_want_it_from_then_on(server: ChatServer, tmp_path: Path, report: str) -> None:
    objects, refused = OBJECTIONS[report]
    server.before = lambda number: refused if objects(server.bodies[number - 1]) else message(PLAIN)
    failed, texts = ask(server, tmp_path)
    assert (failed, len(texts)) == ({}, 5)
    assert len(server.bodies) <= 5 + 2


AZURE = {"code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}
ZERO = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
OF_ONE = {
    "microsoft/TinyTroupe#85": (error("filtered by the content management policy", 400, **AZURE), "content management"),
    "open-compass/VLMEvalKit#1550": (
        ChatServer.completion("", choices=[{"message": None, "finish_reason": "PROHIBITED_CONTENT"}]),
        "no message",
    ),
    "BerriAI/litellm#40252": (ChatServer.completion("", choices=[], usage={"prompt_tokens": 4241}), "no choices"),
    "BerriAI/litellm#32221": (as_json("null"), "no choices"),
    "BerriAI/litellm#31413": (as_json("          ."), "no choices"),
    "ollama/ollama#13371": (ChatServer.completion(None, usage=ZERO), "is empty"),
    "docling-project/docling#1647": (message("", None), "is empty"),
    "vllm-project/vllm#45736": (message(None), "is empty"),
    "vllm-project/vllm#17609": (message(None, reasoning_content="Valves are oiled weekly."), "thoughts and no answer"),
    "sugarforever/chat-ollama#695": (message("", "content_filter"), "content filter"),
    "continuedev/continue#10218": (
        error("Request too large on tokens per minute (TPM): Limit 12000, Requested 14137, please reduce it", 413),
        "Request too large",
    ),
    "vllm-project/vllm#20409": (
        error("This model's maximum context length is 16384 tokens. However, you requested 122946 tokens", 400),
        "maximum context length",
    ),
    "Azure-Samples/azure-search-openai-demo#1394": (error("'$.input' is invalid: flagged", 400), "flagged"),
}


@pytest.mark.parametrize("report", OF_ONE)
def test_one_chunk_fails_with_the_servers_words_and_is_asked_again(
    server: ChatServer, tmp_path: Path, report: str
) -> None:
    sent, words = OF_ONE[report]
    server.before = lambda number: sent if THIRD in server.prompts[number - 1] else message(PLAIN)
    failed, texts = ask(server, tmp_path)
    assert (list(failed), len(texts)) == (["c2"], 4)
    assert words in failed["c2"] and "\n" not in failed["c2"]
    assert all(body["response_format"]["type"] == "json_schema" for body in server.bodies[-2:])
    server.before = lambda number: message(PLAIN)
    with Replies(tmp_path / "r") as replies:
        missing = [request for request in requests(5) if request.key not in replies]
        assert make(server.url).write(missing, replies, limits()) == {} and len(missing) == 1


JSON_FAILED = error(
    "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
    400,
    code="json_validate_failed",
    failed_generation='{"v1": "a"},{"v2"',
)


def test_what_the_model_wrote_wrongly_is_asked_for_more_simply(server: ChatServer, tmp_path: Path) -> None:
    """thepersonalaicompany/amurex-backend#38, langchain-ai/langchain#31459."""
    server.before = lambda number: (
        JSON_FAILED
        if THIRD in server.prompts[number - 1] and "response_format" in server.bodies[number - 1]
        else message(PLAIN)
    )
    failed, texts = ask(server, tmp_path)
    assert (failed, len(texts), len(server.bodies)) == ({}, 5, 7)


PASSING = {
    "UKGovernmentBEIS/inspect_ai#1536": as_json({"error": {"message": "Provider returned error", "code": 502}}),
    "maximhq/bifrost#5963": as_json({"error": {"message": "rate limited upstream", "code": 429}, "usage": None}),
    "aws-samples/bedrock-access-gateway#91": error("An error occurred (ThrottlingException): Too many tokens", 500),
    "RooCodeInc/Roo-Code#5050": as_json({"message": "Too many tokens, please wait before trying again."}, 400),
    "n4ze3m/page-assist#406": as_json(
        [{"error": {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}}], 429
    ),
    "elizaOS/eliza#4040": error("Rate limit reached for model: Limit 6000. Please try again in 40ms.", 429),
    "ollama/ollama#14093": as_json({"error": "model runner has unexpectedly stopped"}, 500),
    "BerriAI/litellm#14144": error("No deployments available - try again in 0.05 seconds", 429),
}


@pytest.mark.parametrize("report", PASSING)
def test_what_passes_is_asked_again_and_changes_nothing(server: ChatServer, tmp_path: Path, report: str) -> None:
    server.before = lambda number: PASSING[report] if number == 2 else message(PLAIN)
    failed, texts = ask(server, tmp_path)
    assert (failed, len(texts), len(server.bodies)) == ({}, 5, 6)


def test_a_server_that_names_a_day_is_not_waited_for(server: ChatServer, tmp_path: Path) -> None:
    """assafelovic/gpt-researcher#936."""
    words = "exceeded call rate limit. Please retry after 86400 seconds."
    server.before = lambda number: as_json({"error": {"message": words}}, 429, {"retry-after": "86400"})
    failed, _ = ask(server, tmp_path, 2)
    assert "retry after 86400 seconds" in failed["c0"] and "run the same command again later" in failed["c0"]
    assert len(server.bodies) == 2


CUT_OFF = message("", "length", reasoning_content="What may they ask?")
ENDING = {
    "QwenLM/qwen-code#73": (error("This request requires more credits, or fewer max_tokens", 402), "more credits", 1),
    "BerriAI/litellm#22726": (
        error("Budget has been exceeded! Current cost: 26.075, Max budget: 0.25", 400),
        "Budget",
        1,
    ),
    "BerriAI/litellm#9658": (error("ExceededBudget: User=x over budget", 400, type="budget_exceeded"), "Exceeded", 1),
    "NousResearch/hermes-agent#102849": (CUT_OFF, "synthesize_questions.max_reply_tokens", 12),
    "microsoft/PyRIT#759": (as_json({"model": "m", "message": {"content": PLAIN}, "done": True}), "no choices", 12),
    "NVIDIA-NeMo/DataDesigner#416": (message("I have read the text."), "'I have read the text.'", 12),
    "koassistant#106": (error("Request too large: Limit 8000, Requested 32979", 413), "", 40),
}


@pytest.mark.parametrize("report", ENDING)
def test_what_comes_to_nothing_for_all_ends_early_in_one_line(server: ChatServer, tmp_path: Path, report: str) -> None:
    sent, words, most = ENDING[report]
    server.before = lambda number: sent
    with Replies(tmp_path / "r") as replies:
        writer = make(server.url, concurrency=1, max_retries=0)
        if not words:  # one by one they are refused as too long, which costs nothing and counts as failed
            assert len(writer.write(requests(40), replies, limits(failures=3))) == 4
            return
        with pytest.raises(UserError) as caught:
            writer.write(requests(40), replies, limits(failures=39))
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert len(server.bodies) <= most


def test_a_reply_without_choices_that_was_billed_counts_as_paid(server: ChatServer, tmp_path: Path) -> None:
    """BerriAI/litellm#40252."""
    server.before = lambda number: OF_ONE["BerriAI/litellm#40252"][0]
    stop = limits(most=1000, price=Price(input=0, output=1e6))
    with Replies(tmp_path / "r") as replies:
        make(server.url, concurrency=1).write(requests(1), replies, stop)
    assert "$64.00 spent" in stop.budget.overrun([])


# embeddings


@pytest.fixture
def embeddings() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        yield server


def longer(most: int) -> Callable[[list[str]], bool]:
    return lambda texts: any(len(text) > most for text in texts)


NAN = refusal("failed to encode response: json: unsupported value: NaN", 500)
TOO_LARGE = refusal("input (700 tokens) is too large to process. increase the physical batch size (current: 512)", 500)
OF_TEXTS: dict[str, tuple[Callable[[list[str]], bool], Sent, int]] = {  # which, what is said, texts without a vector
    "ollama/ollama#14657": (lambda texts: "text 7" in texts, NAN, 1),
    "canonical/inference-snaps#344": (longer(500), TOO_LARGE, 0),
    "huggingface/text-embeddings-inference#356": (
        longer(500),
        refusal("Input validation error: `inputs` must have less than 512 tokens. Given: 534", 413),
        0,
    ),
    "yazinsai/OpenOats#579": (longer(500), refusal("the input length exceeds the context length"), 0),
    "memodb-io/memobase#142": (
        lambda texts: len(texts) > 10,
        refusal("Value error, batch size is invalid, it should not be larger than 10.: input.contents"),
        0,
    ),
    "run-llama/llama_index#15180": (longer(500), refusal("Input length 533 exceeds maximum allowed token size 512"), 0),
    "langgenius/dify#35737": (lambda texts: "text 7" in texts, refusal("data inspection failed: input[3]"), 1),
}


@pytest.mark.parametrize("report", OF_TEXTS)
def test_one_text_is_cut_or_stays_without_a_vector_and_the_others_get_theirs(
    embeddings: EmbeddingServer, tmp_path: Path, report: str
) -> None:
    refuses, words, lost = OF_TEXTS[report]
    embeddings.before = lambda number, texts: words if refuses(texts) else None
    texts = [*(f"text {number}" for number in range(40)), "long " * 200]
    embedder = OpenAIEmbedder("scripted", embeddings.url, None, None, runtime(concurrency=2), tmp_path)
    found = embedder.embed(texts, "chunks")
    assert int((~found.any(axis=1)).sum()) == lost
    assert set(embeddings.answered.values()) == {1}
    assert len(embeddings.bodies) < 30
