"""A process that would give other results is refused."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest

from attune.core.errors import UserError
from attune.engine.same import Environment, code_hash, environment


def test_this_process_is_the_same() -> None:
    mine = environment()
    assert mine.libraries["numpy"] == version("numpy")
    assert len(mine.libraries) > 50
    mine.check()


def test_another_version_is_named() -> None:
    libraries = environment().libraries | {"pypdf": "0.1", "not-there": "7.1"}
    expected = f"has pypdf {version('pypdf')} instead of 0.1, not-there none instead of 7.1, which would change results"
    with pytest.raises(UserError, match=re.escape(expected)):
        Environment(code_hash(), libraries).check()


def test_what_this_machine_has_not_nobody_needs() -> None:
    Environment(code_hash(), {"not-there": "none"}).check()


def test_other_code_is_named() -> None:
    with pytest.raises(UserError, match="runs other code of this project"):
        Environment("0" * 64, {}).check()
