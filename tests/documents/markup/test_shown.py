"""What a browser hides and what surrounds the article is left out, and counted; in doubt it stays."""

from __future__ import annotations

import pytest

from attune.documents.markup.page import html_blocks
from attune.documents.markup.shown import BOILERPLATE, HIDDEN, OPTIONS, declarations

ARTICLE = "<p>" + "The boiler needs a new valve before the winter. " * 20


def words(markup: str, boilerplate: bool = False) -> str:
    return " ".join(block.text for block in html_blocks(markup, boilerplate).blocks)


@pytest.mark.parametrize(
    "markup",
    [
        "<p hidden>X</p>",
        "<p style='display:none'>X</p>",
        "<p style='color: red; DISPLAY : None !important'>X</p>",
        "<p style='visibility:hidden'>X</p>",
        "<tr style='visibility:collapse'><td>X</tr>",
        "<dialog>X</dialog>",
        "<div popover>X</div>",
        "<canvas>X</canvas>",
        "<object>X</object>",
        "<audio>X</audio>",
        "<video><p>X</video>",
        "<iframe>X</iframe>",
        "<noscript>X</noscript>",
        "<template><p>X</template>",
        "<datalist><option>X</datalist>",
        "<svg><title>a</title><text>X</text></svg>",
    ],
)
def test_what_a_browser_hides_is_left_out_and_counted(markup: str) -> None:
    page = html_blocks(f"<p>seen {markup}<p>as well")
    assert " ".join(block.text for block in page.blocks) == "seen as well"
    assert sum(page.left_out.values()) == 1


@pytest.mark.parametrize("markup", ["<script>X</script>", "<style>X</style>", "<!-- X -->", "<?php X ?>"])
def test_what_is_for_programs_is_no_text(markup: str) -> None:
    page = html_blocks(f"<p>seen{markup}")
    assert (page.characters, page.left_out) == (4, {})


@pytest.mark.parametrize(
    "markup",
    [
        "<details>X</details>",  # opens at a click
        "<dialog open>X</dialog>",
        "<p hidden=until-found>X</p>",
        "<template shadowrootmode=open><p>X</template>",
        "<p style='visibility:hidden'><b style='visibility:visible'>X</b></p>",
        "<p aria-hidden=true>X</p>",
        "<p style='display:block'>X</p>",
    ],
)
def test_what_a_browser_shows_stays(markup: str) -> None:
    assert words(f"{markup}{ARTICLE}").startswith("X The")


@pytest.mark.parametrize(
    "body", ["<body style='visibility:hidden'>", "<body hidden>", "<html style='display:none'><body>"]
)
def test_a_page_that_waits_for_a_script_to_show_it_is_read(body: str) -> None:
    assert words(f"{body}<p>Seen.") == "Seen."


@pytest.mark.parametrize(
    "markup",
    [
        "<nav>X</nav>",
        "<header><a href=/>X</a></header>",
        "<footer>X</footer>",
        "<aside>X</aside>",
        "<div role=navigation>X</div>",
        "<div role=banner>X</div>",
        "<div role=contentinfo>X</div>",
        "<div role=search>X</div>",
        "<div role=dialog>X</div>",
        "<div id=cookie-banner>X</div>",
        "<div class='site gdpr-consent-modal'>X</div>",
        "<form><label>X</label><input></form>",
        "<a class=skip-link href=#main>X</a>",
        "<main><nav>X</nav></main>",
    ],
)
def test_what_surrounds_the_article_is_left_out_by_the_knob(markup: str) -> None:
    page = html_blocks(f"{markup}<article>{ARTICLE}</article>")
    assert [block.text[:3] for block in page.blocks] == ["The"]
    assert page.left_out == {BOILERPLATE: 1}
    assert words(f"{markup}<article>{ARTICLE}</article>", boilerplate=True).startswith("X The")


@pytest.mark.parametrize(
    "markup",
    [
        "<article><header><h1>X</h1></header>{}</article>",
        "<header><h1>X</h1></header>{}",  # the only heading of the page
        "<main><aside>X</aside>{}</main>",
        "<section><footer>X</footer>{}</section>",
        "<form><h2>X</h2>{}</form>",  # there are pages that are one form
        "<footer role=doc-endnotes>X</footer>{}",
        "<nav>X<main>{}</main></nav>",  # holds the article
        "<div class=cookie-recipes>X</div>{}",
    ],
)
def test_what_belongs_to_the_article_stays(markup: str) -> None:
    assert words(markup.format(ARTICLE)).startswith("X The")


def test_long_lists_of_options_are_no_text_and_short_ones_are() -> None:
    options = [f"<option>land{i}" for i in range(11)]
    assert html_blocks(f"{ARTICLE}<select>{''.join(options)}</select>").left_out == {OPTIONS: 56}
    assert "land9" in words(f"{ARTICLE}<select>{''.join(options[:10])}</select>")


def test_options_say_nothing_about_how_much_of_a_page_is_menus() -> None:
    form = "<form><select>" + "<option>somewhere else" * 60 + "</select></form>"
    page = html_blocks(f"{form}<p>A short article on valves.")
    assert [block.text for block in page.blocks] == ["A short article on valves."]
    assert set(page.left_out) == {OPTIONS}


def test_hidden_parts_are_counted_by_their_letters() -> None:
    assert html_blocks("<p>a<p hidden>b <b>c</b><script>d</script><!-- e --> 1</p>").left_out == {HIDDEN: 3}


@pytest.mark.parametrize(
    "markup",
    [
        "<span><span class=katex-mathml><math><mi>q</mi></math></span><span aria-hidden=true>q</span></span>",
        "<mjx-math aria-hidden=true>q</mjx-math><mjx-assistive-mml><math><mi>q</mi></math></mjx-assistive-mml>",
        "<span><span style='display:none'><math><mi>q</mi></math></span><img alt=q></span>",
    ],
)
def test_formulas_are_read_once(markup: str) -> None:
    assert words(f"<p>flow {markup} rises") == "flow q rises"


def test_declarations() -> None:
    assert declarations("Color:RED; display : none!important;bad") == {"color": "red", "display": "none"}


@pytest.mark.parametrize(
    "style",
    [
        "opacity:0",
        "opacity: 0.0",
        "font-size:0px",
        "position:absolute; left:-9999px",
        "position:fixed;top:-1000em",
        "text-indent:-9999px",
        "height:0;overflow:hidden",
        "max-height: 0px; overflow-y: hidden",
    ],
)
def test_what_a_style_leaves_nothing_of_is_hidden(style: str) -> None:
    page = html_blocks(f"<p>seen</p><p style='{style}'>unseen</p>", boilerplate=True)
    assert [block.text for block in page.blocks] == ["seen"]
    assert page.left_out == {"hidden": 6}


@pytest.mark.parametrize("style", ["opacity:0.5", "left:-9999px", "height:0", "font-size:0.9em", "text-indent:-20px"])
def test_what_a_style_only_moves_or_fades_is_read(style: str) -> None:
    assert [block.text for block in html_blocks(f"<p style='{style}'>seen</p>", boilerplate=True).blocks] == ["seen"]
