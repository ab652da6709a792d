"""The templates, filled so that no text of a document or a user can become markup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from attune.report.style.text import displayable, markdown

TEMPLATES = Path(__file__).parent / "templates"


def render_html(page: Mapping[str, Any]) -> str:
    """Return the report as a page of HTML that needs nothing beside itself."""
    return _environment(_clean).get_template("report.html.j2").render(page)


def render_markdown(page: Mapping[str, Any]) -> str:
    """Return the report as Markdown, for a comment on a pull request."""
    return _environment(_markdown).get_template("report.md.j2").render(page)


def _environment(finalize: Callable[[Any], Any]) -> Environment:
    # `finalize` sees every value that is filled in, and `autoescape` what it leaves: no place can forget to escape
    return Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _clean(value: Any) -> Any:
    return displayable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _markdown(value: Any) -> Any:
    return Markup(markdown(value)) if isinstance(value, str) and not isinstance(value, Markup) else value  # noqa: S704
