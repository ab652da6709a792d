"""Who writes the questions: a server, live or by batches, or a model in this process."""

from __future__ import annotations

from attune.core.params import RuntimeParams
from attune.questions.asking.writer import Writer
from attune.questions.params import SynthesizeQuestionsParams


def make_writer(params: SynthesizeQuestionsParams, runtime: RuntimeParams) -> Writer:
    """Return the writer that `provider` and `mode` name."""
    if params.provider == "local":
        from attune.questions.writers.local import LocalWriter  # not before it is needed: it loads torch

        return LocalWriter(params.model, params.local, runtime)
    from attune.questions.writers.batch import BatchWriter
    from attune.questions.writers.live import LiveWriter

    writer = BatchWriter if params.mode == "batch" else LiveWriter
    return writer(params.settings, params.base_url, runtime)
