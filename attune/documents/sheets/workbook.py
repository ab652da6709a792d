"""Workbooks (XLSX, XLSB, XLS, ODS): a heading and a table for each sheet that is shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from attune.core.errors import one_line
from attune.documents.blocks import Block, Content, Options, characters
from attune.documents.decode import Unreadable
from attune.documents.office.archive import ENCRYPTED, LOCKED, OLE, Archive
from attune.documents.office.drawings import relation
from attune.documents.office.package import core_title, files_within, main_part, related
from attune.documents.office.slide_text import paragraphs
from attune.documents.sheets.cells import MOST_CELLS, cells_of
from attune.documents.sheets.facts import Facts, facts_of, percent_styles, with_raised_marks
from attune.documents.sheets.header import blocks_of
from attune.documents.sheets.ods import CONTENT, ods_facts, with_raised_spans
from attune.text import titles

# names that a program gives, in the languages it speaks most: they say nothing
NO_NAME = re.compile(
    r"(?:Sheet|Table|Tabelle|Feuille?|Hoja|Foglio|Planilha|Blad|Arkusz|Лист|工作表|シート)\s?\d*", re.I
)
NOT_CELLS = re.compile(  # parts that say nothing of cells: a fault in one of them costs nothing
    r"^docProps/|^customXml/|/(?:media|embeddings|printerSettings|activeX|ctrlProps|drawings|charts|theme|externalLinks|pivot"
    r"\w+|queryTables|persons|threadedComments|customProperty)/|/comments[^/]*$|vbaProject|calcChain"
)


def read_workbook(data: bytes, _: Options) -> Content:
    """Read a workbook. Dates come in their ISO form, numbers with all their digits, percentages as they are shown.

    Raises:
        Unreadable: it is damaged, locked, or no workbook.
    """
    archive = None if data.startswith(OLE) else Archive(data, "XLSX")
    if archive is None and ENCRYPTED in data:
        raise Unreadable(LOCKED)
    parts = _sheet_parts(archive) if archive else {}
    known = _facts(archive, parts) if archive else {}
    file = _for_reader(archive) if archive else BytesIO(data)
    blocks: list[Block] = []
    left_out: Counter[str] = Counter()
    warnings = files_within(archive, parts.values()) if archive else []
    unknown = 0
    with _calamine():
        workbook = CalamineWorkbook.from_filelike(file)
        sheets = workbook.sheets_metadata
    for number, sheet in enumerate(sheets):
        part, facts = parts.get(sheet.name), known.get(sheet.name, Facts())
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        if facts.rows * facts.columns > MOST_CELLS:
            left_out["scattered cells"] += facts.filled
            warnings.append(f"the sheet {sheet.name} is left out: {_scattered(facts)}")
            continue
        with _calamine():
            rows = cells_of(workbook.get_sheet_by_index(number), facts, left_out)
        found = blocks_of(rows, page=number + 1)
        if archive and part:
            found += _beside_cells(archive, part, number + 1, left_out)
        if sheet.visible != SheetVisibleEnum.Visible:
            left_out["hidden"] += sum(characters(block.text) for block in found)
            warnings.append(f"the hidden sheet {sheet.name} is left out")
        elif found:
            named = len(sheets) > 1 or not NO_NAME.fullmatch(sheet.name)
            blocks += [Block("heading", sheet.name, level=1, page=number + 1)] * named + found
        unknown += facts.unknown
    if unknown:
        warnings.append(f"formulas without a value: {unknown}; open it in a spreadsheet program and save it once")
    total = sum(characters(block.text) for block in blocks) + left_out.total()
    title = titles.from_metadata(core_title(archive)) if archive else ""
    return Content(title, tuple(blocks), len(sheets), total, dict(+left_out), tuple(warnings))


def _sheet_parts(archive: Archive) -> dict[str, str]:
    """Return the part of each sheet of an XLSX file by the sheet's name, and that of its styles under ""."""
    if CONTENT in archive:  # ODS
        return {}
    main = main_part(archive)
    if not main.endswith(".xml"):  # XLSB
        return {}
    parts = related(archive, main)
    found = {"": next((part.target for part in parts.values() if part.kind == "styles"), "")}
    for sheet in archive.xml(main).iterfind("{*}sheets/{*}sheet"):
        part = parts.get(relation(sheet, "id"))
        if part and part.kind == "worksheet" and part.target in archive:
            found[str(sheet.get("name"))] = part.target
    return found


def _facts(archive: Archive, parts: dict[str, str]) -> dict[str, Facts]:
    """Return what is to be known of the sheets before their reader sees them, by their names.

    Raises:
        Unreadable: a part is broken, on which the reader could hang; or a sheet that it reads unasked is too large.
    """
    if CONTENT in archive:
        known = ods_facts(archive)
        for name, facts in known.items():
            if facts.rows * facts.columns > MOST_CELLS:
                raise Unreadable(f"the sheet {one_line(name, 40)} is too large: {_scattered(facts)}")
        return known
    for name in archive.names:
        if name.endswith(".xml") and name not in parts.values() and not NOT_CELLS.search(name):
            archive.xml(name)
    percent = percent_styles(archive, parts.pop("", ""))
    return {name: facts_of(archive, part, percent) for name, part in parts.items()}


def _for_reader(archive: Archive) -> BytesIO:
    names = [name for name in archive.names if not NOT_CELLS.search(name)]
    instead = with_raised_spans(archive) if CONTENT in archive else dict[str, bytes]()
    for name in names:
        if name.endswith(".xml") and ("/worksheets/" in name or "sharedstrings" in name.lower()):
            instead |= with_raised_marks(archive, name)
    return archive.repacked(names, instead)


def _scattered(facts: Facts) -> str:
    return f"its cells are scattered over {facts.rows:,} rows and {facts.columns:,} columns; move them together"


def _beside_cells(archive: Archive, part: str, page: int, left_out: Counter[str]) -> Iterator[Block]:
    """Yield the text boxes of a sheet, and count its comments."""
    for beside in related(archive, part).values():
        if beside.target not in archive:
            continue
        if beside.kind == "drawing":
            yield from paragraphs(archive.xml(beside.target), page, bulleted=False)
        elif beside.kind == "comments":
            left_out["comments"] += characters(
                "".join(one.text or "" for one in archive.xml(beside.target).iter("{*}t"))
            )


@contextmanager
def _calamine() -> Iterator[None]:
    """Turn what goes wrong in the library into a reason; its panics are no ordinary exceptions."""
    try:
        yield
    except PasswordError:
        raise Unreadable(LOCKED) from None
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable(f"a damaged workbook ({one_line(error, 100)})") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable(f"a damaged workbook ({one_line(error, 100)})") from None
