"""Who writes the questions, and the base model: there, or asked with one tiny request."""

from __future__ import annotations

from collections.abc import Iterator

import openai

from attune.core.errors import UserError
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.questions.params import SynthesizeQuestionsParams
from attune.servers.server import Server
from scripts.health.finding import FINE, MIND, WRONG, Finding
from scripts.health.project import model

PATIENCE = 30.0  # seconds: a server that loads its model for the first request takes a while


def server(params: SynthesizeQuestionsParams, runtime: RuntimeParams, ask: bool) -> Finding:
    """Look at the key and the address; with `ask`, send one request of a few tokens."""
    hurried = runtime.model_copy(update={"max_retries": 0, "request_timeout_seconds": PATIENCE})
    try:
        asked = Server(params.base_url, params.model, hurried, "use `provider: local`")
        if not ask:
            return Finding(
                MIND, f"{params.model} at {asked.name} was not asked", "`make doctor ASK=1` sends one request"
            )
        client = asked.client()
    except UserError as error:
        return Finding(WRONG, str(error))
    try:
        client.chat.completions.create(
            model=params.model, messages=[{"role": "user", "content": "Answer with the word yes."}]
        )
    except (openai.OpenAIError, ValueError) as error:
        return Finding(WRONG, asked.explain(error))
    return Finding(FINE, f"{params.model} at {asked.name} answers")


def findings(ask: bool) -> Iterator[Finding]:
    """Look at both."""
    try:
        base = load_params("base_model", BaseModelParams)
        params = load_params("synthesize_questions", SynthesizeQuestionsParams)
        runtime = load_params("runtime", RuntimeParams)
    except UserError:
        return  # it is said of params.yaml
    yield model("base model", base.name, base.revision)
    if params.provider == "openai":
        yield server(params, runtime, ask)
    else:
        from attune.questions.writers.local_model import EMBEDDED

        yield model("writer", params.model, params.local.revision, EMBEDDED)
