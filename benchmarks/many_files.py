"""What DVC takes for a folder of many small documents, and for the same packed into archives.

For each: `dvc add`, `dvc status` when nothing has changed, `dvc push` to a folder, `dvc checkout` when they are gone.
Seconds are those of the processor, children included; transfers over a network come on top, one a file.

Usage: python -m benchmarks.many_files [--documents 10000]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.pack import MIB, archives

ROOT = Path(__file__).parents[1]
WORDS = "The pump moves clean water through its valve each minute. " * 50  # 2.9 kB
COMMANDS = (["add", "documents"], ["status"], ["push"], ["checkout"])


def seconds(command: list[str], folder: Path) -> float:
    """Return the seconds of the processor that a command takes."""
    environment = os.environ | {"DVC_SITE_CACHE_DIR": str(folder / "site"), "DVC_NO_ANALYTICS": "1"}
    environment |= {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime


def measure(folder: Path) -> list[float]:
    """Return the seconds of each command for the documents in a new project."""
    dvc = [sys.executable, "-m", "dvc"]
    for command in (
        ["git", "init", "-q"],
        [*dvc, "init", "-q"],
        [*dvc, "remote", "add", "-q", "-d", "r", str(folder / "r")],
    ):
        seconds(command, folder)
    took = []
    for command in COMMANDS:
        if command == ["checkout"]:
            shutil.rmtree(folder / "documents")
        took.append(seconds([*dvc, *command, "-q"], folder))
    return took


def main() -> None:
    """Measure both, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        loose, packed = Path(scratch, "loose"), Path(scratch, "packed")
        for number in range(arguments.documents):
            path = loose / f"documents/{number // 1000:03d}/{number:06d}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{number} {WORDS}", encoding="utf-8")
        packed.mkdir()
        command = [sys.executable, "-m", "scripts.pack", str(loose / "documents"), str(packed / "documents")]
        print(f"packing {arguments.documents:,} documents: {seconds(command, packed):.1f} s", end="")
        print(f", archives: {archives(arguments.documents * len(WORDS), MIB)}")
        print(f"{'':<8}" + "".join(f"{command[0]:>10}" for command in COMMANDS))
        for folder in (loose, packed):
            print(f"{folder.name:<8}" + "".join(f"{took:>10.1f}" for took in measure(folder)), flush=True)


if __name__ == "__main__":
    main()
