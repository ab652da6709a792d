"""A query may be about documents, but not about the passage that it is to find."""

from __future__ import annotations

import pytest

from attune.questions.cleaning.references import speaks_of_the_passage
from attune.text.words import words

OFFICE = (
    "The required documents are a copy of the passport and a signed form. Applicants upload the signed document. An "
    "officer answers questions about the waiting period. The author of a text keeps the rights in the article."
)
PUMP = "The pump moves water. Die Pumpe fördert Wasser. La pompe, la bomba, la pompa, de pomp. 泵 ポンプ"


@pytest.mark.parametrize(
    "query",
    [
        "Which are the required documents for an erasure request?",
        "How do applicants upload the signed document for a visa?",
        "Who answers the questions about a visa's delay?",
        "Who is the author of a text?",
        "What must be given in the document?",
        "How do applicants describe the documents?",
    ],
)
def test_what_the_passage_is_about_may_be_asked_for(query: str) -> None:
    assert not speaks_of_the_passage(query, set(words(OFFICE)))


@pytest.mark.parametrize(
    "query",
    [
        "What does the document say about visas?",
        "According to the text, who answers?",
        "What is the main topic of the article?",
        "Which rights are mentioned in the document?",
        "What is this document about?",
        "What is described above?",
        "Based on the information provided, who answers?",
        "What does it say about visas?",
        "What does the table show?",
        "О чём говорится в тексте?",
        "О чём этот документ?",
        "Автор тексту згадує? Про що йдеться в тексті?",
        "Co według tekstu robi urząd?",
        "Co se podle textu stane?",
        "Bu metinde ne anlatılıyor?",
        "Vad säger texten om visum?",
        "Hvad handler teksten om?",
        "ماذا يقول النص عن التأشيرة؟",
        "이 글에서 설명하는 것은 무엇인가요?",
        "इस पाठ में क्या बताया गया है?",
        "这段话主要讲了什么？",
        "上記の内容によると何ですか？",
    ],
)
def test_the_passage_itself_is_spoken_of_even_where_it_holds_the_word(query: str) -> None:
    assert speaks_of_the_passage(query, set(words(OFFICE)))


@pytest.mark.parametrize(
    "query",
    [
        "What is the role of water in the text?",
        "Was sagt der Text über die Pumpe?",
        "Was fördert die Pumpe laut dem Text?",
        "Welche Pumpe wird im Abschnitt genannt?",
        "Wovon handelt dieses Dokument?",
        "Que dit le texte sur la pompe ?",
        "Que dit l'auteur sur la pompe ?",
        "Selon le passage, que fait la pompe ?",
        "De quoi parle cet article ?",
        "¿Qué dice el texto sobre la bomba?",
        "Según el documento, ¿qué mueve la bomba?",
        "Cosa dice il testo sulla pompa?",
        "Secondo il brano, cosa muove la pompa?",
        "Wat zegt de tekst over de pomp?",
        "Wat doet de pomp volgens het document?",
        "O que diz o texto sobre a bomba?",
        "De acordo com o texto, o que move a bomba?",
        "根据文章，泵输送什么？",
        "这段文字主要讲什么？",
        "文中提到的泵是什么？",
        "この文章によると、ポンプは何を動かしますか？",
        "本文では何が述べられていますか？",
    ],
)
def test_the_passage_is_spoken_of_in_every_language(query: str) -> None:
    assert speaks_of_the_passage(query, set(words(PUMP)))


@pytest.mark.parametrize(
    "query",
    [
        "How does the pump move water?",
        "How does the passage of time change a pump?",
        "What does the pressure chart of a pump show?",
        "如何打开脚本文件？",
        "What does a document need to be signed?",
        "Que dit l'article 17 sur la pompe ?",
        "日本文化とポンプの関係は？",
        "中文中泵怎么说？",
        "Wie fördert die Pumpe Wasser in der Minute?",
        "Que fait la pompe dans la maison ?",
        "¿Qué mueve la bomba en la casa?",
        "Cosa muove la pompa nella casa?",
        "Wat doet de pomp in het huis?",
        "O que move a bomba na casa?",
        "泵多久更换一次？",
        "ポンプは何を動かしますか？",
    ],
)
def test_other_queries_speak_of_something_else(query: str) -> None:
    assert not speaks_of_the_passage(query, set(words(PUMP)))
