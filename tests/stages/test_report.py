"""The report says what the metrics say, needs nothing beside itself, and lets no text become markup."""

from __future__ import annotations

import contextlib
import html
import json
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest

from attune.core.errors import UserError
from attune.report.render import TEMPLATES
from attune.report.style.names import measure_name, system_name
from attune.report.style.numbers import amount, between
from attune.report.style.numbers import change as signed
from stages import report
from tests.conftest import set_params
from tests.support.report_files import HOSTILE, Run, hostile, write_run

PLAIN = Run()
RUNS = {
    "all": PLAIN,
    "hostile": Run(text=hostile, others=(hostile("model"), "b"), skipped={"b": "no \0 " + hostile("key")}),
    "bare": Run(people=0, general=False, others=(), bm25=False, optional=False, push=0.0),
    "skipped": Run(people=0, questions=145, skipped={"text-embedding-3-small": "no key in OPENAI_API_KEY"}),
    "shortened": Run(people=0, others=("base@64", "finetuned@64", "b")),
    "worse": Run(push=-0.6, people=25, documents=5, others=("a/b", "c", "d", "e", "f", "g")),
}


def make(folder: Path, run: Run) -> dict[str, Any]:
    with contextlib.chdir(folder):
        write_run(folder, run)
        report.main()
        metrics: dict[str, Any] = json.loads(report.METRICS.read_text(encoding="utf-8"))
    return metrics


def tree() -> ET.Element:
    """The page, read by a parser that forgives nothing: the templates write XML that is HTML as well."""
    text = report.REPORT.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>\n")
    return ET.fromstring(text)


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def shape(element: ET.Element) -> Any:
    """Tags, attributes and nesting, without any text; what is drawn may differ in length."""
    names = sorted(element.attrib)
    return element.tag, names, [shape(child) for child in element]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Each run with its report, made once: folder, and what stands in evaluate's metrics.json."""
    found = {name: tmp_path_factory.mktemp(name) for name in RUNS}
    return {name: (folder, make(folder, RUNS[name])) for name, folder in found.items()}


@pytest.fixture(params=RUNS)
def made(
    request: pytest.FixtureRequest, folders: dict[str, tuple[Path, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """A run, as the current folder."""
    folder, metrics = folders[request.param]
    monkeypatch.chdir(folder)
    return metrics


@pytest.mark.slow
def test_nothing_comes_from_elsewhere_and_nothing_runs(made: dict[str, Any]) -> None:
    page = tree()
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert not {"script", "img", "link", "iframe", "object", "embed", "base", "form", "use"} & {
        e.tag for e in page.iter()
    }
    for element in page.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on") and name not in ("src", "srcset", "background", "action", "xlink:href")
            assert name != "href" or (value[0] == "#" and value[1:] in ids)
            assert name != "style" or re.fullmatch(r"width: [\d.]+%|flex: \d+|--n: [\d.]+", value)
    styles = [element.text or "" for element in page.iter("style")]
    assert len(styles) == 1 and not re.search(r"url\(|@import|@font-face|expression\(", styles[0])


def test_every_style_is_for_something_that_is_there(folders: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    used = set()
    for folder, _ in folders.values():
        with contextlib.chdir(folder):
            used |= {name for element in tree().iter() for name in (element.get("class") or "").split()}
    styled = set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", (TEMPLATES / "report.css").read_text()))
    assert styled <= used


def test_structure_is_there_for_those_who_do_not_see_it(made: dict[str, Any]) -> None:
    page = tree()
    assert page.get("lang") == "en" and words(next(page.iter("title")))
    levels = [int(element.tag[1]) for element in page.iter() if re.fullmatch(r"h[1-6]", element.tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(cell.get("scope") in ("row", "col", "colgroup") for cell in page.iter("th"))
    ids = {element.get("id") for element in page.iter()}
    for drawing in page.iter("svg"):
        if drawing.get("aria-hidden") != "true":
            assert drawing.get("role") == "img"
            assert [child.tag for child in drawing][:2] == ["title", "desc"] and words(drawing[1])
    for element in page.iter():
        assert set((element.get("aria-labelledby") or "").split()) <= ids


def test_nothing_is_left_over_where_a_part_is_missing(made: dict[str, Any]) -> None:
    page = tree()
    shown = words(next(page.iter("body")))
    assert not re.search(r"\b(None|nan|inf|Undefined|True|False)\b|\(\)|: \.", shown)
    for tag in ("ul", "ol", "tbody", "dl", "h2", "h3", "caption", "figure"):
        assert all(words(element) for element in page.iter(tag)), f"an empty {tag}"
    headings = {words(element) for element in page.iter("h3")}
    assert ("Counted strictly and fairly" in headings) == ("fair" in made)
    assert ("Chunks cut by a window" in headings) == ("truncated" in made)
    assert ("People’s questions" in headings) == ("human" in made)
    assert ("General questions:" in shown) == ("general" in made)


def test_every_measure_of_every_system_is_shown(made: dict[str, Any]) -> None:
    details = next(element for element in tree().iter("details") if words(element).startswith("All measures"))
    cells = {}
    for place, found in enumerate(sets(made)):
        regions = [r for r in details.iter("div") if (r.get("aria-label") or "").endswith(titles(made)[place].lower())]
        for table in (table for region in regions for table in region.iter("table")):
            columns = [words(cell) for cell in table.iter("th") if cell.get("scope") == "col"][1:]
            for row in list(table.iter("tr"))[1:]:
                for column, cell in zip(columns, row.iter("td"), strict=True):
                    cells[place, words(row[0]), column] = words(cell)
        for system, measures in systems(found).items():
            for measure, value in measures.items():
                told = cells[place, displayable(system_name(system)), measure_name(measure)]
                assert told == ("–" if value is None else displayable(amount(measure, value)))


def test_values_and_differences_are_shown_with_their_intervals(made: dict[str, Any]) -> None:
    tables = [table for table in tree().iter("table") if table.get("class") == "intervals"]
    rows = [words(row) for table in tables for row in table.iter("tr")]
    for found in (part for part in sets(made) if part is not made.get("general")):
        for system, measures in systems(found).items():
            name = displayable(system_name(system))
            for measure in ("hit_rate@5", "ndcg@10"):
                value = measures[measure]
                if value is None:
                    assert displayable(f"{name} not measured: {made['skipped'][system]}") in rows
                    continue
                told = f"{name} {amount(measure, value)}"
                if "intervals" in found:
                    told += f" {between(measure, *found['intervals'][system][measure])}"
                assert displayable(told) in rows
        for system, compared in against(found).items():
            for measure in ("hit_rate@5", "ndcg@10"):
                d = compared[measure]
                unit = " points" if measure == "hit_rate@5" else ""
                spread = f"{signed(measure, d['low'])} to {signed(measure, d['high'])}"
                p = "p < 0.001" if d["p"] < 0.001 else f"p = {d['p']:.3f}"
                assert (
                    displayable(f"{system_name(system)} {signed(measure, d['difference'])}{unit} {spread} {p}") in rows
                )


def sets(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    return [found for found in (metrics.get("human"), metrics, metrics.get("general")) if found]


def titles(metrics: dict[str, Any]) -> list[str]:
    people, general = ["People’s questions"], ["General questions"]
    return [*(people if "human" in metrics else []), "Synthetic questions", *(general if "general" in metrics else [])]


def systems(found: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    tables: dict[str, dict[str, float | None]] = found["systems"]
    return tables


def against(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = found["verdict"]["against"]
    return tables


def displayable(text: str) -> str:
    """A text as a reader of the page finds it: control characters gone, blanks joined."""
    text = re.sub(r"[\0-\x08\x0b\x0c\x0e-\x1f\u202e\u2066]", "", text)
    return " ".join(text.split())


# texts of documents and users


def test_hostile_texts_change_nothing_but_the_text(tmp_path: Path) -> None:
    tame = Run(others=("x", "b"), skipped={"b": "no key"})
    for name, run in (("tame", tame), ("hostile", replace(RUNS["hostile"], others=(hostile("x"), "b")))):
        (tmp_path / name).mkdir()
        make(tmp_path / name, run)
    pages, comments = [], []
    for name in ("tame", "hostile"):
        with contextlib.chdir(tmp_path / name):
            pages.append(shape(tree()))
            comments.append(re.findall(r"<[^>]*>", rendered()))
    assert pages[0] == pages[1]
    assert comments[0] == comments[1]


def test_hostile_texts_are_shown_as_they_are(folders: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    with contextlib.chdir(folders["hostile"][0]):
        page, comment = tree(), text_of(rendered())
    shown = " ".join(" ".join(page.itertext()).split())
    met = {text for text in HOSTILE if displayable(text) and displayable(text) in shown}
    assert len(met) >= 4, "the examples hold too few of the hostile texts to show anything"
    assert any(displayable(text) in comment for text in met)
    whole = report.REPORT.name
    for name in (whole, report.COMMENT.name):
        text = (folders["hostile"][0] / "results" / name).read_text(encoding="utf-8")
        assert not re.search(r"[\0-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


def test_comment_mentions_and_links_nothing(made: dict[str, Any]) -> None:
    page = rendered()
    known = "h3 p table thead tbody tr th td blockquote details summary ol ul li strong br".split()
    assert set(re.findall(r"<(\w+)", page)) <= set(known)
    assert {attribute for tag in re.findall(r"<\w+([^>]*)>", page) for attribute in tag.split()} <= {
        'align="right"',
        "/",
    }
    # what GitHub looks for in the text when the Markdown is rendered
    text = html.unescape(re.sub(r"<[^>]*>", " ", page))
    assert not re.search(r"(^|\W)@[a-z\d]|(^|\W)#\d|\bGH-\d", text, re.IGNORECASE)


def test_comment_has_the_verdict_and_a_complete_table(made: dict[str, Any]) -> None:
    page = rendered()
    for found, title in zip(sets(made), titles(made), strict=True):
        assert title in page
        word = found["verdict"]["word"]
        assert {"no detectable change": "No detectable change"}.get(word, f"is {word}") in page
    own = [found for found in sets(made) if found is not made.get("general")]
    tables = re.findall(r"<table>.*?</table>", page, re.DOTALL)
    assert len(tables) == len(own)
    for found, table in zip(own, tables, strict=True):
        rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table.split("<tr>")[1:]]
        assert {len(row) for row in rows} == {4} and len(rows) == 1 + len(systems(found))
        tuned = next(row for row in rows if row[0] == "Fine-tuned")
        assert tuned[1].startswith(displayable(amount("hit_rate@5", found["systems"]["finetuned"]["hit_rate@5"])))


def rendered() -> str:
    """The comment as GitHub's own parser renders it."""
    # GitHub lets HTML through and filters tags later; so nothing may be left out here
    text, options = report.COMMENT.read_text(encoding="utf-8"), cmarkgfm.Options.CMARK_OPT_UNSAFE
    return str(cmarkgfm.github_flavored_markdown_to_html(text, options=options))


def text_of(page: str) -> str:
    return displayable(html.unescape(re.sub(r"<[^>]*>", " ", page)).replace("\u2060", ""))


# what is told


def test_people_come_first(folders: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    with contextlib.chdir(folders["all"][0]):
        shown = words(tree())
        assert rendered().index("People’s questions") < rendered().index("Synthetic questions")
    places = [shown.index(f"{title}: ") for title in ("People’s questions", "Synthetic questions", "General questions")]
    assert places == sorted(places)


def test_what_to_put_to_use_and_the_weight_are_shown_where_the_hybrids_were_asked(made: dict[str, Any]) -> None:
    page, comment = tree(), text_of(rendered())
    charts = {element.get("id") for element in page.iter("title") if (element.get("id") or "").startswith("weight-")}
    own = [found for found in sets(made) if found is not made.get("general")]
    if "deploy" not in made:
        assert not charts and "To put to use today" not in comment + words(page)
        return
    kinds = ["human", "synthetic"][-len(own) :]
    assert charts == {f"weight-{kind}-title" for kind in kinds}
    (section,) = (element for element in page.iter("section") if element.get("id") == "deploy")
    for found, kind in zip(own, kinds, strict=True):
        of = "people’s" if kind == "human" else kind
        line = f"To put to use today: {system_name(found['deploy']['system'])}, by {of}"
        assert line in comment and (line in words(page)) == (found is own[0])
        inside = found["deploy"]["differences"]["hybrid"]["hybrid_base"]
        for end in (inside["difference"], inside["low"], inside["high"]):
            assert signed("ndcg@10", end) in words(section) and signed("ndcg@10", end) in comment


def test_skipped_system_keeps_its_row_and_says_why(folders: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    with contextlib.chdir(folders["skipped"][0]):
        shown = words(tree())
    assert "text-embedding-3-small not measured: no key in OPENAI_API_KEY" in shown
    assert "text-embedding-3-small was not measured: no key in OPENAI_API_KEY" in shown
    assert "there are only 145" in shown


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    make(tmp_path, RUNS["hostile"])
    first = [(tmp_path / path).read_bytes() for path in (report.REPORT, report.COMMENT)]
    with contextlib.chdir(tmp_path):
        report.main()
    assert [(tmp_path / path).read_bytes() for path in (report.REPORT, report.COMMENT)] == first


def test_settings_are_those_of_params_yaml(folders: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    with contextlib.chdir(folders["all"][0]):
        tables = [table for table in tree().iter("table") if table.get("class") == "settings"]
    shown = {words(row[0]): words(row[1]) for table in tables for row in list(table.iter("tr"))[1:]}
    assert shown["name"] == "all-MiniLM-L6-v2" and shown["learning_rate"] == "3e-05"
    assert shown["prices.gpt-4o-mini.input"] == "0.15" and shown["k"] == "[1, 5, 10]" and shown["revision"] == "null"
    assert "concurrency" not in shown  # runtime changes no result


# inputs that are not what they should be


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_run(folder, Run(questions=20, people=20, documents=5))
    return folder


@pytest.fixture
def run(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run without a report, as the current folder."""
    monkeypatch.chdir(shutil.copytree(small, tmp_path / "run"))
    return tmp_path / "run"


@pytest.mark.parametrize("side", ["both", "question"])
def test_where_questions_alone_were_trained_it_is_said_that_the_index_stays(run: Path, side: str) -> None:
    set_params(run / "params.yaml", finetune={"side": side})
    report.main()
    for text in (words(tree()), text_of(rendered())):
        assert ("an index of these stays as it is" in text) == (side == "question")


INPUTS = [getattr(report, name) for name in vars(report) if name.isupper() and isinstance(getattr(report, name), Path)]
READ = [path for path in INPUTS if path not in (report.REPORT, report.COMMENT)]


@pytest.mark.parametrize("path", READ, ids=str)
def test_missing_file_is_named(run: Path, path: Path) -> None:
    path.unlink()
    with pytest.raises(UserError, match=re.escape(path.name)):
        report.main()
    assert not report.REPORT.exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'{"a": ', b"[1, 2]\n", b"a,b\n1\n", b'"open\n'])
@pytest.mark.parametrize("path", READ, ids=str)
def test_file_with_rubbish_is_an_error_of_one_line(run: Path, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(UserError, match=re.escape(path.name)) as error:
        report.main()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.pop("verdict"), "'verdict': Field required; an older version may have written it"),
        (lambda m: m["systems"].pop("finetuned"), "finetuned has no hit_rate@5"),
        (lambda m: m["systems"]["base"].pop("ndcg@10"), "base has no ndcg@10"),
        (
            lambda m: m["systems"]["base"].update({"ndcg@10": 1.2}),
            r"'systems.base.ndcg@10': Input should be less than or equal to 1",
        ),
        (
            lambda m: m["systems"]["base"].update({"ndcg@10": "0.5"}),
            "'systems.base.ndcg@10': Input should be a valid number",
        ),
        (
            lambda m: m["systems"]["base"].update({"ndcg@10": float("nan")}),
            "'systems.base.ndcg@10': Input should be a finite number",
        ),
        (lambda m: m["verdict"].update(word="great"), "'verdict.word': Input should be 'better'"),
        (
            lambda m: m["verdict"]["against"]["base"]["mrr@10"].pop("difference"),
            r"'verdict.against.base.mrr@10.difference': Field required",
        ),
        (lambda m: m["human"].pop("verdict"), r"'human.verdict': Field required"),
        (lambda m: m["intervals"].update(base={"ndcg@10": [0.1]}), r"'intervals.base.ndcg@10'"),
    ],
)
def test_metrics_that_lack_or_break_what_is_needed_are_named(run: Path, change: Any, message: str) -> None:
    metrics = json.loads(report.METRICS.read_text())
    change(metrics)
    report.METRICS.write_text(json.dumps(metrics))
    with pytest.raises(UserError, match=message):
        report.main()


@pytest.mark.parametrize("rank", ["0", "-1", "1.5", "first", "١"])
def test_rank_that_is_none_is_named(run: Path, rank: str) -> None:
    lines = report.PER_QUESTION.read_text().splitlines()
    cells = lines[1].split(",")
    cells[-12] = rank  # six systems, each with a rank and a chunk
    report.PER_QUESTION.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    with pytest.raises(UserError, match=re.escape(f"a rank is '{rank}'")):
        report.main()


def test_params_that_are_no_sections_are_named(run: Path) -> None:
    Path("params.yaml").write_text("- 1\n")
    with pytest.raises(UserError, match=r"holds no sections|is not a table"):
        report.main()


def test_chunk_that_is_gone_is_told_and_no_error(run: Path) -> None:
    report.CORPUS.write_text('{"_id": "other", "title": "", "text": "other"}\n')
    report.main()
    assert "is not in the corpus" in report.REPORT.read_text()
