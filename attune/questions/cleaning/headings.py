"""The titles, headings and captions of the documents: queries that people wrote, for nothing.

Whoever words a heading names what the text below it is about, in the few words of someone who looks for it. That is
nearer to what people type into a search box than a language model's questions are. A heading that is asked for stands
in the passage word for word, so `passage_without` takes it out of the passage that the model is trained with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from pathlib import PurePath

from attune.core.records import Chunk
from attune.questions.cleaning.cleaner import Cleaner, asked_of_several
from attune.questions.cleaning.queries import Query
from attune.questions.compact import Fingerprints
from attune.text.heading_lines import speaks
from attune.text.marked_headings import headings
from attune.text.titles import from_file_name
from attune.text.words import words


def clean_headings(chunks: Iterable[Chunk], cleaner: Cleaner, said: Fingerprints) -> Iterator[Query]:
    """Yield the titles, headings and captions that break no rule and whose words, joined, are not said already.

    Goes through the chunks twice: which headings stand over several of them is known only at the end.
    """
    repeated = asked_of_several(find_headings(chunks))
    kept = cleaner.clean(find_headings(chunks), repeated, Counter())
    return (heading for heading in kept if " ".join(words(heading.text)) not in said)


def find_headings(chunks: Iterable[Chunk]) -> Iterator[Query]:
    """Yield the titles, headings and captions of all chunks, document by document.

    A heading in the overlap of two chunks belongs to the one that holds more of the text below it. A title that was
    made of the file's name is none: nobody worded it to be read.
    """
    for document, parts in groupby(chunks, key=lambda chunk: chunk.document):
        first = next(parts)
        title = first.document_title
        if title not in (document, from_file_name(PurePath(document))) and speaks(title):
            yield Query(first.id, title, "title")
        found: dict[str, Query] = {}
        room: dict[str, int] = {}
        for chunk in chain([first], parts):
            for text, kind, below in headings(chunk.text, chunk.marks):
                if text != title and below > room.get(text, -1):
                    found[text], room[text] = Query(chunk.id, text, kind), below
        yield from found.values()
