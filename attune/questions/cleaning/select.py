"""From all replies to the queries that are worth training on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.questions.asking.replies import Reply
from attune.questions.cleaning.cleaner import Cleaner
from attune.questions.cleaning.headings import find_headings
from attune.questions.cleaning.kinds import Query, queries_in
from attune.questions.cleaning.language import english_by_mistake
from attune.questions.cleaning.rephrase import in_kinds
from attune.questions.cleaning.rules import REASONS, Rules
from attune.questions.corpus import finder
from attune.questions.fingerprints import Fingerprints
from attune.questions.params import SynthesizeQuestionsParams
from attune.text.words import words


def select(
    answered: Iterable[tuple[str, Reply]],
    chunks: Sequence[Chunk],
    languages: Mapping[str, str],
    params: SynthesizeQuestionsParams,
    dropped: Counter[str],
) -> Iterator[Query]:
    """Yield the queries worth training on.

    Args:
        answered: chunk id and reply, in the order of the chunks; gone through twice.
        chunks: all chunks.
        languages: those of the documents, where they are known.
        params: of the stage.
        dropped: reason -> how many of the queries in the replies were dropped for it, counted up on the way.

    Raises:
        UserError: there is none.
    """
    find = finder(chunks)
    rules = Rules(params.min_words, params.max_words, params.rare_word_fraction, params.max_similarity)
    cleaner = Cleaner(chunks, find, rules)

    def written() -> Iterator[Query]:
        return queries_in(((chunk, reply.text) for chunk, reply in answered), params.questions_per_chunk)

    kept = cleaner.clean(written, dropped, english_by_mistake(find, languages))
    if params.provider == "local":
        # a server's model is asked for the kinds, the local one writes full questions whatever it is asked for
        kept = iter(in_kinds(list(kept), chunks, params.kinds))
    said = Fingerprints()
    for query in kept:
        said.add(" ".join(words(query.text)))
        yield query
    if not said:
        counts = {reason: dropped[reason] for reason in REASONS}
        raise UserError(f"none of the {dropped.total()} questions is worth keeping: {counts}; try another model")
    if params.headings:
        headings = cleaner.clean(lambda: find_headings(chunks), Counter())
        yield from (heading for heading in headings if " ".join(words(heading.text)) not in said)
