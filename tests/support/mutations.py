"""Files that are broken at random: what a disk, a bad program or somebody hostile makes of them."""

from __future__ import annotations

import random
import zipfile
from io import BytesIO

from tests.support.office_files import zipped

NUMBERS = (b"0", b"-1", b"65536", b"999999999", b"1e309", b"NaN", b"99999999999999999999")
PIECES = (b"\0", b"\xff\xfe", b"<", b"]]>", b"&#0;", b'"', b"\n\n", "äß\u202e".encode(), b"{", b"<!DOCTYPE a [")


def mutated(data: bytes, random_: random.Random) -> bytes:
    """A file with up to five changes; of a zip archive mostly within a part, so that it still opens."""
    if data.startswith(b"PK") and random_.random() < 0.9:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
        name = random_.choice([name for name in parts if not name.endswith("/")])
        if random_.random() < 0.05:
            del parts[name]
        else:
            content = parts[name]
            assert isinstance(content, bytes)
            parts[name] = mutated(content, random_)
        return zipped(parts)
    for _ in range(random_.randint(1, 5)):
        data = _changed(data, random_)
    return data


def _changed(data: bytes, random_: random.Random) -> bytes:
    start = random_.randrange(len(data) + 1)
    end = min(len(data), start + random_.choice((1, 2, 8, 64)))
    digits = [place for place in range(len(data)) if data[place : place + 1].isdigit()]
    kind = random_.randrange(7)
    if kind == 0 and data:
        return data[:start] + bytes([random_.randrange(256)]) + data[start + 1 :]
    if kind == 1:
        return data[:start] + data[end:]
    if kind == 2:
        return data[:end] + data[start:end] * random_.choice((1, 2, 50)) + data[end:]
    if kind == 3:
        return data[:start] + random_.choice(PIECES) + data[start:]
    if kind == 4 and digits:
        place = random_.choice(digits)
        return data[:place] + random_.choice(NUMBERS) + data[place + 1 :]
    if kind == 5:  # two pieces change places: elements that close too early
        other = random_.randrange(len(data) + 1)
        return data[:start] + data[other : other + end - start] + data[end:]
    return data[:start] if random_.random() < 0.1 else data
