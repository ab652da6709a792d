"""HTML files: their title and their text, laid out as a browser without scripts does. Nothing is fetched."""

from __future__ import annotations

import re

from inscriptis import Inscriptis
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from lxml.etree import ParserError
from lxml.html import HTMLParser, document_fromstring

from attune.core.errors import one_line
from attune.documents.decode import Unreadable, declared_encoding, decode

XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*>")
NEVER_SHOWN = HtmlElement(display=Display.none)
CSS = STRICT_CSS_PROFILE | dict.fromkeys(("template", "noscript", "svg", "iframe", "object"), NEVER_SHOWN)


def read_html(data: bytes) -> tuple[str, str]:
    """Return the title (empty when there is none) and the text.

    Raises:
        Unreadable: the file is not in the encoding that it declares, or cannot be parsed.
    """
    markup = decode(data, declared_encoding(data)).replace("\0", "")
    try:
        # without huge_tree, text at great depth would be left out without a word
        tree = document_fromstring(XML_DECLARATION.sub("", markup, count=1), parser=HTMLParser(huge_tree=True))
        heading = tree.find(".//h1")
        title = tree.findtext(".//head/title") or (heading.text_content() if heading is not None else "")
        return str(title), str(Inscriptis(tree, ParserConfig(css=CSS)).get_text())
    except ParserError:
        return "", ""  # nothing but blanks and comments
    except MemoryError:
        raise
    except Exception as error:  # tag soup can raise anything: RecursionError, AssertionError, ValueError, ...
        raise Unreadable(f"cannot be parsed as HTML ({type(error).__name__}: {one_line(error, 100)})") from None
