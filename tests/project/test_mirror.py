"""Tests stand where their modules do: `attune/a/b.py` has `tests/a/test_b.py`, or stands here with the reason."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT

PLAIN = "a section of params.yaml, whose rules its stage shows"
ELSEWHERE = {  # module: why it has no file of its own, and the file that covers it
    "core/progress": ("a bar of tqdm", "search/test_bm25"),
    "documents/params": (PLAIN, "stages/test_chunk"),
    "evaluation/params": (PLAIN, "evaluation/test_others"),
    "questions/params": (PLAIN, "stages/test_synthesize_questions"),
    "training/params": (PLAIN, "stages/test_finetune"),
    "training/loop/params": (PLAIN, "stages/test_finetune"),
    "parts": ("tested with the stage that writes its parts", "stages/test_split"),
    "report/page": ("names what the templates show; seen on the page", "stages/test_report"),
    "report/render": ("fills the templates; seen on the page", "stages/test_report"),
    "report/reading/inputs": ("classes of what is read; broken files are told by the stage", "stages/test_report"),
    "report/sections/charts": ("picks what is drawn; seen on the page", "stages/test_report"),
    # to be given files of their own
    "questions/asking/ask": ("tested with the stage that asks", "stages/test_synthesize_questions"),
    "questions/asking/prompt": ("seen in the requests", "questions/asking/test_requests"),
    "questions/asking/under_way": ("batches under way", "questions/writers/test_batch"),
    "questions/asking/writer": ("a protocol", "questions/writers/test_live"),
    "questions/cleaning/counts": ("the metrics of the stage", "stages/test_synthesize_questions"),
    "questions/cleaning/rephrase": ("what the kinds are made of", "questions/cleaning/test_kinds"),
    "questions/cleaning/rules": ("the rules of the cleaner", "questions/cleaning/test_cleaner"),
    "questions/cleaning/select": ("the choice after cleaning", "stages/test_synthesize_questions"),
    "questions/writers/batch_api": ("the batch writer's requests", "questions/writers/test_batch"),
    "questions/writers/batch_file": ("the batch writer's files", "questions/writers/test_batch"),
    "questions/writers/batch_outcome": ("the batch writer's outcomes", "questions/writers/test_batch"),
    "questions/writers/chat": ("the body of a request", "questions/writers/test_live"),
    "questions/writers/guidance": ("how the local model is guided", "questions/writers/test_local"),
    "questions/writers/local_model": ("the local model", "questions/writers/test_local"),
    "servers/embedding_requests": ("the embedder's requests", "servers/test_embedder"),
    "servers/ledger": ("the file of vectors", "servers/test_vectors"),
    "servers/prices": ("what asking costs", "questions/asking/test_costs"),
    "training/prepare": ("what the stage loads", "stages/test_finetune"),
}
OF_NO_MODULE = {  # test file: what it tests
    "report/test_browser": "the page, in a browser",
}
NOT_OF_ATTUNE = ("project", "scripts", "stages")  # folders of tests of what is not in attune/


def names(folder: str, prefix: str = "") -> set[str]:
    """The Python files below a folder by their paths, without a prefix of their names."""
    files = [path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob(f"{prefix}*.py")]
    return {path.with_name(path.stem.removeprefix(prefix)).as_posix() for path in files if path.stem != "__init__"}


MODULES, TESTS = names("attune"), names("tests", "test_")


@pytest.mark.parametrize("module", sorted(MODULES | set(ELSEWHERE)))
def test_a_module_has_a_test_file_of_its_name(module: str) -> None:
    assert module in MODULES, f"there is no attune/{module}.py"
    assert (module in TESTS) != (module in ELSEWHERE), "has a test file, or stands in ELSEWHERE with the reason"
    if module in ELSEWHERE:
        reason, covered_by = ELSEWHERE[module]
        assert reason and (ROOT / "tests" / f"{covered_by}.py").is_file()


def test_a_test_file_is_of_a_module_of_its_name() -> None:
    folders = {path.name for path in (ROOT / "attune").iterdir() if path.is_dir()}
    assert not folders & set(NOT_OF_ATTUNE)
    inside = {name for name in TESTS if name.split("/")[0] not in NOT_OF_ATTUNE}
    listed = {"/".join([*folder, file.removeprefix("test_")]) for *folder, file in (n.split("/") for n in OF_NO_MODULE)}
    assert inside - MODULES == listed
