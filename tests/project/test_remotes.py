"""What one pushes another gets, by each kind of remote, and nothing is lost, paid for twice, or taken for sound."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.remote import md5
from tests.support import remotes
from tests.support.dvc_project import Project

pytestmark = pytest.mark.slow  # each command of DVC takes a second or two

KINDS = [
    "folder",
    pytest.param(
        "ssh", marks=pytest.mark.skipif(not (remotes.SSHD and find_spec("dvc_ssh")), reason="no sshd, dvc-ssh")
    ),
    pytest.param(
        "s3", marks=pytest.mark.skipif(not (find_spec("moto") and find_spec("dvc_s3")), reason="no moto, dvc-s3")
    ),
]


@pytest.fixture(params=KINDS)
def shared(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with a remote that can be written to."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    if request.param == "ssh":
        with remotes.ssh(tmp_path / "ssh") as (address, key):
            yield project(tmp_path, address, keyfile=str(key))
    elif request.param == "s3":
        with remotes.s3() as address:
            yield project(tmp_path, f"s3://{remotes.BUCKET}/storage", endpointurl=address)
    else:
        yield project(tmp_path, str(tmp_path / "storage"))


def project(folder: Path, address: str, **settings: str) -> Project:
    made = Project.make(folder / "mine", folder)
    made.run("dvc", "remote", "add", "--default", "storage", address)
    for name, value in settings.items():
        made.run("dvc", "remote", "modify", "storage", name, value)
    made.commit("a remote")
    return made


def weights(folder: Path) -> bytes:
    return (folder / "weights.bin").read_bytes()


def stored(folder: Path, size: int) -> list[Path]:
    """The objects of a folder remote above a size in bytes."""
    return [file for file in (folder / "storage/files").rglob("*") if file.is_file() and file.stat().st_size > size]


def test_what_one_shares_another_has_without_computing(shared: Project, tmp_path: Path) -> None:
    assert "registered finetuned-embedder@v1.0.0" in shared.script("share", "v1.0.0")
    assert "0 new" in shared.script("share")
    other = shared.clone(tmp_path / "other")
    assert "data/documents" in other.script("pull") and "nothing new" in other.script("pull")
    assert "Running stage" not in other.run("dvc", "repro")
    assert other.lines("paid.log") == other.lines("trained.log") == []
    # who changes one document pays for that one
    (other.folder / "data/documents/two.txt").write_text("second\n", encoding="utf-8")
    assert other.run("dvc", "repro").count("Running stage") == 2
    assert other.lines("paid.log") == ["second"]
    # and the run of one is another's, by the run-cache: here that of a knob that was turned back
    other.script("get", "v1.0.0", str(tmp_path / "model"))
    assert weights(tmp_path / "model") == weights(shared.folder / "models/finetuned")


def test_a_run_is_shared_too(shared: Project, tmp_path: Path) -> None:
    (shared.folder / "params.yaml").write_text("finetune:\n  learning_rate: 2\n", encoding="utf-8")
    shared.run("dvc", "repro")
    shared.script("share")
    shared.run("git", "checkout", "-q", "params.yaml", "dvc.lock")
    other = shared.clone(tmp_path / "other")
    shared.run("dvc", "repro")
    shared.script("share")
    other.script("pull")
    (other.folder / "params.yaml").write_text("finetune:\n  learning_rate: 2\n", encoding="utf-8")
    assert "Stage 'train' is cached" in other.run("dvc", "repro", "--pull")
    assert other.lines("trained.log") == []


@pytest.mark.skipif(not (remotes.SSHD and find_spec("dvc_ssh")), reason="no sshd, dvc-ssh")
def test_an_agent_opens_what_a_passphrase_shuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with remotes.ssh(tmp_path / "ssh") as (address, key):
        shared = project(tmp_path, address)
        assert "error: " in shared.script("share", check=False), "there is no key"
        with remotes.agent(tmp_path, key) as held:
            subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", str(key)], check=True)
            shared.environment["SSH_AUTH_SOCK"] = held
            assert "objects read back" in shared.script("share")
            # DVC reads the file of a key that it is named, whatever the agent holds
            shared.run("dvc", "remote", "modify", "storage", "keyfile", str(key))
            (line,) = [line for line in shared.script("pull", check=False).splitlines() if line.startswith("error: ")]
            assert "Passphrase must be specified" in line and "`ssh-add` its key, and set no keyfile" in line


def test_what_is_damaged_is_found_said_and_sent_again(tmp_path: Path) -> None:
    shared = project(tmp_path, str(tmp_path / "storage"))
    shared.script("share", "v1.0.0")
    (damaged,) = stored(tmp_path, 5000)
    content, mode = bytearray(damaged.read_bytes()), damaged.stat().st_mode
    content[100] ^= 1
    damaged.chmod(0o644)
    damaged.write_bytes(content)
    damaged.chmod(mode)  # write-protected objects are believed by DVC
    other = shared.clone(tmp_path / "other")
    assert "not in the remote, or damaged there: models/finetuned" in other.script("pull")
    assert "is damaged" in other.script("get", "v1.0.0", str(tmp_path / "model"), check=False)
    assert not (tmp_path / "model").exists()
    assert "up to date" in shared.run("dvc", "push"), "if DVC heals it by now, so can we more simply"
    assert "sent again: models/finetuned/weights.bin" in shared.script("share")
    assert "models/finetuned" in other.script("pull")
    other.script("get", "v1.0.0", str(tmp_path / "model"))
    assert weights(tmp_path / "model") == weights(other.folder / "models/finetuned")


def test_what_is_damaged_here_as_well_is_not_shared(tmp_path: Path) -> None:
    shared = project(tmp_path, str(tmp_path / "storage"))
    (cached,) = [f for f in (shared.folder / ".dvc/cache/files").rglob("*") if f.is_file() and f.stat().st_size > 5000]
    cached.chmod(0o644)
    cached.write_bytes(b"x" * 6000)
    cached.chmod(0o444)
    output = shared.script("share", "v1.0.0", check=False)
    assert "'storage' does not hold models/finetuned/weights.bin, nor does the cache here" in output
    assert "v1.0.0" not in shared.run("git", "tag")


def test_a_web_server_is_read_from(tmp_path: Path) -> None:
    shared = project(tmp_path, str(tmp_path / "storage"))
    shared.script("share")
    other = shared.clone(tmp_path / "other")
    with remotes.http(tmp_path / "storage") as address:
        other.run("dvc", "remote", "add", "--local", "--default", "web", address)
        assert "pulled from 'web': data/replies.jsonl" in other.script("pull")
        assert "Running stage" not in other.run("dvc", "repro")
        (other.folder / "data/documents/new.txt").write_text("new\n", encoding="utf-8")
        other.run("dvc", "repro")
        assert "error: " in other.script("share", check=False)


def test_what_is_not_saved_stays(tmp_path: Path) -> None:
    shared = project(tmp_path, str(tmp_path / "storage"))
    shared.script("share")
    (shared.folder / "data/documents/one.txt").unlink()
    (shared.folder / "data/replies.jsonl").write_text("one\npaid just now\ntwo\n", encoding="utf-8")
    output = shared.script("pull")
    assert "kept as they are, since DVC has not saved them: data/replies.jsonl, data/documents" in output
    assert not (shared.folder / "data/documents/one.txt").exists()
    assert shared.lines("data/replies.jsonl") == ["one", "paid just now", "two"]


def test_what_the_cache_holds_is_put_into_its_place_without_a_remote(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "mine", tmp_path)
    paid = project.lines("paid.log")
    (project.folder / "data/replies.jsonl").unlink()
    output = project.script("pull")
    assert "no remote is set" in output and "from the cache here: data/replies.jsonl" in output
    assert project.lines("data/replies.jsonl") == ["one", "two"]
    assert "Running stage" not in project.run("dvc", "repro")
    assert project.lines("paid.log") == paid


def test_documents_of_a_colleague_arrive(tmp_path: Path) -> None:
    shared = project(tmp_path, str(tmp_path / "storage"))
    shared.script("share")
    other = shared.clone(tmp_path / "other")
    other.script("pull")
    (shared.folder / "data/documents/three.txt").write_text("three\n", encoding="utf-8")
    shared.run("dvc", "repro")
    shared.commit("a third")
    shared.script("share")
    other.run("git", "pull", "-q")
    assert "data/documents" in other.script("pull")
    assert other.lines("data/documents/three.txt") == ["three"]
    assert "Running stage" not in other.run("dvc", "repro")


@pytest.mark.parametrize("link", ["symlink", "hardlink"])
def test_outputs_that_are_links_into_the_cache_leave_its_bytes_alone(tmp_path: Path, link: str) -> None:
    project = Project.make(tmp_path / "mine", tmp_path)
    project.run("dvc", "config", "cache.type", link)
    project.run("dvc", "checkout", "--relink")
    (project.folder / "data/documents").joinpath("three.txt").write_text("three\n", encoding="utf-8")
    project.run("dvc", "repro")
    assert project.lines("data/replies.jsonl") == ["one", "three", "two"]
    objects = [file for file in (project.folder / ".dvc/cache/files/md5").rglob("*") if file.is_file()]
    assert len(objects) > 10
    for file in objects:
        with file.open("rb") as content:
            assert md5(content) == (file.parent.name + file.name).removesuffix(".dir")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["get", "v3.0.0", "model"], "no version v3.0.0 of finetuned-embedder; none is here"),
        (["get", "no-such-branch", "model"], "no-such-branch"),
        (["get", "v1.0.0", "data"], "data exists and is not empty"),
        (["share", "first"], "no version was registered"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, arguments: list[str], expected: str) -> None:
    shared = project(tmp_path, str(tmp_path / "storage"))
    (line,) = [line for line in shared.script(*arguments, check=False).splitlines() if line.startswith("error: ")]
    assert expected in line


def test_a_version_is_of_a_commit_that_is_up_to_date(tmp_path: Path) -> None:
    shared = project(tmp_path, str(tmp_path / "storage"))
    (shared.folder / "params.yaml").write_text("finetune:\n  learning_rate: 2\n", encoding="utf-8")
    assert "not committed: params.yaml" in shared.script("share", "v1.0.0", check=False)
    shared.commit("a knob, not run")
    assert "a run would run train" in shared.script("share", "v1.0.0", check=False)
    assert "v1.0.0" not in shared.run("git", "tag")


def test_a_remote_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    shared = project(tmp_path, f"ssh://nobody@127.0.0.1:{remotes.free_port()}/storage")
    assert "error: " in shared.script("pull", check=False)


def test_a_lock_that_is_not_of_these_files_is_told_without_data(tmp_path: Path) -> None:
    shared = project(tmp_path, str(tmp_path / "storage"))
    other = shared.clone(tmp_path / "other")
    assert "a run has nothing to do" in other.script("stale")
    for name, text, stages in (
        ("ask.py", "# new\n", "ask"),
        ("params.yaml", "finetune:\n  learning_rate: 3\n", "train"),
    ):
        path = other.folder / name
        before = path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        assert f"a run would run {stages}" in other.script("stale", check=False)
        path.write_text(before, encoding="utf-8")
