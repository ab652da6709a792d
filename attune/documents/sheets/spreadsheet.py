"""What is called a spreadsheet and may be something else: programs export HTML and text under such names."""

from __future__ import annotations

from dataclasses import replace

from attune.documents.blocks import Content, Options
from attune.documents.decode import Unreadable
from attune.documents.office.archive import OLE, begins
from attune.documents.readers.html import read_html
from attune.documents.sheets.delimited import read_delimited
from attune.documents.sheets.workbook import read_workbook

XML_SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
START = 4_096  # bytes that tell a format
HTML = (b"<html", b"<table", b"<!doctype html", b"<meta", b"<div", b"<head", b"<body")


def read_spreadsheet(data: bytes, options: Options) -> Content:
    """Read a workbook, or what a program has written in its place, with a warning.

    Raises:
        Unreadable: it is damaged, locked, or no spreadsheet of any kind.
    """
    start = data[:START].lower()
    if data.startswith((OLE, b"PK")):
        return read_workbook(data, options)
    if XML_SPREADSHEET in start:
        raise Unreadable("an XML spreadsheet of Office 2003; save it as XLSX")
    if any(mark in start for mark in HTML):
        return _told(read_html(data, replace(options, boilerplate=True)), "HTML")
    if start.lstrip().startswith((b"%pdf", b"{\\rtf", b"<")):
        raise Unreadable(f"no workbook: {begins(data)}")
    try:
        content = read_delimited(data, options)
    except Unreadable:
        raise Unreadable(f"no workbook: {begins(data)}") from None
    if not any(block.kind == "table" and " | " in block.text for block in content.blocks):
        raise Unreadable(f"no workbook: {begins(data)}")
    return _told(content, "text")


def _told(content: Content, kind: str) -> Content:
    return replace(content, warnings=(f"is {kind}, though its name says that it is a workbook", *content.warnings))
