"""Parameters: each section of params.yaml is a strict class without defaults.

DVC sees only what stands in params.yaml, so a default in code would be an input that nobody tracks.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from attune.core.errors import UserError, one_line

PARAMS_FILE = Path("params.yaml")
SECTIONS = ("base_model", "general", "chunk", "synthesize_questions", "split", "finetune", "evaluate", "runtime")


class Section(BaseModel):
    """A section of params.yaml: no unknown keys, no conversions, no changes after loading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    gone: ClassVar[Mapping[str, str]] = {}  # knobs of earlier versions: what to use now


class BaseModelParams(Section):
    """`base_model`: the embedding model to start from."""

    name: str = Field(min_length=1)
    revision: str | None
    max_tokens: int | None = Field(ge=16)


class GeneralParams(Section):
    """`general`: what a model must not forget."""

    set: str = Field(min_length=1)


class RuntimeParams(Section):
    """`runtime`: knobs that cannot change a result; DVC does not track them."""

    engine: Literal["local", "ray"]
    workers: int = Field(ge=0)
    threads: int = Field(ge=0)
    processes: int = Field(ge=1)
    document_timeout_seconds: float = Field(gt=0)
    document_cache_gib: float = Field(ge=0)
    concurrency: int = Field(ge=1)
    request_timeout_seconds: float = Field(gt=0)
    max_retries: int = Field(ge=0)
    batch_poll_seconds: float = Field(gt=0)
    encode_batch_size: int = Field(ge=0)
    checkpoint_steps: int = Field(ge=0)


AnySection = TypeVar("AnySection", bound=Section)


def load_params(section: str, params_class: type[AnySection], path: Path = PARAMS_FILE) -> AnySection:
    """Load one section of params.yaml.

    Raises:
        UserError: the file, a section or a key is missing, unknown, of the wrong type or out of range.
    """
    everything = read_params(path)
    for name in everything:
        if name not in SECTIONS:
            raise UserError(f"{path}: unknown section '{name}'{_suggestion(str(name), SECTIONS)}")
    values = everything.get(section)
    if not isinstance(values, dict):
        raise UserError(f"{path}: section '{section}' is missing or not a table; `git diff {path}` shows what changed")
    try:
        return params_class.model_validate(values)
    except ValidationError as error:
        problems = [_explain(section, params_class, dict(problem)) for problem in error.errors()]
        raise UserError(f"{path}: " + "; ".join(problems)) from None


def read_params(path: Path = PARAMS_FILE) -> dict[Any, Any]:
    """Read params.yaml as it stands there.

    Raises:
        UserError: the file is missing or not a table.
    """
    try:
        values = deepcopy(_parsed(path.read_bytes(), str(path)))
    except FileNotFoundError:
        raise UserError(f"{path} not found in {Path.cwd()}; run this from the root of the project") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not valid YAML: {one_line(error, 500)}") from None
    if not isinstance(values, dict):
        raise UserError(f"{path} holds no sections; `git diff {path}` shows what changed")
    return values


@lru_cache(maxsize=1)  # the reader is slow, and a stage loads several sections
def _parsed(content: bytes, name: str) -> Any:
    file = BytesIO(content)
    file.name = name  # what the reader's errors call it
    # YAML 1.2, as DVC reads it: to YAML 1.1 the number 2e-5 is a string
    return YAML(typ="safe", pure=True).load(file)


def _explain(section: str, params_class: type[Section], problem: dict[str, Any]) -> str:
    where = ".".join([section, *(str(part) for part in problem["loc"])])
    if problem["type"] == "extra_forbidden":
        if problem["loc"][-1] in params_class.gone:
            return f"'{where}' is gone: {params_class.gone[problem['loc'][-1]]}"
        return f"unknown key '{where}'{_suggestion(str(problem['loc'][-1]), tuple(params_class.model_fields))}"
    if problem["type"] == "missing":
        return f"key '{where}' is missing; `git diff {PARAMS_FILE}` shows what changed"
    return f"'{where}' is {problem['input']!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _suggestion(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; known: {', '.join(known)}"
