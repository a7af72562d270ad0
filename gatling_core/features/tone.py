"""What a clause does with what it speaks of: it forbids, outright or not, allows, limits, asks for more or less than a number, wants two things to
differ, or is about everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatling_core import text
from gatling_core.policy import Clause

_TONES = tuple(
    frozenset(text.word_ids(line))
    for line in (
        "no not never cannot neither nor deny denied denylist forbid forbidden prohibit block blacklist blocklist ban refuse reject disallow except exclude without off revoke barred withheld vetoed hidden",
        "only alone nobody else solely exclusively limit confine just nothing",
        "may can allow permit grant access entitled open accept yes enable",
        "if unless when while provided require must need condition where until before",
        "everything all every any full complete unrestricted",
    )
)  # fmt: skip
_DENYING = frozenset("deny block ban refuse reject exclude revoke disallow forbid prohibit off".split())
"""What a clause may do, and what a tool may: `reject_claim` in a list forbids nothing, and neither does `may refuse a request`."""
_DENYING_WORDS = frozenset(text.word_ids(" ".join(sorted(_DENYING))))
_OF_RULES = frozenset(
    "list tools tool if rule rules when all actions action default by calls methods roles unless permissions effect on for limits switched".split()
)
_AS_AN_ACT = re.compile(
    rf"(?<!^)(?<!must )(?<!shall )(?<!will )(?<!always )(?<!then )\b(?:{'|'.join(sorted(_DENYING - {'off'}))})(?:\b|s?(?=[\w ]{{0,40}}:))"
    rf"|\b(?:{'|'.join(sorted(_DENYING - {'off'}))})n?ing\b(?=[\w *_]{{2,40}}:)"
)


_ALLOWING_RULE = re.compile(r"(?:allow|permit)\b[\w ]*[({]")
"""A rule of a policy language says itself what it does, whatever a remark above it does."""
_NO = text.word_ids("no")[0]
_SAYS_NO = re.compile(r"(?<!\w)no(?!\w)", re.IGNORECASE)
"""`member_no` and `orderNo` say nothing of the kind."""
_LONGEST_TITLE = 8
"""Words of a heading that says what those below it do: a longer one is a remark."""
_NO_CELLS = frozenset("-–—Nn✗✘❌.")
"""What stands in a matrix for a no."""


def tones(clause: Clause, words: frozenset[int]) -> Iterator[bool]:
    """Whether a clause, that has these words, forbids, leaves it to those whom it names, allows, has a condition, speaks of everything."""
    said = _telling(clause, words)
    if _NO in said and not _SAYS_NO.search(" ".join((*clause.path[-6:], clause.text))):
        said -= {_NO}
    return (not said.isdisjoint(tone) for tone in _TONES)


def _telling(clause: Clause, words: frozenset[int]) -> frozenset[int]:
    """Words by which a clause forbids, allows or limits: of all its words, not those that are part of a tool's name, what somebody may do, or
    in a long title.
    """
    path = clause.path[-6:]
    if _ALLOWING_RULE.match(clause.text):
        path, words = (), frozenset(text.word_ids(clause.text))
    titled = any(part.count(" ") >= _LONGEST_TITLE for part in path)
    if not titled and clause.text not in _NO_CELLS and words.isdisjoint(_DENYING_WORDS):
        return words
    said = (
        [_AS_AN_ACT.sub(" ", clause.text.lower())]
        if clause.kind == "prose"
        else [*clause.items, "no" if clause.text in _NO_CELLS else clause.text]
    )
    above = (part for part in path if part.count(" ") < _LONGEST_TITLE)
    return frozenset(word for part in (*above, *said) for word in text.word_ids(" ".join(map(_as_rule, part.split()))))


def _as_rule(name: str) -> str:
    """A name without what only says what a tool does: `deny_list` stays, of `reject_claim` the claim is left."""
    found = [part.lower() for part in text.parts(name)]
    if len(found) < 2 or _DENYING.isdisjoint(found) or not _OF_RULES.isdisjoint(found):
        return name
    return " ".join(part for part in found if part not in _DENYING)


_APART = re.compile(
    r"!=|≠|<>|\b(?:differs?|different|distinct|diverges?|deviates?|unequal|unlike|ne|other than|apart from|(?:some|any)(?:body|one) else)\b"
)


def is_apart(clause: Clause) -> bool:
    """`user.id != call.author`, `the approver differs from the requester`, `unless: user.id == call.author`."""
    if clause.path and clause.path[-1].lower() in ("unless", "except", "not") and "=" in clause.text:
        return True
    return _APART.search(" ".join((*clause.path[-2:], clause.text)).lower().replace("_", " ")) is not None


_EVERYTHING = re.compile(
    r"\b(?:may|can|could) (?:do|use|read|see|call|access) (?:everything|anything|whatever|(?:all|any|every) (?:of the )?(?:tools?|actions?))\b(?! else)"
    r"|^(?:permit|allow)\s+\S+\s+(?:any|all|\*)$"
)
_TOOL_KEYS = frozenset("tool tools action actions allow allows allowed can may permissions permission operations methods".split())


def is_everything(clause: Clause) -> bool:
    """`Owners can do everything`, `tools: *`, `permit brewmaster any`."""
    if clause.kind == "prose":
        return _EVERYTHING.search(clause.text.lower()) is not None
    return "*" in clause.items and bool(clause.path) and not _TOOL_KEYS.isdisjoint(text.words(clause.path[-1]))


_DENIAL = re.compile(
    r"\b(?:may|can|must|shall|does|do|are|is|will)(?: not|n['’]t| never| neither)\b|\bcannot\b|\bnever\b|\bno (?:access|rights?|permissions?|other rights)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\d|[.;] |\b(?:if|unless|when|while|where|until|before|after|except|without|more|above|over|exceeds?|than|below|under|others?|another|outside|own|only|but|besides"
    r"|together|same|alone|with|on|during|within|nobody|no one|everybody|anybody|anyone|who|whose|that|which)\b", re.IGNORECASE,
)  # fmt: skip
_DENIED = frozenset("deny denied forbid forbidden no blocked none never".split()) | _NO_CELLS
_OF_WHOLE_RULES = frozenset("effect decision disposition default verdict outcome combining".split())
_OF_CONDITIONS = frozenset(
    text.word_ids("restriction condition remark limit note comment exception requirement require obligation unless max min")
)


def is_denial(clause: Clause) -> bool:
    """Whether it forbids whomever it is about all that it speaks of: `Interns may not delete records`, or a no in a matrix of rights. The effect
    of a whole rule is none, since the rule may have conditions.
    """
    if clause.kind == "prose":
        return _DENIAL.search(clause.text) is not None and _CONDITION.search(clause.text) is None
    if len(clause.path) < 2 or clause.text.lower() not in _DENIED:
        return False
    return clause.path[-1].lower() not in _OF_WHOLE_RULES and _OF_CONDITIONS.isdisjoint(text.word_ids(clause.path[-1]))


_FORBIDDING = re.compile(r"\b(?:nobody|no one|none|forbid\w*|den(?:y|ies|ied)|prohibit\w*|refus\w+|reject\w*)\b", re.IGNORECASE)


def forbids_outright(clause: Clause) -> bool:
    """Whether a sentence says in so many words that something is not to be: `off the run` has a word of a no, and says nothing of the kind."""
    return clause.kind != "prose" or _DENIAL.search(clause.text) is not None or _FORBIDDING.search(clause.text) is not None


_NEGATION = re.compile(
    r"\b(?:not|never|no|nor|neither|nobody|none|without|unless|except|excluding|barring|false|un\w+|\w+n['’]t)\b|!", re.IGNORECASE
)


_NOT_LESS = re.compile(
    r"\b(?:not|no) (?:lower|less|below|under|younger|fewer|more|over|above|older|higher|earlier|later)\b", re.IGNORECASE
)


def asks_for(clause: Clause, *, forbids: bool) -> bool:
    """Whether what it names of a user is asked for: nothing in it turns that into its opposite, or it forbids what is without (`may not be
    exported without training`). A rule of a policy language asks for each of its conditions, of which some may be negated.
    """
    if _ALLOWING_RULE.match(clause.text):
        return True
    said = _NOT_LESS.sub(" ", clause.text)
    if forbids and said != clause.text:
        forbids = not _TONES[0].isdisjoint(text.word_ids(" ".join((*clause.path[-6:], said))))
    if forbids:
        return clause.kind == "prose" and len(_WITHOUT.findall(said)) == 1
    return _NEGATION.search(said) is None


_OTHERWISE = re.compile(
    r"!=|≠|<>|\b(?:unless|except|excluding|without|other than|apart from|only|nobody else|no one else|ne|is not|isn['’]t|are not|not in)\b|!(?=[\w(])"
    r"|\bnot (?=[a-z_]+[.(])",
    re.IGNORECASE,
)
_DENYING_RULE = re.compile(r"(?:forbid|deny)\b[\w ]*[({]")
_NO_ONE = re.compile(r"(?:no|nobody|none)\b(?! (?:but|other)\b| one but\b)", re.IGNORECASE)
_WITHOUT = re.compile(r"\b(?:unless|without)\b", re.IGNORECASE)


def rules_out(clause: Clause) -> bool:
    """Whether what it states of a user is ruled out, if it forbids: a condition of a rule that denies, or a sentence that says what some may not."""
    said = " ".join((*clause.path[-2:], clause.text)).replace("_", " ")
    if clause.kind == "prose" and not any(found(clause.text) for found in (_DENIAL.search, _DENYING_RULE.match, _NO_ONE.match)):
        return False
    return _OTHERWISE.search(said if clause.kind != "prose" else clause.text) is None


_BOUNDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r">=?|≥|\b(?:at least|no less|not less|minimum|min|or (?:more|over|older|above|higher|better|later)|(?<!not )(?<!no )(?:above|over|older than)|more than|greater (?:than|or)|(?:not|no) (?:lower|below|under|younger)|gte?|exceeds?|from)\b",
        r"<=?|≤|\b(?:at most|no more|not more|maximum|max|or (?:less|under|younger|below|lower|fewer|earlier)|(?<!not )(?<!no )(?:below|under|younger than|lower than)|less (?:than|or)|fewer than|(?:not|no) (?:above|over|older|higher)|lte?|up to|within)\b",
    )
)


_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Within `NumericGreaterThan`."""


def bounds(clause: Clause) -> tuple[bool, bool]:
    """Whether the numbers of a clause are the least, or the most, that is asked for; neither where it speaks of both."""
    said = _HUMP.sub(" ", " ".join((*clause.path[-3:], clause.text))).replace("_", " ")
    least, most = (pattern.search(said) is not None for pattern in _BOUNDS)
    return least and not most, most and not least
