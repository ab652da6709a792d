"""Queries as examples of style: the same each time, of all lengths, and none that is tested with or personal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.beir import write_corpus
from attune.core.errors import UserError
from attune.core.params import load_params
from attune.questions.params import SynthesizeQuestionsParams
from attune.text.words import words
from scripts.examples import choose, main
from stages.synthesize_questions import CORPUS, TYPED
from tests.conftest import set_params
from tests.support.machines import chunks
from tests.support.typed import put

TEXTS = st.lists(st.text("ab ", min_size=1).filter(str.strip), unique=True, max_size=40)


@given(TEXTS, st.integers(1, 9))
def test_examples_are_few_and_of_all_lengths(texts: list[str], count: int) -> None:
    chosen = choose(texts, count)
    assert len(chosen) == min(count, len(texts)) == len(set(chosen)) and set(chosen) <= set(texts)
    assert chosen == choose(texts[::-1], count)
    lengths = [len(words(text)) for text in chosen]
    assert lengths == sorted(lengths)


def test_what_is_printed_can_be_pasted(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ruamel.yaml import YAML

    write_corpus(CORPUS, chunks(10))
    put(TYPED, {"log.txt": 'valve stuck\nset "it": up?\nmail ann@example.org\nWhich key?\n' + "long " * 40 + "\n"})
    put(Path("data/human"), {"questions.csv": "question,file,page\nvalves stuck,gone.txt,1\n"})
    monkeypatch.setattr(sys, "argv", ["examples"])
    main()
    told = capsys.readouterr().out
    assert "5 different queries; left out: 1 that look personal, 1 long ones, 1 that data/human tests with" in told
    values = YAML(typ="safe").load("section:\n" + told)["section"]["examples"]
    assert sorted(values) == ["Which key?", 'set "it": up?']
    set_params(project / "params.yaml", synthesize_questions={"examples": values})
    assert load_params("synthesize_questions", SynthesizeQuestionsParams).examples == values


def test_an_empty_folder_is_told_in_a_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_corpus(CORPUS, chunks(10))
    monkeypatch.setattr(sys, "argv", ["examples", "--count", "3"])
    with pytest.raises(UserError, match=r"data/queries holds no queries; data/queries/README.md tells"):
        main()
