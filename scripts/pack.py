"""Pack a folder of many documents into a few zip archives, which `chunk` reads as if they were unpacked.

DVC hashes, links and transfers file by file, which takes long for 100,000 documents on a server. Which
archive a document goes into follows from a hash of its path: a new document changes one archive. Nothing in FROM is
changed or removed; what is no document, or may not be read, is named.

Usage: python -m scripts.pack FROM TO [--mib 256]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from attune.core.errors import UserError, listed, run
from attune.core.files import atomic_folder
from attune.documents.folder.find import find_documents
from attune.documents.packs import shards, write_pack

MIB = 256  # of documents in an archive, about: large enough for few files, small enough to send again
SHOWN = 10


def archives(sizes: int, mib: int) -> int:
    """Return how many archives hold so many bytes: a power of two, which seldom changes as documents are added."""
    return 1 << max(0, (sizes // (mib * 2**20)).bit_length())


def main() -> None:
    """Pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, metavar="FROM", help="the folder of documents")
    parser.add_argument("target", type=Path, metavar="TO", help="a folder that does not exist yet, or is empty")
    parser.add_argument("--mib", type=int, default=MIB, help="MiB of documents in an archive, about")
    arguments = parser.parse_args()
    source, target = arguments.source, arguments.target
    if not source.is_dir():
        raise UserError(f"there is no folder {source}; name the one that holds the documents")
    if target.exists() and any(target.iterdir()):
        raise UserError(f"{target} is not empty; name a folder that does not exist yet")
    if arguments.mib < 1:
        raise UserError(f"--mib is {arguments.mib}; expected 1 or more")
    found = find_documents(source)
    loose = [path for path in found.documents if (source / path).exists()]
    left = [*found.others, *found.links_out, *(path for path in found.documents if not (source / path).exists())]
    if not loose:
        raise UserError(f"no documents to pack in {source}")
    count = archives(sum((source / path).stat().st_size for path in loose), arguments.mib)
    with atomic_folder(target) as folder:
        for number, paths in shards(loose, count):
            write_pack(folder / f"documents-{number:04d}.zip", source, paths)
    print(f"packed {len(loose)} documents into {len(list(target.iterdir()))} archives in {target}")
    if left:
        print(f"not packed: {listed(left, SHOWN)}", file=sys.stderr)


if __name__ == "__main__":
    run(main)
