"""Whom a sentence of a policy is about, where its grammar says so: `Nurses may read the ward` is about nurses, `for clerks: …` about clerks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from gatling_core.text import words

_WHO = r"(?P<who>\w[\w'’/-]*(?:,? [\w'’/-]+){0,7}?)"
_NUMBERED = r"(?:(?:rule |section |article )?\(?\d+[.):]+\s+)?"
_ADDRESSED = re.compile(
    _NUMBERED + r"(?:(?:rule )?for|as far as|as|with|concerning|(?:if )?(?:the )?user'?s? role is|users? (?:of|with|in) the role)(?: the| an?)? "
    + _WHO + r"(?: is concerned)?(?:\s*[:,]| you\b)", re.IGNORECASE,
)  # fmt: skip
_SUBJECT = re.compile(
    _NUMBERED + r"(?:only |just |all |any |every |each |no |what |all that |nobody but |no one other than |no one but |and |the role |the |an? )*" + _WHO
    + r",? (?:alone )?(?:(?:may|can(?:not|'t)?|must|shall|should|will)(?: not| never| only)?(?! (?:not )?(?:be|run)\b)|(?:do|does) not|never|only|also"
    + r"|(?:are|is) (?:not )?(?:allowed|permitted|entitled|cleared|limited|authori[sz]ed|restricted) (?:only )?to|(?:have|has) (?:no |the |full |only )?(?:access|rights?|permission)"
    + r"|see|sees|read|reads|work|works|handle|handles|query|queries|have to|has to|need|needs)\b", re.IGNORECASE,
)  # fmt: skip
_BRACKETED = re.compile(r"\[" + _WHO + r"\] ")
_ANYBODY = frozenset(
    words(
        "user users everyone everybody anyone anybody nobody neither no one you agent agents assistant it they we he she this that these those"
        " call calls who which what there when whenever if before after never not rule rules policy action actions access data request requests"
        " value values column columns record records table tables argument arguments amount limit number date time text key id none nothing but"
        " circumstances under whatever missing here"
    )
)  # fmt: skip
"""Subjects that are no role."""
_VERBAL = frozenset(
    words("may can must been be is are shall should will have has you it users user they to by if when use not do")
)
"""What stands in no role's name: the match went on into the sentence."""
_IMPERATIVE = frozenset(words("but if when then please do to in use act"))
"""How an order to the agent, or half a sentence, begins."""
_BREAK = re.compile(r";\s+|,?\s+(?=but\s)|,\s+(?=(?:and|while)\s)")
_NEGATED = re.compile(r"but (?:never|not(?! if)|no|neither|may not|cannot|must not)\b", re.IGNORECASE)


REACH = 200
"""Characters of a sentence that are looked at to find out whom it is about."""
MOST_CUTS = 64


def audience(sentence: str) -> str:
    """The role, or roles, that a sentence is about; empty where it is about a thing, about anybody, or does not say."""
    for pattern in (_BRACKETED, _ADDRESSED, _SUBJECT):
        match = pattern.match(sentence[:REACH])
        if match:
            who = match["who"].strip(" ,")
            said = words(who)
            return "" if _ANYBODY.issuperset(said) or said[0] in _IMPERATIVE or not _VERBAL.isdisjoint(said[1:]) else who
    return ""


def parts(sentence: str) -> Iterator[str]:
    """The sentence, cut where it goes on about somebody else or turns to what is not allowed."""
    start = 0
    for cut in islice(_BREAK.finditer(sentence), MOST_CUTS):
        rest = sentence[cut.end() : cut.end() + REACH]
        if _NEGATED.match(rest) or audience(rest):
            yield sentence[start : cut.start()]
            start = cut.end()
    yield sentence[start:]
