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
        ("no-such-model", None, "installed (all-MiniLM-L6-v2)"),
        ("text-embedding-3-small", None, "evaluate.others, provider: openai"),
        ("organisation/model", None, "has no revision"),
        ("organisation/model", "main", "has the revision 'main': a branch or a tag can mean other weights tomorrow"),
        ("organisation/model", "v1.0", "copy the commit hash"),
        ("organisation/model", "0" * 7, "copy the commit hash"),
        ("organisation/model", "0" * 41, "copy the commit hash"),
        ("organisation/model", "0" * 40 + "\n", "copy the commit hash"),
        ("organisation/model", "0" * 40, "cannot fetch the model 'organisation/model'"),
    ],
)
def test_model_that_is_not_there_is_one_clear_line(name: str, revision: str | None, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        locate(name, revision)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
