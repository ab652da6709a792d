"""The general set is sound, and what a model forgot about other things is measured right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
from sentence_transformers.util import cos_sim, dot_score
from sklearn.neighbors import NearestNeighbors

from attune.core.beir import read_corpus, read_qrels, read_queries, write_corpus, write_qrels, write_queries
from attune.core.params import BaseModelParams
from attune.evaluation.general import NEIGHBOURS, compare_general, nearest, neighbours_kept
from attune.evaluation.params import HybridParams
from attune.models.load import load_embedder, load_folder
from attune.search.general_set import GeneralSet, load_set
from attune.search.judged import JudgedQuestions
from attune.search.measures import means
from attune.statistics.difference import compare, verdict_word
from tests.conftest import ROOT

HYBRID = HybridParams(dense_weight=0.7, fusion="score", also=[])
FOLDER = ROOT / "data" / "general"
CHUNKS = read_corpus(FOLDER / "corpus.jsonl")
QUESTIONS = read_queries(FOLDER / "queries.jsonl")
QRELS = read_qrels(FOLDER / "qrels" / "test.tsv")


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def names(count: int) -> list[str]:
    return [f"c{number:04d}" for number in range(count)]


def test_each_question_has_one_passage_and_each_passage_one_question() -> None:
    assert len(CHUNKS) == len(QUESTIONS) >= 200
    assert list(QRELS) == [question.id for question in QUESTIONS]
    assert list(QRELS.values()) == [[chunk.id] for chunk in CHUNKS]


def test_no_id_is_used_twice() -> None:
    # not for a question and a passage either: BEIR's own evaluation takes such a passage out of the ranking
    ids = [chunk.id for chunk in CHUNKS] + [question.id for question in QUESTIONS]
    assert len(set(ids)) == len(ids)
    assert ids[: len(CHUNKS)] == sorted(ids[: len(CHUNKS)])


def test_passages_are_short_and_titles_give_nothing_away() -> None:
    assert {chunk.id: len(chunk.text.split()) for chunk in CHUNKS if not 35 <= len(chunk.text.split()) <= 80} == {}
    assert {chunk.title for chunk in CHUNKS} == {""}


def test_no_text_stands_there_twice() -> None:
    texts = [" ".join(words(text)) for text in [c.text for c in CHUNKS] + [q.text for q in QUESTIONS]]
    assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_fields_are_many_and_of_one_size() -> None:
    sizes = Counter(chunk.metadata["field"] for chunk in CHUNKS)
    assert len(sizes) >= 20
    assert max(sizes.values()) <= 1.25 * min(sizes.values())
    assert [question.metadata for question in QUESTIONS] == [chunk.metadata for chunk in CHUNKS]
    assert {chunk.id for chunk in CHUNKS if not chunk.id.startswith(chunk.metadata["field"] + "-")} == set()


def test_questions_are_not_copied_from_their_passages() -> None:
    for question, chunk in zip(QUESTIONS, CHUNKS, strict=True):
        asked, told = words(question.text), f" {' '.join(words(chunk.text))} "
        assert f" {' '.join(asked)} " not in told, question.id
        runs = [" ".join(asked[start : start + 5]) for start in range(len(asked) - 4)]
        assert [run for run in runs if f" {run} " in told] == [], question.id


def test_questions_are_of_mixed_kinds() -> None:
    marked = sum(question.text.endswith("?") for question in QUESTIONS)
    short = sum(len(question.text.split()) <= 5 for question in QUESTIONS)
    assert 0.1 <= marked / len(QUESTIONS) <= 0.6
    assert 0.1 <= short / len(QUESTIONS) <= 0.6


def test_files_are_as_the_project_writes_them(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus.jsonl", CHUNKS)
    write_queries(tmp_path / "queries.jsonl", QUESTIONS)
    write_qrels(tmp_path / "qrels" / "test.tsv", [(question, chunks[0]) for question, chunks in QRELS.items()])
    for file in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        assert (tmp_path / file).read_bytes() == (FOLDER / file).read_bytes()


def test_the_readme_tells_the_numbers() -> None:
    fields = {chunk.metadata["field"] for chunk in CHUNKS}
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{len(CHUNKS)} short passages" in readme
    assert f"{len(CHUNKS) // len(fields)} in each of {len(fields)} fields" in readme


def test_the_set_loads_with_its_fields_as_clusters() -> None:
    found = load_set(str(FOLDER))
    assert (len(found.asked.ids), len(found.chunks)) == (len(QUESTIONS), len(CHUNKS))
    assert (found.clusters, found.clustered_by) == ([row.metadata["field"] for row in QUESTIONS], "field")


def euclid(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return -torch.cdist(a, b)


def test_hand_computed_neighbours() -> None:
    # five points on a line, of which each may have two neighbours; the last moves from the right end to the left
    before = nearest(euclid, torch.tensor([[0.0], [1.0], [3.0], [7.0], [15.0]]), names(5))
    after = nearest(euclid, torch.tensor([[0.0], [1.0], [3.0], [7.0], [-5.0]]), names(5))
    assert before.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1], [3, 2]]
    assert after.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1], [0, 1]]
    assert neighbours_kept(before, after) == pytest.approx(4 / 5)


def test_chunk_that_is_not_found_by_itself_has_the_neighbours_that_are_found_first() -> None:
    vectors = torch.tensor([[9.0], [8.0], [7.0], [2.0], [1.0]])  # in a dot product the longest are nearest to all
    assert nearest(dot_score, vectors, names(5)).tolist() == [[1, 2], [0, 2], [0, 1], [0, 1], [0, 1]]


def test_order_among_the_neighbours_does_not_matter() -> None:
    assert neighbours_kept(np.array([[1, 2], [0, 2]]), np.array([[2, 1], [2, 0]])) == 1
    assert neighbours_kept(np.array([[1, 2], [0, 2]]), np.array([[2, 3], [2, 0]])) == pytest.approx(3 / 4)


@settings(deadline=None, max_examples=30)
@given(st.integers(23, 120), st.integers(2, 20), st.integers(0, 10**6))
def test_neighbours_equal_those_of_scikit_learn(count: int, dimensions: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    vectors = [generator.normal(size=(count, dimensions)).astype(np.float32) for _ in range(2)]
    ours = [nearest(cos_sim, torch.from_numpy(each), names(count)) for each in vectors]
    # without a query, a point is not its own neighbour there
    theirs = [
        NearestNeighbors(n_neighbors=NEIGHBOURS, metric="cosine").fit(each).kneighbors(return_distance=False)
        for each in vectors
    ]
    for mine, other in zip(ours, theirs, strict=True):
        assert [set(row) for row in mine.tolist()] == [set(row) for row in other.tolist()]
    shares = [len(set(a) & set(b)) / NEIGHBOURS for a, b in zip(*theirs, strict=True)]
    assert neighbours_kept(*ours) == pytest.approx(np.mean(shares))
    assert neighbours_kept(*ours) == neighbours_kept(*ours[::-1])


@settings(deadline=None, max_examples=30)
@given(st.integers(3, 40), st.integers(0, 10**6), st.sampled_from([cos_sim, dot_score]))
def test_no_chunk_is_its_own_neighbour(count: int, seed: int, similarity: object) -> None:
    # a coarse grid, so that there are twins, and short vectors that long ones beat in a dot product with themselves
    vectors = torch.randint(1, 4, (count, 2), generator=torch.Generator().manual_seed(seed)).float()
    found = nearest(similarity, vectors, names(count))  # type: ignore[arg-type]  # a choice of two functions
    assert found.shape == (count, min(NEIGHBOURS, (count - 1) // 2))
    for chunk, row in enumerate(found.tolist()):
        assert chunk not in row
        assert len(set(row)) == len(row)


def test_models_that_have_nothing_in_common_keep_what_chance_keeps() -> None:
    generator, count = torch.Generator().manual_seed(0), 400
    shares = [
        neighbours_kept(
            *(nearest(cos_sim, torch.randn(count, 24, generator=generator), names(count)) for _ in range(2))
        )
        for _ in range(5)
    ]
    assert np.mean(shares) == pytest.approx(NEIGHBOURS / (count - 1), abs=0.005)


def test_what_leaves_all_angles_alone_keeps_every_neighbour() -> None:
    generator = torch.Generator().manual_seed(0)
    vectors, turn = torch.randn(60, 8, generator=generator), torch.linalg.qr(torch.randn(8, 8, generator=generator))[0]
    before, after = (nearest(cos_sim, each, names(60)) for each in (vectors, 3 * vectors @ turn))
    assert neighbours_kept(before, after) == 1


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Twenty times as fast with a tiny model on busy cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def some(one_thread: None) -> GeneralSet:
    """Every fourteenth question of the set, asked of every fourteenth passage."""
    whole = load_set(str(FOLDER))
    part = slice(None, None, 14)
    asked = JudgedQuestions(whole.asked.ids[part], whole.asked.texts[part], whole.asked.relevant[part])
    return GeneralSet(asked, whole.chunks[part], whole.clusters[part], whole.clustered_by)


def disturbed(model: SentenceTransformer, scale: float) -> SentenceTransformer:
    torch.manual_seed(1)
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights), alpha=scale * float(weights.std()))
    return model


def test_a_model_keeps_all_that_it_keeps(tiny_model: Path, some: GeneralSet) -> None:
    model = load_folder(tiny_model)
    found = compare_general(model, model, some, batch_size=16, ks=[1, 5], hybrid=HYBRID)
    assert found.neighbours_kept == 1
    for name, values in found.systems["base"].items():
        np.testing.assert_array_equal(values, found.systems["finetuned"][name])


def test_measures_are_those_of_sentence_transformers_and_not_mixed_up(tiny_model: Path, some: GeneralSet) -> None:
    base, finetuned = load_folder(tiny_model), disturbed(load_folder(tiny_model), 0.5)
    for model in (base, finetuned):
        model.prompts = {"query": "somebody wants to know ", "document": "page of an old book: "}
    found = compare_general(base, finetuned, some, batch_size=16, ks=[1, 5], hybrid=HYBRID)
    judge = InformationRetrievalEvaluator(
        dict(zip(some.asked.ids, some.asked.texts, strict=True)),
        {chunk.id: chunk.passage for chunk in some.chunks},
        {id_: set(chunks) for id_, chunks in zip(some.asked.ids, some.asked.relevant, strict=True)},
        accuracy_at_k=[1, 5],
        write_csv=False,
    )
    scores = []
    for judged, values in ((base, found.systems["base"]), (finetuned, found.systems["finetuned"])):
        theirs, ours = judge(judged), means(values)
        for name, their_name in (("ndcg@10", "ndcg@10"), ("mrr@10", "mrr@10"), ("hit_rate@5", "accuracy@5")):
            assert ours[name] == pytest.approx(theirs[f"cosine_{their_name}"], abs=1e-9)
        assert {len(each) for each in values.values()} == {len(some.asked.ids)}
        scores.append(ours["ndcg@10"])
    assert scores[0] != scores[1]
    assert (found.questions, found.chunks) == (len(some.asked.ids), len(some.chunks))
    assert (found.clusters, found.clustered_by) == (some.clusters, "field")
    assert 0 < found.neighbours_kept < 1


def test_the_more_a_model_is_disturbed_the_fewer_neighbours_it_keeps(tiny_model: Path, some: GeneralSet) -> None:
    base = load_folder(tiny_model)
    kept = [
        compare_general(
            base, disturbed(load_folder(tiny_model), scale), some, batch_size=64, ks=[1], hybrid=HYBRID
        ).neighbours_kept
        for scale in (0.05, 0.2, 2.0)
    ]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] > kept[-1]


@pytest.mark.slow
def test_the_set_is_neither_too_easy_nor_a_matter_of_words_and_shows_what_is_forgotten() -> None:
    params = BaseModelParams(name="all-MiniLM-L6-v2", revision=None, max_tokens=512)
    general = load_set(str(FOLDER))
    found = compare_general(
        load_embedder(params), disturbed(load_embedder(params), 0.3), general, batch_size=32, ks=[10], hybrid=HYBRID
    )
    base = means(found.systems["base"])
    assert base["ndcg@10"] == pytest.approx(0.874, abs=0.01)
    assert base["hit_rate@10"] > 0.98  # hard, not wrong: nearly every passage is found
    assert (
        verdict_word(compare(found.systems["finetuned"]["ndcg@10"], found.systems["base"]["ndcg@10"], found.clusters))
        == "worse"
    )
    assert found.neighbours_kept < 0.8
    assert means(found.systems["bm25"])["ndcg@10"] < base["ndcg@10"] - 0.3
