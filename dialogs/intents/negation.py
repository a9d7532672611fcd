"""Words that turn a wish round: "не хочу", "жоқ", "растамаймын"; and the Kazakh "не", which asks "what?"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

_ALWAYS: Final = frozenset(
    {"нет", "нету", "нелзя", "никогда", "жок", "емес", "not", "dont", "doesnt", "cant", "cannot", "never", "no", "wont"}
)
#: The Russian word; in Kazakh it means "what" or "or" and negates nothing.
_RUSSIAN_NOT: Final = frozenset({"не", "ни", "без"})
#: What Russian says after "не" even among Kazakh words.
_AFTER_NOT: Final = re.compile(r"хо[чт]|над|нуж|буд|мо[гж]|пон|зна|стои|дела|пи[шс]|присил|уда|отме|под|вхо|рабо")
#: Kazakh words as they sound, and endings only Kazakh has.
_KAZAKH: Final = re.compile(
    r"ма|ме|ба|бе|па|пе|ол|мен|сен|бул|осу|осы|деген\w*|керек|бар|кала[ий]|калаи|кашан|каида|неге|екен|едим|болад\w*|болди|"
    r"уш[иы]н|маган|меним|мени|сиз\w*|али|ендi|енди|истеи\w*|бала\w*|орин\w*|кезе[кг]\w*|жолдама\w*|\w{3,}(?:м[иы]н|сиз|ди|ди?м|ти|лар|лер|га|ге|нин|дин|тин)"
)
#: A negation inside a Kazakh verb: "растамаймын", "келмеді", "бармаған"; a bare "-ма" asks ("барма").
_NEGATED_VERB: Final = re.compile(
    r"\w{2,}(?:[мбп][ае](?:и\w{0,6}|ди\w{0,4}|г[ае]н\w{0,6}|у\w{0,3}|с(?:ин|а|е)\w{0,3}|пти\w{0,3}|н(?:из|д[ае]р))|ми(?:мин|ди|син))$"
)
#: A deed asked not to be done: "жойма", "өшірме", "растама".
_FORBIDDEN: Final = re.compile(r"(?:жо|жои|ошир|раста|тарт|бер|кои|жаз|жибер|тирке|токтат)[мпб][ае]$")
#: "I feel like doing it", which the next word takes back.
_WISH: Final = re.compile(r"\w{2,}[гк]им(?:из)?")
#: "Операторсыз": a noun with the ending for "without", which is also that of "you" on verbs.
_WITHOUT: Final = re.compile(r"(?:оператор|ваучер|табел|жолдама|код|смс|кезек)сиз")
#: Nouns that only look negated.
_NOUNS: Final = re.compile(
    r"болдирма|жолдама|алма|мазму|тамаша|семь|прие|врем|занима|понима|принима|внима|сним|подним|хабарлама"
)


def uncovered(tokens: Sequence[str], covered: Collection[int]) -> bool:
    """Say whether a negation stands where no line of the dictionary holds it as its own."""
    return any((at not in covered and _negates(tokens, at)) or _is_unwilling(tokens, at) for at in range(len(tokens)))


def _is_unwilling(tokens: Sequence[str], at: int) -> bool:
    """ "Жойғым келмейді" wants not to, though "код келмейді" only complains."""
    return at > 0 and tokens[at].startswith("келме") and bool(_WISH.fullmatch(tokens[at - 1]))


def _negates(tokens: Sequence[str], at: int) -> bool:
    token = tokens[at]
    if token in _RUSSIAN_NOT:
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        return bool(_AFTER_NOT.match(after)) or not any(_KAZAKH.fullmatch(word) for word in tokens)
    if token in _ALWAYS or _WITHOUT.fullmatch(token) or _FORBIDDEN.fullmatch(token):
        return True
    return bool(_NEGATED_VERB.fullmatch(token)) and not _NOUNS.match(token)
