"""Formulas in a line: each kind of element, alone and within others."""

from __future__ import annotations

import pytest
from lxml import etree

from attune.documents.office.formula import formula


def of(inside: str) -> str:
    for short in (
        "f",
        "num",
        "den",
        "sSup",
        "sSub",
        "sSubSup",
        "e",
        "sup",
        "sub",
        "rad",
        "deg",
        "nary",
        "naryPr",
        "d",
        "dPr",
    ):
        inside = inside.replace(f"<{short}>", f"<m:{short}>").replace(f"</{short}>", f"</m:{short}>")
    for short in ("func", "fName", "limLow", "lim", "m", "mr", "eqArr"):
        inside = inside.replace(f"<{short}>", f"<m:{short}>").replace(f"</{short}>", f"</m:{short}>")
    return formula(etree.fromstring(f'<m:oMath xmlns:m="urn:m">{inside}</m:oMath>'))


def t(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("inside", "line"),
    [
        (t("E = mc"), "E = mc"),
        (f"<f><num>{t('1')}</num><den>{t('x+1')}</den></f>", "1/(x+1)"),
        (f"<f><num>{t('a')}</num><den>{t('b')}</den></f>{t('h')}", "a/b h"),
        (f"<sSup><e>{t('10')}</e><sup>{t('6')}</sup></sSup>", "10^6"),
        (f"<sSup><e>{t('a+b')}</e><sup>{t('2')}</sup></sSup>", "(a+b)^2"),
        (f"<sSub><e>{t('v')}</e><sub>{t('max')}</sub></sSub>", "v_max"),
        (f"<sSubSup><e>{t('v')}</e><sub>{t('i')}</sub><sup>{t('2')}</sup></sSubSup>", "v_i^2"),
        (f"<rad><deg/><e>{t('1-v')}</e></rad>".replace("<deg/>", "<m:deg/>"), "√(1-v)"),
        (f"<rad><deg>{t('3')}</deg><e>{t('x')}</e></rad>", "3√(x)"),
        (
            f'<nary><naryPr><m:chr m:val="∑"/></naryPr><sub>{t("i")}</sub><sup>{t("n")}</sup><e>{t("x")}</e></nary>',
            "∑_i^n x",
        ),
        (
            f"<nary><naryPr/><sub/><sup/><e>{t('x')}</e></nary>".replace("naryPr/", "m:naryPr/").replace(
                "<su", "<m:su"
            ),
            "∫ x",
        ),
        (f"<d><e>{t('a')}</e><e>{t('b')}</e></d>", "(a|b)"),
        (f'<d><dPr><m:begChr m:val="["/><m:endChr m:val=""/></dPr><e>{t("a")}</e></d>', "[a"),
        (f"<func><fName>{t('sin')}</fName><e>{t('x')}</e></func>", "sin x"),
        (f"<limLow><e>{t('lim')}</e><lim>{t('x→0')}</lim></limLow>", "lim_(x→0)"),
        (f"<m><mr><e>{t('1')}</e><e>{t('0')}</e></mr><mr><e>{t('0')}</e><e>{t('1')}</e></mr></m>", "1 0; 0 1"),
        (f"<eqArr><e>{t('x=1')}</e><e>{t('y=2')}</e></eqArr>", "x=1; y=2"),
        (f"<f><num><sSup><e>{t('v')}</e><sup>{t('2')}</sup></sSup></num><den>{t('2')}</den></f>", "(v^2)/2"),
        ("", ""),
    ],
)
def test_formulas(inside: str, line: str) -> None:
    assert of(inside) == line
