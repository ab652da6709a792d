"""Text that says nothing, told from text in many languages."""

from __future__ import annotations

import random

import pytest

from attune.documents.pdf.judged import is_garbled

TEXTS = [
    "The keeper of the boiler closed the valve by the door, since the steam in the pipe burns the skin at once.",
    "Der Kessel im Keller braucht vor dem Winter ein neues Ventil, und die Leute bauen es ein, wenn es da ist.",
    "La chaudière de la cave a besoin d’une nouvelle vanne avant l’hiver, et l’équipe la posera à son arrivée.",
    "La caldera del sótano necesita una válvula nueva antes del invierno, y el equipo la instalará cuando llegue.",
    "Kocioł w piwnicy potrzebuje nowego zaworu przed zimą, a ekipa zamontuje go, gdy tylko nadejdą części z miasta.",
    "Kellarin kattila tarvitsee uuden venttiilin ennen talvea, ja miehet asentavat sen, kun osat saapuvat kaupungista.",
    "Nồi hơi trong tầng hầm cần một van mới trước mùa đông, và đội thợ sẽ lắp nó khi các bộ phận được giao đến nơi.",
    "Bodrumdaki kazanın kıştan önce yeni bir vanaya ihtiyacı var ve ekip parçalar gelince onu hemen yerine takacak.",
    "Boiler ya chini inahitaji vali mpya kabla ya majira ya baridi, na mafundi wataiweka sehemu zitakapofika mjini.",
    "A pincében lévő kazánnak új szelepre van szüksége a tél előtt, és a szerelők beépítik, amikor megérkezik.",
    "Котёл в подвале нуждается в новом клапане перед зимой, и бригада поставит его, когда привезут детали из города.",
    "地下室のボイラーは冬の前に新しい弁が必要で、部品が届いたら作業員が取り付けます。蒸気は危険です。" * 3,
    "SELECT name, size FROM valves WHERE pressure >= 9.5 AND maker = 'Adler' ORDER BY size DESC LIMIT 10; -- " * 2,
]


@pytest.mark.parametrize("text", TEXTS)
def test_languages_are_text(text: str) -> None:
    assert not is_garbled(text)
    assert not is_garbled(text, unmapped=len(text))


@pytest.mark.parametrize("shift", range(1, 26))
def test_shifted_letters_are_none(shift: int) -> None:
    text = "".join(chr((ord(letter) - 32 + shift) % 95 + 32) for letter in TEXTS[0] * 2)
    caesar = "".join(
        chr((ord(letter) - 97 + shift) % 26 + 97) if letter.islower() else letter for letter in TEXTS[0] * 2
    )
    assert is_garbled(text) or is_garbled(text, unmapped=len(text))
    assert is_garbled(caesar)


def test_bad_recognition_is_none() -> None:
    draw = random.Random(5)
    assert is_garbled("".join(draw.choice("^~*;:|\\/«»{}[]<>_=+#%&$!?'\"tlIi1 .,") for _ in range(800)))


def test_codes_in_place_of_letters_are_none() -> None:
    assert is_garbled("".join(chr(1 + n % 25) + "ab" for n in range(200)), unmapped=600)


def test_little_text_is_not_judged() -> None:
    assert not is_garbled("Wkh#vsduh")
    assert not is_garbled("")


def test_numbers_are_text() -> None:
    assert not is_garbled(" ".join(f"{n * 37:,}.50 (${n})" for n in range(100)))
