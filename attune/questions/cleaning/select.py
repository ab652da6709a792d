"""From all replies to the queries that are worth training on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import TextIO

from attune.core.errors import UserError
from attune.questions.asking.replies import Reply
from attune.questions.cleaning.cleaner import Cleaner, asked_of_several
from attune.questions.cleaning.counts import Counts
from attune.questions.cleaning.headings import clean_headings
from attune.questions.cleaning.language import other_language
from attune.questions.cleaning.queries import Query, parse, queries_in
from attune.questions.cleaning.rephrase import in_kinds
from attune.questions.cleaning.rules import Rules
from attune.questions.compact import Fingerprints, Spool
from attune.questions.corpus import Corpus
from attune.questions.params import SynthesizeQuestionsParams
from attune.text.words import words


def select(
    answered: Iterable[tuple[str, Reply]],
    chunks: Corpus,
    languages: Mapping[str, str],
    params: SynthesizeQuestionsParams,
    counts: Counts,
) -> Iterator[Query]:
    """Yield the queries worth training on.

    Args:
        answered: chunk id and reply, in the order of the chunks; gone through once.
        chunks: all chunks.
        languages: those of the documents, where they are known.
        params: of the stage.
        counts: counted up on the way: the replies, the queries, and those that were dropped.

    Raises:
        UserError: there is none.
    """
    rules = Rules(params.min_words, params.max_words, params.rare_word_fraction, params.max_similarity)
    cleaner, most = Cleaner(chunks, chunks.find, rules), params.questions_per_chunk
    with TemporaryFile("w+", encoding="utf-8") as read:
        repeated = asked_of_several(_read(answered, most, counts, read))
        read.seek(0)
        written = (Query(*json.loads(line)) for line in read)
        kept = cleaner.clean(written, repeated, counts.dropped, other_language(languages))
        if params.provider == "local":
            # a server's model is asked for the kinds, the local one writes full questions whatever it is asked for
            kept = in_kinds(Spool(kept, Query), chunks, params.kinds)
        said = Fingerprints()
        for query in kept:
            said.add(" ".join(words(query.text)))
            counts.count_query(query)
            yield query
        if not said:
            raise UserError(
                f"none of the {counts.dropped.total()} questions is worth keeping: {counts.reasons}; try another model"
            )
        if params.headings:
            for heading in clean_headings(chunks, cleaner, said):
                counts.count_query(heading)
                yield heading


def _read(answered: Iterable[tuple[str, Reply]], most: int, counts: Counts, file: TextIO) -> Iterator[Query]:
    """Yield the queries in replies, and write them into a file: they are gone through twice, and need no memory."""
    for chunk, reply in answered:
        found = parse(reply.text)
        counts.count_reply(reply, len(found.questions))
        for query in queries_in(chunk, found, most):
            file.write(json.dumps(query) + "\n")
            yield query
