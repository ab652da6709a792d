"""Mail as Python's own library writes it, and as other programs do."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from attune.documents.blocks import Content, Options
from attune.documents.decode import Unreadable
from attune.documents.readers.mail import read_mail


def mail(text: str = "", html: str = "", subject: str = "Re: Valves – größer", charset: str = "utf-8") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ada Löw <ada@example.org>"
    message["To"] = "bob@example.org"
    message["Date"] = "Thu, 04 Mar 2021 05:06:07 +0000"
    message["Subject"] = subject
    if text:
        message.set_content(text, charset=charset)
    if html and text:
        message.add_alternative(html, subtype="html", charset=charset)
    elif html:
        message.set_content(html, subtype="html", charset=charset)
    return message


def read(message: EmailMessage | bytes) -> Content:
    return read_mail(message if isinstance(message, bytes) else message.as_bytes(), Options())


def words(content: Content) -> str:
    """What stands below the lines From, To and Date."""
    texts = [block.text for block in content.blocks]
    head = next(number for number, text in enumerate(texts) if text.startswith("From: "))
    return "\n\n".join(texts[head + 1 :])


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "cp1252"])
def test_a_plain_mail(charset: str) -> None:
    content = read(mail("Der Kessel läuft größer als je zuvor, " * 5 + "\n\nAda\n", charset=charset))
    assert content.title == "Valves – größer"
    assert [block.text for block in content.blocks[:2]] == [
        "Re: Valves – größer",
        "From: Ada Löw <ada@example.org>\nTo: bob@example.org\nDate: Thu, 04 Mar 2021 05:06:07 +0000",
    ]
    assert words(content) == ("Der Kessel läuft größer als je zuvor, " * 5).strip() + "\n\nAda"
    assert content.warnings == ()


def test_html_is_read_where_there_is_nothing_else() -> None:
    page = '<meta charset="latin-1"><nav>Kept: a mail has no menus.</nav><p>Der Kessel läuft.</p><script>no()</script>'
    assert words(read(mail(html=page))) == "Kept: a mail has no menus.\n\nDer Kessel läuft."


@pytest.mark.parametrize(
    ("text", "html", "read_as"),
    [
        ("Plain words, all of them.", "<p>Plain words, <b>all</b> of them.</p>", "Plain words, all of them."),
        ("See the other form.", f"<p>{'Long words of the page. ' * 20}</p>", ("Long words of the page. " * 20).strip()),
    ],
)
def test_of_two_forms_one_is_read(text: str, html: str, read_as: str) -> None:
    assert words(read(mail(text, html))) == read_as


def test_attachments_are_named_and_not_read() -> None:
    message = mail("See the file.")
    message.add_attachment(b"%PDF secret", maintype="application", subtype="pdf", filename="größe.pdf")
    message.add_attachment("more words", filename="notes.txt")
    message.add_attachment(mail("Forwarded words."))
    content = read(message)
    assert words(content) == "See the file."
    assert content.warnings == ("attachments are not read: größe.pdf, notes.txt, a part of type message/rfc822",)


def test_texts_around_an_attachment_are_all_read() -> None:
    parts = b"--x\r\nContent-Type: text/plain\r\n\r\nBefore.\r\n--x\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n"
    parts += b"--x\r\nContent-Type: text/plain\r\n\r\nBehind.\r\n--x--\r\n"
    content = read(b"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + parts)
    assert words(content) == "Before.\n\nBehind."
    assert content.warnings == ("attachments are not read: a part of type image/png",)


def test_flowed_lines_are_joined() -> None:
    head = b"From: a@b.c\r\nContent-Type: text/plain; format=flowed\r\n\r\n"
    content = read(head + b"A sentence that goes \r\non here.\r\n\r\n> quoted \r\n> too\r\n-- \r\nAda\r\n")
    assert "A sentence that goes on here." in words(content)
    assert "-- \nAda" in words(content) or "--\nAda" in words(content)


@pytest.mark.parametrize("charset", ["utf-8", "x-unknown", "us-ascii"])
def test_a_wrong_charset_is_told(charset: str) -> None:
    head = f"From: a@b.c\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    content = read(head.encode() + "Der Kessel läuft größer.\r\n".encode("cp1252"))
    assert words(content) == "Der Kessel läuft größer."
    assert content.warnings == (f"a part of it is not in {charset} as it says; read as cp1252",)


@pytest.mark.parametrize("data", [b"no mail at all", b"\0" * 500, b"Received: here\r\n\r\nwords", b"From"])
def test_what_is_no_mail(data: bytes) -> None:
    with pytest.raises(Unreadable, match="no mail"):
        read(data)


@pytest.mark.slow
def test_a_mail_of_a_thousand_boxes_in_each_other() -> None:
    head = "From: a@b.c\n" + "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(1000))
    with pytest.raises(Unreadable, match="cannot be read as mail"):
        read((head + "Content-Type: text/plain\n\nwords\n").encode())
