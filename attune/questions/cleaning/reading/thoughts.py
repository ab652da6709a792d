"""The answer in a reply, apart from what the model thought on the way and the marks of its chat template.

Servers are to take thoughts out and mostly do, but not for every model, and not when only one of the tags arrives.
"""

from __future__ import annotations

import re

_NAMES = (
    r"[\w:-]*?(?:think|thought|reason|reflect|rationale|deliberat|scratch|analy[sz]|monologue|internal|plan|draft"
    r"|comment|brainstorm|details)[\w-]*"
)
_PAIRS = [  # opening, closing
    (rf"<\|?\s*{_NAMES}\b[^<>]*>", rf"<\|?\s*/\s*{_NAMES}\s*\|?>"),
    (r"\[THINK\]", r"\[/THINK\]"),  # Mistral
    ("◁think▷", "◁/think▷"),  # Kimi
    (r"<\|begin_of_thought\|>|<\|START_THINKING\|>", r"<\|end_of_thought\|>|<\|END_THINKING\|>"),
    (r"<\|channel>\s*thought\b", r"<channel\|>"),  # Gemma
    (r"Thinking\.\.\.$", r"\.\.\.done thinking\."),  # Ollama
]
_FLAGS = re.IGNORECASE | re.DOTALL | re.MULTILINE
_CLOSING = re.compile("|".join(end for _, end in _PAIRS), _FLAGS)
_OPENING = re.compile("|".join(rf"^[ \t]*(?:{start})" for start, _ in _PAIRS), _FLAGS)
# OpenAI's open models, also where a server took the marks and left the words
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>", re.IGNORECASE)
_SPOKEN_CHANNEL = re.compile(r"\A\s*analysis.*assistantfinal(?:json)?", re.DOTALL)
_TURN_ENDS = re.compile(
    r"(?:<\|(?:im_end|eot_id|eom_id|end|return|call|endoftext|end_of_text)\|>|</s>|<end_of_turn>|<eos>)(?=\s*(?:$|<))",
    re.MULTILINE,
)
_TURN_BEGINS = re.compile(
    r"^\s*(?:<\|(?:im_start|start|start_header_id)\|>\s*assistant(?:<\|end_header_id\|>)?|<\|assistant\|>"
    r"|<start_of_turn>\s*model|<s>|\[/INST\]|<\|begin_of_(?:text|solution)\|>)",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"^[ \t]*<(answer|final_answer|final|response|output|result|json)>(.*?)(?:</\1>|\Z)"
    r"|<\|START_RESPONSE\|>(.*?)(?:<\||\Z)",
    _FLAGS,
)


def answer(reply: str) -> str:
    """Return the text of a reply that is meant for the reader; empty where the model only thought.

    Of a thought without an opening tag, all before the closing one is thought; without a closing one, all behind it.
    Tags count at the beginning of a line: a question may be about them.
    """
    text = _without_pairs(_SPOKEN_CHANNEL.sub("", _final_channel(reply), count=1))
    *_, text = _CLOSING.split(text)
    if opening := _OPENING.search(text):
        text = text[: opening.start()]
    text = _TURN_BEGINS.sub("", text)
    if turns := [turn for turn in _TURN_ENDS.split(text) if turn.strip()]:
        text = turns[0]
    answers = [found[2] or found[3] or "" for found in _ANSWER.finditer(text)]
    return answers[-1] if answers else text


def unclosed(reply: str) -> str:
    """Return what stands behind the mark of a thought that was never closed; nothing where each was.

    A model that forgets the closing mark may still have answered, at the end.
    """
    *_, text = _CLOSING.split(_without_pairs(reply))
    openings = [*_OPENING.finditer(text), *_CHANNEL.finditer(text)]
    return text[min(opening.end() for opening in openings) :] if openings else ""


def _without_pairs(text: str) -> str:
    kept, place = [], 0
    while (opening := _OPENING.search(text, place)) and (closing := _CLOSING.search(text, opening.end())):
        kept.append(text[place : opening.start()])
        place = closing.end()
    return "\n".join([*kept, text[place:]])


def _final_channel(reply: str) -> str:
    channels = list(_CHANNEL.finditer(reply))
    if not channels:
        return reply
    final = [found.end() for found in channels if found[1].lower() == "final"]
    return reply[final[-1] :] if final else reply[: channels[0].start()]
