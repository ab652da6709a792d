"""Models with a linear map of their query vectors, beside the same models without it; see `attune/adapter`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from attune.adapter.fit import Adapted, fit_adapter, save_adapter
from attune.adapter.lessons import Lessons
from attune.choice.interpolation import LUCK
from attune.core.files import atomic_folder
from attune.core.records import Chunk
from attune.evaluation.adapter_results import AdapterResults
from attune.evaluation.others.encoders import Encoder
from attune.evaluation.results import ADAPTER, BASE
from attune.search.ask import EncodedSet


@dataclass(frozen=True)
class WithMap:
    """A model that a map was learned for.

    Attributes:
        adapted: the map, and how it was chosen.
        lessons: what it was learned from and chosen by.
        prompt: what stands in front of a question.
        asked: the questions that test and all chunks, without and with the map, by the system's name.
        general: the general questions that judge, and all general chunks, likewise.
    """

    adapted: Adapted
    lessons: Lessons
    prompt: str
    asked: dict[str, EncodedSet]
    general: dict[str, EncodedSet]

    @property
    def results(self) -> AdapterResults:
        """What metrics.json says of the map; the file is known when it is saved."""
        choice, lessons = self.adapted.choice, self.lessons
        passed = any(chance < LUCK for chance in choice.luck.values())
        return AdapterResults(
            way=choice.weight,
            questions=self.adapted.questions,
            left_out=lessons.left_out,
            refused=self.adapted.refused,
            dev_questions=len(lessons.dev),
            dev_clusters=len(set(lessons.clusters)),
            guards=list(self.adapted.guards),
            stopped_by=None if choice.weight else "general" if passed else "dev",
            ndcg_by_way={f"{way:g}": float(values.mean()) for way, values in choice.values.items()},
            luck_by_way={f"{way:g}": chance for way, chance in choice.luck.items()},
            file=None,
        )


def with_map(
    encoder: Encoder, name: str, questions: Sequence[str], chunks: Sequence[Chunk], lessons: Lessons
) -> WithMap:
    """Encode with a model, and learn a map for it.

    Args:
        encoder: the model.
        name: of the system.
        questions: those that test.
        chunks: all chunks.
        lessons: what the map is learned from and chosen by.

    Raises:
        NoKeyError, UserError: it cannot be asked, or learned from.
    """
    tests, guards = len(questions), len(lessons.general.half("guards").asked)
    whole = encoder.encode([*questions, *lessons.texts], chunks, name)
    general = encoder.encode(lessons.general_texts, lessons.general.chunks, f"{name}, general")
    taught, judging = whole.part(tests, len(whole.questions)), general.part(guards, len(general.questions))
    adapted = fit_adapter(taught, general.part(0, guards), lessons)
    both = [{name: one, name + ADAPTER: adapted.apply(one)} for one in (whole.part(0, tests), judging)]
    return WithMap(adapted, lessons, encoder.prompt, *both)


def save_maps(folder: Path, base: str, maps: Mapping[str, WithMap]) -> dict[str, AdapterResults]:
    """Write a file for each map of which something is taken, and no other; say what came of each.

    Args:
        folder: where the files go; what is in it is replaced.
        base: the name of the base model; that of others is their system's.
        maps: system -> its map.

    Returns:
        What metrics.json says of them.
    """
    results = {}
    with atomic_folder(folder) as temporary:
        for name, one in maps.items():
            found, model = one.results, base if name == BASE else name
            if found.way:
                file = file_name(model)
                save_adapter(one.adapted, temporary / file, model, one.prompt)
                found = found.model_copy(update={"file": file})
            results[name] = found
            print(f"{name}{ADAPTER}: {found.told}")
    return results


def file_name(model: str) -> str:
    """Return the file of a model, whose name may hold slashes and colons, or be a folder; no two models share one."""
    plain = re.sub(r"[^a-z0-9._-]", "-", Path(model).name.lower())  # some file systems know no capitals
    mark = "" if plain == model else "-" + hashlib.sha256(model.encode()).hexdigest()[:8]
    return f"{plain}{mark}.safetensors"
