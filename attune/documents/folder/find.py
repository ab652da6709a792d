"""The folder of documents: which files it holds."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from attune.core.errors import UserError
from attune.documents.document import ending
from attune.documents.packs import PACK, names_in
from attune.documents.readers.formats import ENDINGS

DVC_FILE = ".dvc"  # `dvc add` leaves such a file beside each document
# DVC can be told to put links to its cache in the place of files, and its cache can be anywhere
DVC_CACHE = re.compile(r"/files/md5/[0-9a-f]{2}/[0-9a-f]{30}$")


@dataclass
class Folder:
    """What is in a folder: documents, and what is left alone, as paths relative to it."""

    documents: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    links_out: list[str] = field(default_factory=list)

    @property
    def other_types(self) -> Counter[str]:
        """Count the files of each type that there is no reader for."""
        return Counter(ending(path) or "no ending" for path in self.others)


def find_documents(root: Path) -> Folder:
    """Find the documents below a folder, and in archives there, by path; hidden files and folders are passed over.

    A link that leads out of the folder is not followed: with documents from elsewhere it could pull any file of this
    machine into the data set, and from there into prompts.
    """
    folder, of_pack = Folder(), dict[str, str]()
    for path in sorted(_files(root)):
        file = root / path
        if file.is_symlink() and _leads_out(file, root):
            folder.links_out.append(path)
        elif ending(path) == PACK and file.is_file():
            names = [(PurePosixPath(path).parent / name).as_posix() for name in names_in(file)]
            for name in names:
                if name in of_pack or (root / name).exists():
                    raise UserError(f"{root / name} is there twice, in {path} and {of_pack.get(name, 'beside it')}")
                of_pack[name] = path
                (folder.documents if ending(name) in ENDINGS else folder.others).append(name)
        elif ending(path) in ENDINGS:
            folder.documents.append(path)
        elif file.suffix != DVC_FILE and not file.is_dir():
            folder.others.append(path)
    return Folder(sorted(folder.documents), sorted(folder.others), folder.links_out)


def _files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root, onerror=_fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if Path(folder, name).is_symlink()]  # os.walk does not go into them
        for name in links + names:
            if not name.startswith("."):
                yield Path(folder, name).relative_to(root).as_posix()


def _fail(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise UserError(f"cannot open the folder {error.filename} ({error.strerror})")


def _leads_out(link: Path, root: Path) -> bool:
    target = Path(os.path.realpath(link))  # unlike Path.resolve, it does not fail on a link to itself
    return not target.is_relative_to(os.path.realpath(root)) and not DVC_CACHE.search(target.as_posix())
