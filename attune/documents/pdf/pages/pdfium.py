"""Calls of pdfium that are made for every piece of text: by addresses, at half the cost of pypdfium2's types."""

from __future__ import annotations

import re
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_double, c_int, c_uint, c_ushort, c_void_p, cast
from typing import Any

import pypdfium2.raw as pdfium

SURROGATE = re.compile("[\ud800-\udfff]")
RECT, MATRIX = pdfium.FS_RECTF, pdfium.FS_MATRIX


def _call(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    return CFUNCTYPE(result, *arguments)(cast(getattr(pdfium, name), c_void_p).value or 0)


count_chars = _call("FPDFText_CountChars", c_int, c_void_p)
copy_text = _call("FPDFText_GetText", c_int, c_void_p, c_int, c_int, POINTER(c_ushort))
unicode_of = _call("FPDFText_GetUnicode", c_uint, c_void_p, c_int)
object_of = _call("FPDFText_GetTextObject", c_void_p, c_void_p, c_int)
size_of = _call("FPDFText_GetFontSize", c_double, c_void_p, c_int)
has_map_error = _call("FPDFText_HasUnicodeMapError", c_int, c_void_p, c_int)
get_matrix = _call("FPDFText_GetMatrix", c_int, c_void_p, c_int, POINTER(MATRIX))
get_origin = _call("FPDFText_GetCharOrigin", c_int, c_void_p, c_int, POINTER(c_double), POINTER(c_double))
get_box = _call("FPDFText_GetLooseCharBox", c_int, c_void_p, c_int, POINTER(RECT))
font_of = _call("FPDFTextObj_GetFont", c_void_p, c_void_p)
render_mode_of = _call("FPDFTextObj_GetTextRenderMode", c_int, c_void_p)
get_fill = _call("FPDFPageObj_GetFillColor", c_int, c_void_p, *[POINTER(c_uint)] * 4)
mark_of = _call("FPDFPageObj_GetMarkedContentID", c_int, c_void_p)
font_flags = _call("FPDFFont_GetFlags", c_int, c_void_p)
font_weight = _call("FPDFFont_GetWeight", c_int, c_void_p)
font_name = _call("FPDFFont_GetBaseFontName", c_uint, c_void_p, c_void_p, c_uint)


def text_of(page: Any, count: int) -> str:
    """Return the text of a page, exactly a character for each of its places."""
    if not count:
        return ""
    buffer = (c_ushort * (count + 1))()
    copied = copy_text(page, 0, count, buffer)
    if copied == count + 1:
        text = bytes(buffer).decode("utf-16-le", "surrogatepass")[:-1]
        # a character beyond U+FFFF is two of pdfium's, each with its place
        return text if len(text) == count else "".join(map(chr, buffer[:count]))
    return "".join(chr(min(unicode_of(page, place), 0x10FFFF)) for place in range(count))  # some are left out there


def whole(text: str) -> str:
    """Return a text in which characters beyond U+FFFF are one, and halves of them U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if SURROGATE.search(text) else text
