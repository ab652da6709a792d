"""What counts as a gain on the dev questions."""

from __future__ import annotations

import numpy as np

from attune.training.fit import beats_noise


def test_noise_is_no_gain() -> None:
    base = np.array([0.2, 0.9, 0.4, 0.6, 0.1, 0.8, 0.3, 0.5] * 4)
    gains = np.array([0.1, -0.1] * 16)
    assert not beats_noise(base, base)
    assert not beats_noise(base + gains, base)
    assert not beats_noise(base - 0.1 + gains / 10, base)
    assert beats_noise(base + 0.1 + gains / 10, base)
