"""Does a query speak of the passage itself? Whoever searches does not know that there is one.

The noun alone does not tell: "the signed document" is what a passage on visas is about. So "according to the text" and
"what does the text say" always speak of the passage, and "the text" where the passage holds no such word.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import NamedTuple


class _Language(NamedTuple):
    """Patterns: articles, words that point at what is at hand, nouns for a passage, what such a noun says."""

    articles: str
    pointing: str
    nouns: str
    by: str  # what stands in front of the noun where it is a source
    says: str


_LANGUAGES = (
    _Language(
        "the|our|that|given|provided|following|above",
        "this|these|(?:the|a) (?:given|provided|above|following|present)",
        "texts?|passages?|documents?|contexts?|paragraphs?|excerpts?|articles?|sentences?|sections?|authors?|speakers?"
        "|questions?|answers?|query|queries|summary|summaries|chunks?",
        r"according to|based on|as per|(?:mentioned|described|discussed|outlined) (?:in|by)"
        r"|(?:purpose|topic|subject|theme|focus|message|gist|title|main \w+|summary|tone) of",
        "say|says|mention|mentions|state|states|tell|describe|describes|discuss|discusses|explain|explains|suggest"
        "|suggests|imply|implies|talk about|refer to",
    ),
    _Language(
        "de[rmns]|das|die|im|vom|zum",
        r"diese[rmns]?|obige[rmns]?|(?:de[rmn]|das|im) (?:obigen?|vorliegenden?|genannten?|folgenden?)",
        "texte?s?|textes|passagen?|dokumente?s?|abschnitte?s?|absatz(?:es)?|absätze|auszugs?|artikels?|textabschnitte?s?"
        "|autors?|autoren|autorin|kontexts?|dokuments",
        "laut|gemäß|nach|zufolge|aufgrund|thema|hauptthema|zweck|(?:erwähnt|genannt|beschrieben) (?:in|im)",
        "sagt|sagen|erwähnt|beschreibt|erklärt|behandelt|nennt|besagt|steht|zufolge",
    ),
    _Language(
        "l[ea]s?|au|du|des",
        "ce|cet|cette|ces",
        "textes?|passages?|documents?|paragraphes?|extraits?|articles?|auteure?s?|contextes?|sections?",
        "selon|d['’]après|(?:mentionnée?s?|décrite?s?|cités?) (?:dans|par)|(?:sujet|thème|objet|but|titre) de",
        "dit|mentionne|décrit|explique|indique|parle|affirme|évoque|traite",
    ),
    _Language(
        "el|la|los|las|del|al",
        "este|esta|estos|estas|dicho|dicha",
        "textos?|pasajes?|documentos?|párrafos?|fragmentos?|artículos?|autora?|autores|contextos?|secci(?:ón|ones)",
        r"según|de acuerdo (?:con|a)|(?:mencionad|descrit|citad)[oa]s? en|(?:tema|propósito|objetivo|título) de",
        "dice|menciona|describe|explica|indica|habla|afirma|trata",
    ),
    _Language(
        "il|lo|la|gli|i|le|del|dello|della|nel|nella|dal|dalla|al",
        "questo|questa|questi|queste",
        "test[oi]|bran[oi]|passagg[io]+|document[oi]|paragraf[oi]|estratt[oi]|articol[oi]|autor[ei]|autrice|contest[oi]"
        "|sezion[ei]",
        r"secondo|in base al?|(?:menzionat|descritt|citat)[oaie] (?:in|nel)|(?:tema|scopo|argomento|titolo) de",
        "dice|menziona|descrive|spiega|indica|parla|afferma|tratta",
    ),
    _Language(
        "de|het",
        "deze|dit|(?:de|het) (?:bovenstaande|gegeven|volgende)",
        "tekst(?:en)?|passages?|document(?:en)?|paragra(?:af|fen)|fragment(?:en)?|artikel(?:en)?|auteurs?|alinea's?"
        "|secties?|context",
        "volgens|op basis van|(?:genoemd|beschreven|vermeld) in|(?:onderwerp|doel|titel) van",
        "zegt|vermeldt|beschrijft|noemt|staat|gaat|legt uit|bespreekt",
    ),
    _Language(
        "[oa]s?|d[oa]s?|n[oa]s?|aos?|pel[oa]s?",
        "est[ea]s?|ess[ea]s?|nest[ea]|ness[ea]|dest[ea]|dess[ea]",
        "textos?|passage(?:m|ns)|trechos?|documentos?|parágrafos?|artigos?|autora?|autores|contextos?|seç(?:ão|ões)",
        r"segundo|de acordo com|conforme|com base|(?:mencionad|descrit|citad)[oa]s?|(?:tema|objetivo|propósito|título)",
        "diz|menciona|descreve|explica|indica|fala|afirma|trata",
    ),
)
# languages without an article in front: what surely speaks of the passage
_OTHERS = (
    r"(?:говорится|сказано|упом[яи]\w+|описан\w*|описывается|указано|речь)\s+в\s+(?:\w+\s+)?(?:текст|документ|отрывк|абзац"
    r"|фрагмент|стать)\w*|(?:согласно|автора?у?)\s+(?:\w+\s+)?(?:текст|отрывк|абзац|фрагмент|стать)\w*"
    r"|(?:эт|данн|приведенн|приведённ)\w+\s+(?:текст|отрыв|документ|абзац|фрагмент|стать)\w*",
    r"(?:ць|дан|наведен)\w+\s+(?:текст|урив|документ|абзац|фрагмент|статт)\w*|(?:згідно з|йдеться в|сказано в)\s+"
    r"(?:текст|урив|абзац|фрагмент|статт)\w*",
    r"(?:według|zgodnie z|w|autora?)\s+(?:\w+\s+)?(?:tekś?s?cie|tekst(?:u|em)|akapi\w+|tym (?:dokument|artyku)\w+)",
    r"(?:podle|v|autora?)\s+(?:\w+\s+)?(?:text(?:u|em)|úryvku|odstavc[ie]|tomto (?:dokument|článk)\w+)",
    r"(?:bu|verilen|yukarıdaki)\s+(?:met(?:in|n)|pasaj|paragraf|belge|yazı)\w*|(?:metinde|metne göre|pasajda|parçada)",
    r"(?:enligt|ifølge|säger|siger|sier|nämner|nævner|nevner|beskriver|handlar|handler|i)\s+(?:\w+\s+)?(?:texte?n|teksten"
    r"|stycket|avsnittet|passagen|utdrage?t)",
    r"(?:في|حسب|بحسب|وفق[اً]*|يقول|يذكر|يصف|يتحدث)\s+(?:هذا\s+|هذه\s+)?(?:النص|الفقرة|المقطع|المقال)",
    r"(?:इस|दिए गए|उपरोक्त)\s+(?:पाठ|अनुच्छेद|लेख|दस्तावेज़|गद्यांश)",
)
_KO = r"(?:이|위|해당|주어진)\s+(?:글|텍스트|문서|문단|본문|지문|기사|단락)|(?:본문|지문|텍스트)에서"
_ZH = "文本|文章|文档|文件|段落|短文|原文|文段|章节|文字|材料|段?话|内容"
_JA = "文章|文書|テキスト|段落|記事|パッセージ|資料|本文|抜粋|内容"
_THIS = "(?<![日基文版样様成脚资資课剧])本"  # 本 ends many words
_NO_WORD = "(?![化件学字献明])"  # 文 is part of many words


def _the(one: _Language) -> str:
    return rf"(?:\b(?:{one.articles})\s+|\b\w{{1,4}}['’])"  # l'article


def _noun(one: _Language) -> str:
    return rf"(?:{one.nouns})\b(?!\s+\d|\s+of time)"  # Article 17 is that of a law


_ALWAYS = re.compile(
    "|".join(
        rf"\b(?:{one.by})\s+(?:{_the(one)}|(?:{one.pointing})\s+)(?:\w+\s+)?{_noun(one)}"
        rf"|\b(?:{one.pointing})\s+(?:\w+\s+){{0,2}}?{_noun(one)}|{_the(one)}{_noun(one)}\s+(?:{one.says})\b"
        for one in _LANGUAGES
    )
    # other languages than English have the verb in front
    + "".join(rf"|\b(?:{one.says})\s+{_the(one)}{_noun(one)}" for one in _LANGUAGES[1:])
    + r"|\b(?:mentioned|described|stated|discussed|listed|shown) (?:above|below|here)\b"
    + r"|\b(?:based on|according to|from|in|using) the (?:information|details|content|facts) (?:provided|given|above)"
    + r"|\bwhat (?:does|do|is) (?:it|this|they) (?:say|mention|state|describe|discuss|talk)s?\b"
    + r"|\bthe (?:table|figure|diagram|chart) (?:show|list|depict|illustrate|represent)s?\b"
    + r"|\b(?:shown|depicted|listed|given) in (?:the|this) (?:table|figure|diagram|chart)\b"
    + "".join(rf"|\b(?:{one})" for one in _OTHERS)
    + rf"|{_KO}|(?:根据|依据|按照|这[篇段份个]|{_THIS}|该|上述|以上|给定的?)(?:{_ZH}|文{_NO_WORD})"
    + r"|上文|(?:^|[在，。、\s])文中|(?:文章|文本|段落|原文|作者)(?:中|里)?(?:提到|说|描述|讨论|指出|认为|介绍|讲)"
    + rf"|(?:この|{_THIS}|上記の|以下の|当該)(?:{_JA}|[文節]{_NO_WORD})"
    + rf"|(?:{_JA})(?:によると|によれば|の中で|で述べ|は何を)",
    re.IGNORECASE,
)
_NOUN = re.compile("|".join(rf"{_the(one)}(?:\w+\s+){{0,2}}?({_noun(one)})" for one in _LANGUAGES), re.IGNORECASE)


def speaks_of_the_passage(query: str, known: Set[str]) -> bool:
    """Tell whether a query speaks of the passage that it is to find, whose words, case-folded, are known."""
    if _ALWAYS.search(query):
        return True
    nouns = [noun.casefold() for found in _NOUN.findall(query) for noun in found if noun]
    return any(not any(_same(noun, word) for word in known) for noun in nouns)


def _same(noun: str, word: str) -> bool:
    """Tell whether two words are one but for their endings."""
    common = min(len(noun), len(word))
    return abs(len(noun) - len(word)) <= 3 and noun[: max(common - 3, 4)] == word[: max(common - 3, 4)]
