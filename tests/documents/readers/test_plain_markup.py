"""reStructuredText and AsciiDoc: headings with their ranks, code and tables; comments and settings left out."""

from __future__ import annotations

import pytest

from attune.documents.blocks import Block, Options, characters
from attune.documents.readers.plain_markup import read_asciidoc, read_rst

PROSE = "The keeper of the copper boiler closed the valve by the door before the crew came with a new gauge."

RST = f"""\
.. a comment
   SECRET that goes on

.. _target:

=====
Boils
=====

{PROSE} See :ref:`the valves <valves>` and :doc:`pumps`.

Valves
======

.. note:: Mind the steam.

..
   SECRET as well

Seals
-----

Example::

    if x:
        y

=====  ===
Name   Bar
=====  ===
V1     3.1
=====  ===
"""

ADOC = f"""\
= Boils
:toc:
:author: SECRET

// SECRET
{PROSE}

== Valves

[source,python]
----
if x:
  y
----

////
SECRET
////

.Valves we have
|===
|Name |Bar

|V1
|3.1
|===
"""


def test_rst() -> None:
    content = read_rst(RST.encode(), Options())
    assert content.title == "Boils"
    assert content.blocks == (
        Block("heading", "Boils", 1),
        Block("paragraph", f"{PROSE} See the valves and pumps."),
        Block("heading", "Valves", 2),
        Block("paragraph", "Mind the steam."),
        Block("heading", "Seals", 3),
        Block("paragraph", "Example::"),
        Block("code", "    if x:\n        y"),
        Block("table", "| Name | Bar |\n| V1 | 3.1 |", header=1),
    )
    assert content.left_out == {"comments": 42, "settings": 4}


def test_asciidoc() -> None:
    content = read_asciidoc(ADOC.encode(), Options())
    assert content.title == "Boils"
    assert content.blocks == (
        Block("heading", "# Boils", 1),
        Block("paragraph", PROSE),
        Block("heading", "## Valves", 2),
        Block("code", "```\nif x:\n  y\n```"),
        Block("paragraph", "Valves we have"),
        Block("table", "| Name | Bar |\n| V1 | 3.1 |", header=1),
    )
    assert content.left_out == {"comments": 12, "settings": 27}


@pytest.mark.parametrize("line", ["http://example.org // no comment", "a /// b"])
def test_what_is_no_comment_of_asciidoc_stays(line: str) -> None:
    assert read_asciidoc(line.encode(), Options()).blocks == (Block("paragraph", line),)


@pytest.mark.parametrize("name", ["code-block", "code", "sourcecode"])
def test_code_of_a_directive_keeps_its_lines_and_its_indentation(name: str) -> None:
    source = f"Text.\n\n.. {name}:: yaml\n   :linenos:\n\n   a:\n     b: 1\n\n     c: 2\n\nAfter.\n"
    content = read_rst(source.encode(), Options())
    assert [(block.kind, block.text) for block in content.blocks] == [
        ("paragraph", "Text."),
        ("code", "```yaml\na:\n  b: 1\n\n  c: 2\n```"),
        ("paragraph", "After."),
    ]
    assert content.left_out == {"settings": 7}


DIRECTIVES = f"""\
:title: SECRET
:tags: SECRET,
   SECRET

Boils
=====

.. toctree::
   :maxdepth: 2

   SECRET
   SECRET/start

.. warning::

   {PROSE}

   .. figure:: SECRET.png
      :alt: SECRET

      The boiler in `1921 <http://SECRET>`_.

.. versionadded:: 2.0

.. csv-table:: Prices
   :header: "Part", "Cost"

   "Bolt, short", 3

.. code-block:: rst

   .. note:: stays
"""


def test_directives_leave_their_words() -> None:
    content = read_rst(DIRECTIVES.encode(), Options())
    assert [(block.kind, block.text) for block in content.blocks] == [
        ("heading", "Boils"),
        ("paragraph", PROSE),
        ("paragraph", "The boiler in 1921."),
        ("paragraph", "versionadded 2.0"),
        ("paragraph", "Prices"),
        ("table", "| Part | Cost |\n| Bolt, short | 3 |"),
        ("code", "```rst\n.. note:: stays\n```"),
    ]
    assert content.left_out["front matter"] == len("titleSECRETtagsSECRETSECRET")
    assert content.characters == sum(characters(block.text) for block in content.blocks) + sum(
        content.left_out.values()
    )


BLOCKS = f"""\
---
title: Boils
uuid: SECRET
---

Old Boils
=========

include::SECRET.adoc[]

[[SECRET]]
.Mind it
[NOTE]
====
{PROSE}
====

image::SECRET.png[SECRET]

****
Aside.
****
'''
"""


def test_lines_of_a_mark_around_a_block_make_no_heading() -> None:
    content = read_asciidoc(BLOCKS.encode(), Options())
    assert [(block.kind, block.text) for block in content.blocks] == [
        ("heading", "Old Boils"),
        ("heading", "Mind it"),
        ("paragraph", PROSE),
        ("paragraph", "Aside."),
    ]
