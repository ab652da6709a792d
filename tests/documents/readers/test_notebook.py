from __future__ import annotations

import json
from typing import Any

import pytest

from attune.documents.blocks import Block, Content, Options, characters
from attune.documents.decode import Unreadable
from attune.documents.readers.notebook import LONGEST_OUTPUT, read_notebook


def read(*cells: dict[str, Any], **more: Any) -> Content:
    return read_notebook(json.dumps({"cells": cells, "nbformat": 4, **more}).encode(), Options())


def code(source: Any, *outputs: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


def printed(text: Any) -> dict[str, Any]:
    return {"output_type": "stream", "text": text}


def test_texts_code_and_what_it_prints() -> None:
    content = read(
        {"cell_type": "markdown", "source": ["# Boiler data\n", "\n", "It is *hot*.\n"]},
        code("if hot:\n    close()", printed(["shut\n", "\x1b[31mnow\x1b[0m\n"])),
        {"cell_type": "raw", "source": "as it is"},
    )
    assert content.title == "Boiler data"
    assert [(block.kind, block.text) for block in content.blocks] == [
        ("heading", "# Boiler data"),
        ("paragraph", "It is *hot*."),
        ("code", "if hot:\n    close()"),
        ("code", "shut\nnow\n"),
        ("paragraph", "as it is"),
    ]
    assert content.characters == sum(characters(block.text) for block in content.blocks)


def test_pictures_are_left_out_and_tables_are_read_once() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo" * 1000, "text/plain": "<Figure>"}}
    frame = {
        "output_type": "execute_result",
        "data": {"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "a 1"},
    }
    only = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo" * 1000}}
    assert [block.text for block in read(code("plot()", picture, frame, only)).blocks] == ["plot()", "<Figure>", "a 1"]


def test_long_output_is_cut_at_a_line_and_counted() -> None:
    content = read(code("log()", printed("step 1 done\n" * 1000)))
    assert len(content.blocks[1].text) <= LONGEST_OUTPUT
    assert set(content.blocks[1].text.split("\n")) == {"step 1 done"}
    kept = characters(content.blocks[1].text)
    assert content.left_out == {"long outputs": characters("step 1 done") * 1000 - kept}


def test_bars_of_progress_are_read_as_they_end() -> None:
    assert read(code("x", printed("10%\r50%\r100%\ndone\r\nend"))).blocks[1].text == "100%\ndone\r\nend"


def test_of_an_error_its_last_line() -> None:
    error = {"output_type": "error", "ename": "ValueError", "evalue": "too hot", "traceback": ["\x1b[0;31m---\n" * 50]}
    assert read(code("x", error)).blocks[1].text == "ValueError: too hot"


def test_the_older_format() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Valves"},
        {"cell_type": "code", "input": "a = 1", "outputs": []},
    ]
    old = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}).encode()
    assert read_notebook(old, Options()).blocks == (Block("heading", "## Valves", level=2), Block("code", "a = 1"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"# no JSON", "it is not JSON"),
        (b'{"cells": [', "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"{}", 'without a list of "cells"'),
        (b"[]", 'without a list of "cells"'),
        (b'{"cells": 3}', 'without a list of "cells"'),
        (b'{"cells": [3]}', "is no object"),
    ],
)
def test_what_is_no_notebook(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_notebook(data, Options())


@pytest.mark.parametrize("odd", [None, 3, {}, ["a", 3], [None]])
def test_odd_values_cost_only_themselves(odd: Any) -> None:
    cells: list[dict[str, Any]] = [
        code(odd, odd, {"data": odd}, {"text": odd}),
        {"cell_type": odd, "source": odd},
        code("kept"),
    ]
    assert read(*cells).blocks[-1].text == "kept"
