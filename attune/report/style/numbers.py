"""How a report writes its numbers: shares in per cent, other measures with three decimals, true minus signs."""

from __future__ import annotations

from attune.report.style.names import is_share

_SPACE = "\u202f"  # narrow, and no line ends there
_MINUS = "\u2212"


def percent(value: float) -> str:
    """Return 0.910345 as "91.0 %"."""
    return f"{_plain(value * 100, 1)}{_SPACE}%"


def amount(measure: str, value: float) -> str:
    """Return a value of a measure: "91.0 %" or "0.809"."""
    return percent(value) if is_share(measure) else _plain(value, 3)


def change(measure: str, value: float) -> str:
    """Return a signed difference of a measure, without its unit: "+8.9" (points) or "+0.076"."""
    text = _plain(value * 100, 1) if is_share(measure) else _plain(value, 3)
    return text if text.startswith(_MINUS) or not text.strip("0.") else f"+{text}"


def between(measure: str, low: float, high: float) -> str:
    """Return "86.2 to 95.1 %" or "0.761 to 0.857"."""
    return f"{amount(measure, low).removesuffix(_SPACE + '%')} to {amount(measure, high)}"


def axis_label(measure: str, value: float) -> str:
    """Return a round value as it stands at an axis: "80 %" or "0.8"."""
    return f"{value * 100:g}{_SPACE}%" if is_share(measure) else f"{value:g}"


def value_label(measure: str, value: float) -> str:
    """Return the same without the unit, where there is little room: "80" or "0.8"."""
    return f"{value * 100:g}" if is_share(measure) else f"{value:g}"


def change_label(measure: str, value: float) -> str:
    """Return a round difference as it stands at an axis: "+10" or "−0.05"."""
    return f"{value * (100 if is_share(measure) else 1):+g}".replace("-", _MINUS) if value else "0"


def unit(measure: str) -> str:
    """Return what a difference of a measure is counted in, with a space in front."""
    return " points" if is_share(measure) else ""


def p_value(p: float) -> str:
    """Return "p = 0.003" or "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def count(number: int, noun: str) -> str:
    """Return "1 question" or "2,000 questions"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _plain(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    if float(text) == 0:  # -0.0 is no loss
        text = text.lstrip("-")
    return text.replace("-", _MINUS)
