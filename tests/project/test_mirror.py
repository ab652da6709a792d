"""Tests stand where their modules do: `attune/a/b.py` has `tests/a/test_b.py`, or stands here with the reason."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT

PLAIN = "a section of params.yaml, whose rules its stage shows"
ELSEWHERE = {  # module: why it has no file of its own, and the file that covers it
    "core/progress": ("a bar of tqdm", "search/test_bm25"),
    "documents/params": (PLAIN, "stages/test_chunk"),
    "documents/office/docx_elements": ("made where a document is mended", "documents/office/test_docx"),
    "documents/office/docx_markup": ("what mammoth would lose is in documents", "documents/office/test_docx"),
    "documents/office/docx_paragraphs": ("styles and numbers of documents", "documents/office/test_docx"),
    "documents/office/drawings": ("charts and diagrams stand on slides", "documents/office/test_slides"),
    "documents/office/package": ("how parts of slides hang together", "documents/office/test_slides"),
    "documents/office/slide_text": ("texts and tables of slides", "documents/office/test_slides"),
    "documents/pdf/flow/grid": ("what a table's lines become", "documents/pdf/flow/test_tables"),
    "documents/pdf/flow/measure": ("widths and distances, by which lines are joined", "documents/pdf/flow/test_blocks"),
    "documents/pdf/flow/parts": ("blocks in the making", "documents/pdf/flow/test_blocks"),
    "documents/pdf/pages/entries": ("puts values behind their labels", "documents/pdf/pages/test_forms"),
    "documents/pdf/pages/lines": ("what rows become", "documents/pdf/pages/test_rows"),
    "documents/pdf/pages/page": ("a page of a file", "documents/pdf/test_engines"),
    "documents/pdf/pages/pdfium": ("calls of the library", "documents/pdf/pages/test_runs"),
    "documents/readers/formats": ("the table of readers, each of which is tried", "documents/test_fuzz"),
    "documents/sheets/cells": ("values of workbooks", "documents/sheets/test_workbook"),
    "documents/sheets/facts": ("what XLSX says beside its values", "documents/sheets/test_workbook"),
    "documents/sheets/ods": ("what ODS says beside its values", "documents/sheets/test_workbook"),
    "engine/jobs": ("a protocol, which its engines keep", "engine/test_choice"),
    "engine/worker": ("runs in processes of a cluster alone", "engine/test_ray_engine"),
    "evaluation/others/search": (
        "asks every system, of this process and of a server",
        "evaluation/others/test_adapters",
    ),
    "evaluation/params": (PLAIN, "evaluation/others/test_encoders"),
    "training/params": (PLAIN, "stages/test_finetune"),
    "training/loop/params": (PLAIN, "stages/test_finetune"),
    "report/page": ("names what the templates show; seen on the page", "stages/test_report"),
    "report/render": ("fills the templates; seen on the page", "stages/test_report"),
    "report/reading/inputs": ("classes of what is read; broken files are told by the stage", "stages/test_report"),
    "report/sections/charts": ("picks what is drawn; seen on the page", "stages/test_report"),
    "questions/asking/ask": ("tested with the stage that asks", "stages/test_synthesize_questions"),
    "questions/asking/under_way": ("the file of batches that run, killed and taken up", "questions/writers/test_batch"),
    "questions/asking/writer": ("a protocol, which its writers keep", "questions/writers/test_live"),
    "questions/cleaning/counts": ("its counts are the metrics of the stage", "stages/test_synthesize_questions"),
    "questions/cleaning/rules": ("the cleaner applies them", "questions/cleaning/test_cleaner"),
    "questions/cleaning/select": ("what is chosen is what the stage writes", "stages/test_synthesize_questions"),
    "questions/writers/batch_api": ("asked over a socket by the batch writer", "questions/writers/test_batch"),
    "questions/writers/batch_file": ("sent to a server that reads them", "questions/writers/test_batch"),
    "questions/writers/chat": ("its bodies are what the server gets", "questions/writers/test_live"),
    "questions/writers/guidance": ("compared with transformers' own guidance", "questions/writers/test_local"),
    "questions/writers/local_model": ("loaded where it writes", "questions/writers/test_local"),
    "servers/embedding_requests": ("its answers come from a server", "servers/test_embedder"),
    "servers/prices": ("prices of what is asked", "questions/asking/test_costs"),
    "people/queries/rows": ("what a row holds, and nothing else", "people/queries/test_answers"),
    "training/prepare": ("every knob is tried with the stage", "stages/test_finetune"),
}
OF_NO_MODULE = {  # test file: what it tests
    "report/test_browser": "the page, in a browser",
    "documents/test_fuzz": "every reader, on files broken at random",
    "engine/test_stages": "what the stages map, on two machines and on one",
    "documents/test_hostile": "every reader, on files made to break it",
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
