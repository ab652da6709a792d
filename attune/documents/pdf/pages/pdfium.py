"""Calls of pdfium that are made for every piece of text: by addresses, which costs half of what pypdfium2's types cost."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_double, c_int, c_uint, c_ushort, c_void_p, cast
from typing import Any

import pypdfium2.raw as pdfium

RECT, MATRIX = pdfium.FS_RECTF, pdfium.FS_MATRIX
Address = int | None


def _call(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    return CFUNCTYPE(result, *arguments)(cast(getattr(pdfium, name), c_void_p).value)


count_chars = _call("FPDFText_CountChars", c_int, c_void_p)
copy_text = _call("FPDFText_GetText", c_int, c_void_p, c_int, c_int, POINTER(c_ushort))
unicode_of = _call("FPDFText_GetUnicode", c_uint, c_void_p, c_int)
object_of = _call("FPDFText_GetTextObject", c_void_p, c_void_p, c_int)
size_of = _call("FPDFText_GetFontSize", c_double, c_void_p, c_int)
has_map_error = _call("FPDFText_HasUnicodeMapError", c_int, c_void_p, c_int)
get_matrix = _call("FPDFText_GetMatrix", c_int, c_void_p, c_int, POINTER(MATRIX))
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
    text = bytes(buffer).decode("utf-16-le", "surrogatepass")[:-1]
    if copied == count + 1 and len(text) == count and "\ufffd" not in text:
        return text
    # beyond U+FFFF a character is two units there, and some are left out: then ask for each
    return "".join(_character(unicode_of(page, place)) for place in range(count))


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


