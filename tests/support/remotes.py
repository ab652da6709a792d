"""Remotes of each kind on this machine: real servers on ports of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin{os.pathsep}/sbin")
BUCKET = "attune"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def server(port: int, command: list[str]) -> Iterator[None]:
    """Run a server until the block ends; wait until it takes connections."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def ssh(folder: Path) -> Iterator[tuple[str, Path]]:
    """An OpenSSH server that knows one key; gives the address of a folder on it, and the file of the key."""
    folder.mkdir()
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    port = free_port()
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        f"PidFile {folder}/pid\nPasswordAuthentication no\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\n",
        encoding="utf-8",
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it changes its root to, where it is run as root
    assert SSHD
    user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
    with server(port, [SSHD, "-D", "-f", str(config)]):
        yield f"ssh://{user}@127.0.0.1:{port}{folder}/storage", folder / "user"


@contextmanager
def agent(folder: Path, key: Path) -> Iterator[str]:
    """An agent that holds a key; gives the address of its socket."""
    socket_of = folder / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket_of)], stdout=subprocess.DEVNULL)
    try:
        while not socket_of.exists():
            assert process.poll() is None
            time.sleep(0.05)
        subprocess.run(["ssh-add", "-q", str(key)], env=os.environ | {"SSH_AUTH_SOCK": str(socket_of)}, check=True)
        yield str(socket_of)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def s3() -> Iterator[str]:
    """A server that speaks S3, with one bucket; gives its address."""
    import boto3

    port = free_port()
    with server(port, [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]):
        address = f"http://127.0.0.1:{port}"
        boto3.client("s3", endpoint_url=address, region_name="us-east-1").create_bucket(Bucket=BUCKET)
        yield address


@contextmanager
def http(folder: Path) -> Iterator[str]:
    """A server that hands out the files of a folder, and takes none; gives its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()
