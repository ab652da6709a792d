"""Mail (.eml): who wrote to whom and when, and what. Attachments are named, not read."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from attune.core.errors import listed, one_line
from attune.documents.blocks import Block, Content, Options, characters
from attune.documents.decode import Unreadable
from attune.documents.readers.html import read_html
from attune.documents.readers.text import text_content

HEADERS = ("From", "To", "Cc", "Date")
STUB = 0.5  # a plain form with less than this share of the words of the HTML beside it only points to it
SHOWN = 10  # names in a message
REPLY = re.compile(r"^(?:(?:re|aw|fwd?|wg|sv|tr)(?:\[\d+\])?\s*:\s*)+", re.I)
FLOWED = re.compile(
    r"(?<=[^ \n] )(?<!\n-- )\n(?![>\s]|From )"
)  # RFC 3676: a line that ends with a blank goes on in the next


@dataclass
class _Read:
    blocks: list[Block] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    attached: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_mail(data: bytes, _: Options) -> Content:
    """Read a mail. Of several forms of the same words the plain one is taken, unless it only points to the other.

    Raises:
        Unreadable: it is no mail.
    """
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        headers = {name: _header(message, name) for name in (*HEADERS, "Subject")}
        if not any(headers.values()):
            raise Unreadable("no mail: it has none of the lines From, To, Date and Subject")
        read = _Read()
        _part(message, read)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # where a mail breaks the rules, the parser can raise anything
        raise Unreadable(f"cannot be read as mail ({type(error).__name__}: {one_line(error, 100)})") from None
    subject = headers["Subject"]
    lines = [f"{name}: {headers[name]}" for name in HEADERS if headers[name]]
    before = [Block("heading", subject, level=1)] * bool(subject) + [Block("paragraph", "\n".join(lines))]
    if read.attached:
        read.warnings.append(f"attachments are not read: {listed(read.attached, SHOWN)}")
    blocks = (*before, *read.blocks)
    total = sum(characters(block.text) for block in blocks) + read.left_out.total()
    return Content(REPLY.sub("", subject), blocks, 0, total, dict(read.left_out), tuple(read.warnings))


def _header(message: EmailMessage, name: str) -> str:
    values = message.get_all(name, [])
    return " ".join(" ".join(str(value) for value in values).split())


def _part(part: EmailMessage, read: _Read) -> None:
    """Read a part of a mail, and the parts within."""
    kind = part.get_content_type()
    if kind == "multipart/alternative":
        _best(part, read)
    elif part.is_multipart() and kind != "message/rfc822":
        for one in _parts(part):
            _part(one, read)
    elif kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
        content = _html(part, read) if kind == "text/html" else _plain(part, read)
        read.blocks += content.blocks
        read.left_out.update(content.left_out)
    else:
        read.attached.append(one_line(part.get_filename() or f"a part of type {kind}", 60))


def _best(part: EmailMessage, read: _Read) -> None:
    """Read one of several forms of the same words."""
    forms = []
    for one in _parts(part):
        form = _Read()
        _part(one, form)
        forms.append(form)
    sizes = [sum(characters(block.text) for block in form.blocks) for form in forms]
    if not forms:
        return
    best = next(number for number, size in enumerate(sizes) if size >= STUB * max(sizes))
    read.blocks += forms[best].blocks
    read.left_out.update(forms[best].left_out)
    for form in forms:
        read.attached += [name for name in form.attached if name not in read.attached]
        read.warnings += form.warnings


def _parts(part: EmailMessage) -> Iterator[EmailMessage]:
    payload = part.get_payload()
    return (one for one in (payload if isinstance(payload, list) else []) if isinstance(one, EmailMessage))


def _plain(part: EmailMessage, read: _Read) -> Content:
    text = _decoded(part, read).replace("\r\n", "\n")
    if part.get_param("format", "") == "flowed":
        text = FLOWED.sub("", text)
    return text_content(text)


def _html(part: EmailMessage, read: _Read) -> Content:
    # the mark wins over what the page declares of itself: it was written for another way of sending
    return read_html(codecs.BOM_UTF8 + _decoded(part, read).encode(), Options(boilerplate=True))


def _decoded(part: EmailMessage, read: _Read) -> str:
    """Return the text of a part: by the encoding that it declares, else by UTF-8, else by that of Western Windows."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    declared = str(part.get_content_charset() or "utf-8")
    for encoding in (declared, "utf-8", "cp1252"):
        try:
            text = data.decode(encoding)
        except (LookupError, UnicodeError):
            continue
        break
    else:
        encoding, text = "cp1252", data.decode("cp1252", "replace")
    if encoding != declared:
        read.warnings.append(f"a part of it is not in {one_line(declared, 30)} as it says; read as {encoding}")
    return text.encode("utf-8", "replace").decode()
