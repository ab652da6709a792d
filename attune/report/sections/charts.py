"""What is drawn beside the intervals: measures by k and by the weight in a hybrid, and the course of the training."""

from __future__ import annotations

from collections.abc import Iterator

from attune.evaluation.results import BASE, DECIDES, FINETUNED, HYBRID, HYBRID_BASE
from attune.report.reading.inputs import Inputs
from attune.report.reading.tables import Curves
from attune.report.sections.verdict import TITLES, SetKind
from attune.report.style.lines import LineChart, Series, line_chart, running_mean, thinned
from attune.report.style.names import COLOURS, measure_name, system_css, system_name

SMOOTHING = 10  # the loss is averaged over a tenth of the steps


def curves(inputs: Inputs) -> Iterator[LineChart]:
    """Yield hit rate and nDCG by k, a line for each system that was measured."""
    systems = inputs.metrics.systems
    for measure, table in (("hit_rate@k", inputs.hit_rate), ("ndcg@k", inputs.ndcg)):
        title = measure_name(measure)
        series = [Series(system_name(name), system_css(name, systems), points) for name, points in _lines(table)]
        if series:
            yield line_chart(measure.partition("@")[0], title, "chunks shown, k", series, measure)


def weights(inputs: Inputs) -> Iterator[LineChart]:
    """Yield the hybrids by the weight of the model: people's questions where there are any, and written ones."""
    columns = dict(_lines(inputs.weights))
    kinds: dict[str, SetKind] = {"human_": "human", "": "synthetic"}
    for prefix, kind in kinds.items():
        series = [
            Series(system_name(hybrid), system_css(hybrid, ()), columns[f"{prefix}{model}"])
            for model, hybrid in ((BASE, HYBRID_BASE), (FINETUNED, HYBRID))
            if f"{prefix}{model}" in columns
        ]
        if series:
            title = f"{measure_name(DECIDES)}, {TITLES[kind].lower()}"
            yield line_chart(f"weight-{kind}", title, "weight of the model, the rest is BM25’s", series, DECIDES)


def training(inputs: Inputs) -> Iterator[LineChart]:
    """Yield the loss, as it is and smoothed, and the dev measures by epoch; nothing where nothing was recorded."""
    if loss := inputs.loss.columns.get("loss"):
        points = thinned(list(zip(inputs.loss.x, loss, strict=True)))
        smooth = running_mean(points, max(1, len(points) // SMOOTHING))
        series = [Series("each step", "s-raw", points), Series("smoothed", "s-finetuned", smooth)]
        yield line_chart("loss", "Training loss", "step", series, "loss")
    measures = [(name, points) for name, points in _lines(inputs.dev) if "@" in name]
    dev = [Series(measure_name(name), f"s-{i % COLOURS}", points) for i, (name, points) in enumerate(measures)]
    if dev:
        yield line_chart("dev", "Dev questions", "epoch", dev, "ndcg")


def _lines(table: Curves) -> list[tuple[str, list[tuple[float, float]]]]:
    return [(name, list(zip(table.x, ys, strict=True))) for name, ys in table.columns.items() if ys]
