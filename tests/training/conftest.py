"""What holds for all tests of training."""

from __future__ import annotations

from tests.support.threads import one_thread as one_thread
