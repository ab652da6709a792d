"""Models are found in packages, in folders and on the hub, and their absence is explained."""

from __future__ import annotations

import pytest

from attune.core.errors import UserError
from attune.models.locate import locate


def test_the_default_weights_are_those_that_the_hub_publishes() -> None:
    import hashlib

    weights = (locate("all-MiniLM-L6-v2", None) / "model.safetensors").read_bytes()
    digest = hashlib.sha256(weights).hexdigest()
    assert digest.startswith("53aa5117") and digest.endswith("28d9db")


@pytest.mark.parametrize(
    ("name", "revision", "expected"),
    [
        ("no-such-model", None, "no model 'no-such-model'"),
        ("organisation/model", None, "has no revision"),
        ("organisation/model", "0" * 40, "cannot fetch the model 'organisation/model'"),
    ],
)
def test_model_that_is_not_there_is_one_clear_line(name: str, revision: str | None, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        locate(name, revision)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
