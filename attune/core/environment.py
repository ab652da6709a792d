"""What libraries read from the environment once, when they are loaded: set before any of them is.

Whatever the user has set stays.
"""

from __future__ import annotations

from collections.abc import MutableMapping

# Threads of OpenMP that have nothing to do spin for some milliseconds before they sleep. Where another program wants a
# core, they spin in its turn and in that of the thread they wait for, and training falls to a fraction of its speed
# (docs/measurements.md). PASSIVE lets them sleep at once.
WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")  # any of them is a choice of the user's
# Products on a GPU are the same every time only with a fixed workspace, and cuBLAS looks for it at the first product:
# before training, which wants it, the base model has been asked already.
WORKSPACE = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


def set_defaults(environment: MutableMapping[str, str]) -> None:
    """Set what the user has not."""
    if not any(name in environment for name in WAITING):
        environment["OMP_WAIT_POLICY"] = "PASSIVE"
    for name, value in WORKSPACE.items():
        environment.setdefault(name, value)
