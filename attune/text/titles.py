"""The title of a document: what its author gave it, else its first heading, else the name of its file. Always words."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import PurePath

from attune.text.clean import clean

LONGEST = 200  # characters; a longer "title" is something else
LONGEST_LINE = 100
WRAPPED = 40  # characters; a first line of so many that goes on in the next one is a sentence
LOOKED_AT = 20_000  # characters of a text

_WORD = re.compile(r"[^\W\d_]{2}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NAMES = """
acrobat adobe afpl calc canon chrome chromium cutepdf distiller dompdf excel firefox fpdf framemaker ghostscript gpl hp
hyperref illustrator impress indesign itext jasperreports libreoffice microsoft microsoft® ms pagemaker pdfcontext
pdfcreator photoshop powerpoint primopdf prince publisher quarkxpress quartz reportlab ricoh scansnap skia/pdf tcpdf
visio windows wkhtmltopdf word wordperfect writer xerox
"""
_PROGRAM = (
    "(?:"
    + "|".join(map(re.escape, _NAMES.split()))
    + r"|openoffice(?:\.org)?|pscript\d?(?:\.dll)?|(?:pdf|xe|lua)?(?:la)?tex"
    r"|crystal reports?|apache fop|with|for|library|version|m?\d[\w.]*|cs\d?|cc|pro|package|toolkit|macintosh)"
)
# what programs write by themselves where a person would write a title
NOT_A_TITLE = re.compile(
    r"(?:untitled|unbenannt|sans titre|sin título|no title|new page|insert title|enter title).*"
    r"|\(?anonymous\)?|none|null|blank|powerpoint presentation"
    r"|(?:microsoft®? )?(?:word|powerpoint|excel|publisher|visio) ?(?:document|presentation)? ?[-–] .*"
    r"|(?:document|doc|slide|layout|page|book|presentation|title|scan|scanned document|img|dsc|image)[ _-]?\d*"
    r"|(?:[a-z][a-z0-9+.-]*:(?=[^\s])|www\.)\S*|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # addresses
    r"|[a-z]:[\\/].*|\\\\.*|~?/[\w.-]+/\S*"  # and paths
    r"|\S*\.[a-z][a-z0-9]{0,4}|\S*[a-z_-]\S*\.\d{3}|[0-9a-f-]{16,}"  # names of files
    r"|.*\.(?:docx?|dotx?|pptx?|xlsx?|od[tpsg]|rtf|pdf|e?ps|dvi|tex|indd|qx[dp]|pmd|fm|x?html?|txt|md|exe|dll|dwg|jpe?g|png"
    r"|gif|tiff?|bmp|psd|ai|cdr|pub|wpd|wps|csv|xml|zip|vsdx?|eml|msg|php|aspx?|jsp)"
    rf"|{_PROGRAM}(?:[ ,/®™()-]+{_PROGRAM})*[ ®™).]*",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"\W*(?:(?:page|seite|página|pagina|p\.|s\.)\s*)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|von|de|/)\s*\d+)?\W*", re.I
)
_MAIL = re.compile(
    r"(?:from|to|cc|subject|date|received|return-path|message-id|mime-version|delivered-to|content-[a-z-]+|x-[\w-]+):",
    re.I,
)
_SUBJECT = re.compile(r"^subject:[ \t]*(?:(?:re|fwd?|aw|wg)[ \t]*:[ \t]*)*(?P<words>.*(?:\n[ \t]+.*)*)", re.I | re.M)
_MACHINE = re.compile(  # code, records, lines of a log, or markup
    r"[<{\[\"(@]|#!|//|/\*|--|%|\.\. |\w+\s*=|(?:import|package|from \S+ import|def|class|public|#include)\b.*"
    r"|\W*\d{1,4}[-./:]\d\d[-./:]\d\d|(?:[^,;\t|]*[,;\t|]){3}|[\w.-]+\(.*|(?:INFO|DEBUG|WARN(?:ING)?|ERROR)\b"
    r"|(?:\S+ )+ +(?:\S+ )+ +\S"  # names of columns
)
_MARKS = re.compile(r"^(?:#{1,6}|={1,6}|[*•·-])[ \t]+|(?<=\S)[ \t]+#+$|^title[ \t]*:[ \t]*", re.I)


def from_metadata(title: str) -> str:
    """Return the title in the metadata of a file, or nothing where no person wrote it."""
    title = tidy(title)
    return title if _WORD.search(title) and not NOT_A_TITLE.fullmatch(title) else ""


def from_heading(text: str) -> str:
    """Return a heading as a title, or nothing where it has no word, such as a rule or a number."""
    title = tidy(_MARKS.sub("", tidy(text)))
    return title if _WORD.search(title) and not _PAGE.fullmatch(title) else ""


def from_text(text: str) -> str:
    """Return the first line that has a word, where it looks like a title, or the subject of a mail."""
    lines = [line.strip() for line in text[:LOOKED_AT].split("\n")]
    said = (number for number, line in enumerate(lines) if _WORD.search(line) and not _PAGE.fullmatch(line))
    for number in islice(said, 1):
        line, below = lines[number], lines[number + 1] if number + 1 < len(lines) else ""
        if _MAIL.match(line):
            subject = _SUBJECT.search(text[:LOOKED_AT].lstrip().partition("\n\n")[0])
            return tidy(subject["words"]) if subject and _WORD.search(subject["words"]) else ""
        goes_on = len(line) >= WRAPPED and below[:1].islower()
        if (
            len(line) <= LONGEST_LINE
            and not line.endswith((".", "。", ",", ";"))
            and not goes_on
            and not _MACHINE.match(line)
        ):
            return from_heading(line)
    return ""


def from_file_name(path: PurePath) -> str:
    """Return the name of the file in words."""
    return tidy(re.sub(r"[-_]+", " ", path.stem)) or path.stem


def tidy(title: str) -> str:
    """Return the title in one line, and no longer than `LONGEST`."""
    return " ".join(clean(title).split())[:LONGEST].rstrip()
