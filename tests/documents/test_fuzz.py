"""Every reader, on files that are broken at random: it reads them or says why not; it never hangs or crashes."""

from __future__ import annotations

import os
import random
import zlib

import pytest

from attune.documents.blocks import Content, Options
from attune.documents.decode import Unreadable
from attune.documents.folder.sandbox import sandbox
from attune.documents.readers.formats import ENDINGS, PASSAGES, READERS
from tests.support.mutations import mutated
from tests.support.seed_files import seeds

TRIES = int(os.environ.get("ATTUNE_FUZZ_TRIES", "25"))  # of each format; more to look for something new
SAME_READER = {".markdown", ".asciidoc", ".htm", ".xhtml", ".docm", ".pptm", ".ppsx", ".xlsm", ".xlsb", ".xls"}


def read(ending: str, data: bytes) -> Content | None:
    """Read a file in a child process, which finds this function by its name."""
    if ending in PASSAGES:
        PASSAGES[ending](data)
    return READERS[ending](data, Options()) if ending in READERS else None


def test_there_is_a_seed_of_each_format() -> None:
    assert set(seeds()) == set(ENDINGS) - SAME_READER


@pytest.mark.slow
@pytest.mark.parametrize("ending", sorted(seeds()))
def test_a_broken_file_is_read_or_has_a_reason(ending: str) -> None:
    seed = seeds()[ending]
    files = [seed, *(mutated(seed, random.Random(zlib.crc32(f"{ending}{n}".encode()))) for n in range(TRIES))]
    with sandbox(read, [(ending, data) for data in files], workers=2, timeout=20.0) as results:
        whole, *found = results
    assert not isinstance(whole, Unreadable)
    reasons = [str(one) for one in found if isinstance(one, Unreadable)]
    assert not [reason for reason in reasons if reason.startswith(("took", "crashed"))], reasons
    assert all("\n" not in reason and 0 < len(reason) < 400 for reason in reasons)
