"""Whom a sentence of a policy is about, where its grammar says so: `Nurses may read the ward` is about nurses, `for clerks: …` about clerks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from gatling_core.text import words

_WHO = r"(?P<who>\w[\w'’/-]*(?:,? [\w'’/-]+){0,11}?)"
_NUMBERED = r"(?:(?:(?:rule |section |article |§ ?)?\(?[a-z]?\d{1,3}(?:\.\d{1,3}){0,3}[.):]*|[a-z]\)|[a-z]:|\[[ x]?\])\s+){0,3}"
_TO = r"rule for|concerning|(?:if )?(?:the )?(?:user(?:'?s)?[ _.])?role(?: is|:| ==?)|users? (?:of|with|in) the role"
_ADDRESSED = tuple(
    re.compile(_NUMBERED + pattern, re.IGNORECASE)
    for pattern in (
        rf"as far as(?: the| an?)? {_WHO} (?:is|are) concerned\b",
        rf"(?:{_TO}|for|as)(?: the| an?)? {_WHO}\s*:",
        rf"(?P<vague>for)(?: the| an?)? {_WHO} to\b",
        rf"if (?:the |an? )?(?:user|caller|person|employee|requester) is(?: the| an?)? {_WHO}(?:\s*,| then\b| you\b)",
        rf"(?:{_TO}|(?P<vague>for|as))(?: the| an?)? {_WHO}(?:\s*,| you\b|$)",
        rf"(?:an? |and |any |every |all |the )*(?:user|person|people|caller|employee|colleague|member)s? (?:with|in|of|(?:who|that) (?:has|have|holds?)) the role(?: of)?(?: the| an?)? {_WHO} (?:is|are|may|can|cannot|must|shall|has|have|gets?|sees?)\b",
        rf"(?:the )?role(?: of)?(?: the| an?)? {_WHO} (?:covers|comprises|includes|is|may|can|has|gets)\b",
        rf"(?:[\w ]{{1,40}} )?(?P<vague>readable|visible|open|accessible|available|shown)(?: only)? (?:for|to|by)(?: the| an?)? {_WHO}(?:\s*:| (?:is|are)\b)",
        rf"(?:what|[\w ]{{1,40}} (?:that|which))(?: the| an?)? {_WHO} (?:is|are|may|can) (?:cleared|allowed|entitled|permitted|see|read|use|query)\b",
        rf"(?:give|grant|provide|assign)(?: the| an?| all| every)* {_WHO} (?:(?:read|write|full|no)[- ])*(?:access|permissions?|rights?|the (?:right|permission)s?)\b",
        rf"(?P<vague>allow|permit|authori[sz]e|enable)(?: only| the| an?| all| every)* {_WHO} to\b",
    )
)
_SUBJECT = re.compile(
    _NUMBERED + r"(?:only |just |all |any |every |each |no |what |all that |nobody but |no one other than |no one but |and |the role |the |an? )*" + _WHO
    + r",? (?:alone )?(?:(?:may|can(?:not|'t)?|must|shall|(?P<vague_>should|will))(?: not| never| only| always)*(?! (?:be|run|exceed|contain|include|cost|last|apply|start|happen)\b)|(?P<vague__>(?:do|does) not|never|only|also)"
    + r"|(?:are|is) (?:not )?(?:allowed|permitted|entitled|cleared|limited|authori[sz]ed|restricted) (?:only )?to|(?:have|has) (?:no |the |full |only )?(?:access|rights?|permission)"
    + r"|see|sees|read|reads|works? (?:on|with|for|in)|handle|handles|query|queries|(?P<vague>have to|has to|need|needs))\b", re.IGNORECASE,
)  # fmt: skip
"""Groups whose names begin with `vague` are words that things go with as well: then the subject must sound like a role."""
_DOING = re.compile(
    _NUMBERED + r"(?:only |the |all )*(?P<who>(?:[\w'’-]+ ){0,3}?[\w'’-]*(?:s|men|people))(?: only| also| alone| never| just)? (?!(?:of|in|at|from|on|with|and|or|for|who|that|whose|to|are|is|too|have|has)\b)[a-z]{3,}\b",
    re.IGNORECASE,
)  # fmt: skip
"""`Load controllers release the sheet`: people, and anything that they do."""
_LABELLED = re.compile(_NUMBERED + r"(?P<who>[A-Z][\w'’/-]*(?: [\w'’/-]+){0,4}?)[*_]{0,2}(?::| [-–—]| *(?:->|→|=>))\s+\S")
"""`Registrar: read_document, register_document`."""
_POINTED_AT = re.compile(
    r".{3,120}?(?:->|→|=>| = ) *(?P<who>[A-Za-z][\w'’ /&+-]{1,60}?)(?: only\b|[,.;]| with | in |$)", re.IGNORECASE
)
"""`edit the timetable → planners`."""
_DONE_BY = re.compile(
    r"\b(?:by|(?:is|are) (?:only |reserved |meant |up |\w+ed )*(?:for|to))(?: the| an?)? (?P<who>\w[\w'’/-]*(?:,? [\w'’/-]+){0,9}?)(?: only| alone| exclusively)?[.;]?$",
    re.IGNORECASE,
)
"""`Permits are granted by a permit officer`, `payments are for treasurers only`."""
_NAMED_ALONE = re.compile(
    _NUMBERED + r"(?:the |an? |only )*(?P<who>\w[\w'’/-]*(?: [\w'’/-]+){0,7}?)(?: alone| only)?(?:, [^.]{1,80})?\.$",
    re.IGNORECASE,
)
"""`A: The bookkeeper.`"""
_NEEDED = re.compile(
    r"\b(?:requires?|needs?|takes|(?:person|user|caller|requester|employee|one) (?:is|must be))(?: the| an?)?(?: role(?: of)?)? (?P<who>\w[\w'’/-]*(?: [\w'’/-]+){0,4}?)[.;?]?$",
    re.IGNORECASE,
)
"""`Deleting a draft requires a records manager`, `the person is a technician or a researcher`."""
_DONE_FOR = re.compile(
    r"(?:in addition,? |also,? )?you\b.{1,160}\bfor (?:the )?(?P<who>\w[\w'’/-]*(?: [\w'’/-]+){0,3}?)(?: only| alone)?[.;]?$",
    re.IGNORECASE,
)
"""`You close the day for the night auditor`, in what is said to the agent."""
_GRANTED = re.compile(r"(?:GRANT|DENY|REVOKE)\s.{1,120}\s(?:TO|FROM)\s+(?P<who>\w[\w, ]*?)\s*;?$", re.IGNORECASE)
"""In SQL."""
_PERMITTED = re.compile(r"(?:permit|allow|deny|forbid)\s{1,20}(?P<who>\w[\w-]*)\s+(?!to\b)\S.*$", re.IGNORECASE)
"""In lists of access control: who stands in the second column."""
_ALONE = (
    re.compile(
        r"\b(?:by|for)(?: the| an?| any| our)* (?P<who>\w[\w'’/-]*(?: [\w'’/-]+){0,4}?) (?:only|alone|exclusively)\b",
        re.IGNORECASE,
    ),
    re.compile(r"^only (?:the |an? )?(?P<who>\w[\w'’/-]*(?: [\w'’/-]+){0,3}?) (?!as\b|is\b|was\b)[a-z]{2,}s\b", re.IGNORECASE),
    re.compile(
        r"\b(?:by|for)(?: the| an?| any| our)* (?P<who>\w[\w'’/-]*(?: [\w'’/-]+){0,4}?)(?: \([^()]{1,60}\))?,?(?: and| or| but)*(?: by| for)? (?:nobody|no one|no-one|no other|none) (?:else|other)?",
        re.IGNORECASE,
    ),
    re.compile(
        r"\bonly (?:ever |\w+ed |\w+en ){0,2}(?:by|for|(?:up)?on (?:the )?\w+ of)(?: the| an?| any| our)* (?P<who>\w[\w'’/-]*(?: [\w'’/-]+){0,4}?)(?=[.,;:)]|$| and | or )",
        re.IGNORECASE,
    ),
    re.compile(r"\bonly (?:the |an? |our )?(?P<who>\w[\w'’/-]*(?: [\w'’/-]+){0,2}?)[.!]?$", re.IGNORECASE),
)
"""`Prescriptions are written by vets and by nobody else`, `issued only upon the instruction of a partner`."""
_AT_THE_WORD_OF = (
    r"(?:(?:up)?on|at)(?: the| an?)? (?:[a-z]+ )?(?:word|instruction|order|request|demand|behalf|authority)s? of"
    r"|(?:if|when|once) (?:asked|told|instructed) by"
)
_TO_WHOM = (
    r"(?: the| an?| any| our)* (?P<who>\w[\w'’/-]*(?:,? [\w'’/-]+){0,9}?)(?: alone| only)?"
    r"(?=,? and only\b|[.,;:(]|$| (?:who|whose|provided|if|while|when|up to|on duty)\b)"
)
_BY_ORDER_OF = re.compile(rf"\b(?:{_AT_THE_WORD_OF}){_TO_WHOM}", re.IGNORECASE)
"""`Notices are published upon the instruction of a hydrographic officer`."""
_SERVED = re.compile(
    _NUMBERED + r"(?:it|(?:the|our|this) (?:[\w-]+ )?(?:agent|assistant|bot|copilot|helper|chatbot))(?: only| also)?"
    r" (?!(?:may|can|must|shall|should|is|has|and|or|who|does|was)\b)[a-z]+s\b.{1,160}?\b"
    rf"(?:for|{_AT_THE_WORD_OF}){_TO_WHOM}",
    re.IGNORECASE,
)
"""`The agent pays refunds only on the word of a purser`: about whom it does it for."""
_CODED = re.compile(r"\brole[\"'\]]?(?:::|\s*==?\s*|\s+in\s+)[\[(]?\s*[\"']([\w -]{2,60})[\"']", re.IGNORECASE)
"""`principal in Role::"Curator"`, `user.role == "curator"`."""
_EXCEPTING = re.compile(r"\b(?:unless|not|forbid|deny|except)\b|!", re.IGNORECASE)
_CHAT = re.compile(r"^(?:\[?\d{1,2}:\d\d\]?\s+[\w.-]{1,24}(?: \([^()]{1,24}\))?:|[\w.-]{1,24}\s+\[?\d{1,2}:\d\d\]?:?)\s+")
"""Who wrote a line of a chat, and when."""
_AND_TO = re.compile(r"\b(and|or) (?:to|by)(?: the| an?)? ")
"""`reserved to foremen and to the manager`."""
_TO_THE_AGENT = re.compile(r"as (?:the|an?) (?:[\w-]+ ){0,3}(?:agent|assistant|bot|copilot)\s*,? you\b", re.IGNORECASE)
"""`As an airline agent, you can …` is said to the agent, whoever asks it."""
_PRONOUN = re.compile(_NUMBERED + r"(?:they|he or she|he|she|these people|their|his|her)\b", re.IGNORECASE)
_GOING_ON = re.compile(_WHO + r",? (?:(?:only )?(?:up to|at (?:most|least))|(?:no|not) more than|only)\b", re.IGNORECASE)
"""After a part about somebody: `agents may grant up to 50; team leads up to 250`."""
_BRACKETED = re.compile(r"\[(?!\d+\])" + _WHO + r"\] ")
_LOOSE = (*_ADDRESSED[1:], _SUBJECT, _GOING_ON)
"""What they match may be more than a name."""
_OFFICES = (_DOING, _LABELLED, _POINTED_AT, _NAMED_ALONE, _DONE_BY, _NEEDED, _DONE_FOR)
"""What they match names somebody only if it sounds like a role."""
_AT_THE_END = (_DONE_BY, _NEEDED)
_ANYBODY = frozenset(
    words(
        "user users everyone everybody anyone anybody nobody neither no one you agent agents assistant it they we he she this that these those"
        " call calls who which what there when whenever if before after never not rule rules policy action actions access data request requests"
        " value values column columns record records table tables argument arguments amount limit number date time text key id none nothing but"
        " circumstances under whatever missing here alone else member people person public and or but"
    )
)  # fmt: skip
"""Subjects that are no role."""
_VERBAL = frozenset(
    words("may can must been be is are shall should will have has you it users user they to by if when use not do")
)
"""What stands in no role's name: the match went on into the sentence."""
_OFFICE = re.compile(
    r"(?:\w{2,}(?:er|or|ist|yst|ian|ant|ee|eer|man|men|person|people|women)|\w*(?<!m)ent"
    r"|lead|head|chief|admin|nurse|clerk|staff|team|desk|office|guest|crew|intern|partner|rep|deputy|aide|\w+rar|bursar|cook|guard|judge|dean"
    r"|detective|representative|executive|operative|secretar(?:y|ie)|coache?|vet|chef|pilot|captain|surgeon|principal|pupil|apprentice|steward|guide|host|concierge|marshal|sheriff"
    r"|patrol|committee|board|department|reception|management|registry|constable|paralegal|counsel|associate|postdoc|fellow|mechanic|\w*medic|delegate|umpire)s?"
)  # fmt: skip
"""How the last word of most roles ends."""
_THINGS = frozenset(
    words(
        "order offer number letter transfer folder server paper computer printer router container cluster register voucher charter tender error vector"
        " monitor sensor mirror calendar newsletter grant restaurant plant content event tent rent percent water counter parameter header footer chapter quarter dollar matter answer power factor"
    )
)
"""Words that end so and name no one."""
_IMPERATIVE = frozenset(
    words(
        "is are was were but if when then please do to in use act everything anything something far for as with before whenever where while on at from under unless until"
    )
)
"""How an order to the agent, or half a sentence, begins."""
_OWNERS = frozenset(words("their his her its our your my whose"))
"""Of `their vouchers`, who are nobody."""
_NO_BEGINNING = _IMPERATIVE | _OWNERS | _VERBAL
_BREAK = re.compile(r";\s+|,?\s+(?=but\s)|,\s+(?=(?:and|while)\s)")
_NEGATED = re.compile(
    r"but (?:never|not(?! if)|no|neither|may not|cannot|must not)\b|(?:they|he|she|you) (?:may|must|can|do|shall) ?not\b|(?:they|he|she|you) (?:can't|don't|never)\b",
    re.IGNORECASE,
)


REACH = 200
"""Characters of a sentence that are looked at to find out whom it is about."""
MOST_CUTS = 64
REACH_OF_CODE = 800
"""Characters of a rule in a policy language that are."""
MOST_OFFICES = 4
"""Of a list of roles, those of which one must sound like a role."""


def audience(sentence: str, *, going_on: bool = False) -> str:
    """The role, or roles, that a sentence is about; empty where it is about a thing, about anybody, or does not say. One that goes on
    after a part about somebody else may leave its verb away.
    """
    sentence = _AND_TO.sub(r"\1 ", _CHAT.sub("", sentence, count=1))
    begun = sentence[:REACH]
    if _TO_THE_AGENT.match(begun):
        return ""
    label, _, rest = begun.partition(": ")
    return (
        _coded(sentence)
        or _served(begun)
        or _addressed(begun, going_on=going_on)
        or _granted(begun)
        or _sounding(begun, sentence[-REACH:])
        or (audience(rest) if rest and len(label) < REACH // 2 else "")
    )


def _addressed(begun: str, *, going_on: bool) -> str:
    """Whom the first words address, or the subject of a sentence that says what may be done."""
    for pattern in (_BRACKETED, *_ADDRESSED, _SUBJECT, *([_GOING_ON] if going_on else [])):
        if match := pattern.match(begun):
            who = match["who"].strip(" ,")
            said = words(who)
            vague = any(value for name, value in match.groupdict().items() if name.startswith("vague")) and not is_office(who)
            anybody = is_anybody(who) or said[0] in _NO_BEGINNING
            went_on = pattern in _LOOSE and not _VERBAL.isdisjoint(said[1:])
            if not vague and not anybody and not went_on:
                return who
    return ""


def _coded(sentence: str) -> str:
    """The roles that an expression asks for, if it allows something."""
    found = [match[1] for match in islice(_CODED.finditer(sentence[:REACH_OF_CODE]), MOST_CUTS)]
    return ", ".join(found) if found and not _EXCEPTING.search(sentence[:REACH_OF_CODE]) else ""


def _served(begun: str) -> str:
    """For whom the agent is said to do something, or at whose word something is done."""
    match = _SERVED.match(begun) or _BY_ORDER_OF.search(begun)
    return match["who"] if match and is_office(match["who"]) and not is_anybody(match["who"]) else ""


def _granted(begun: str) -> str:
    match = _GRANTED.match(begun) or _PERMITTED.match(begun)
    return match["who"] if match and not is_anybody(match["who"]) else ""


def _sounding(begun: str, ended: str) -> str:
    """Who stands where a role may stand, and sounds like one."""
    matches = (pattern.search(ended) if pattern in _AT_THE_END else pattern.match(begun) for pattern in _OFFICES)
    alone = (match for pattern in _ALONE for match in pattern.finditer(ended))
    found = (match["who"] for match in chain(matches, islice(alone, MOST_CUTS)) if match)
    return next((who for who in found if is_office(who) and not is_anybody(who) and _may_be_named(words(who))), "")


def _may_be_named(said: Sequence[str]) -> bool:
    return _VERBAL.isdisjoint(said) and said[0] not in _OWNERS


def goes_on(sentence: str) -> bool:
    """Whether it is about whom the sentence before was about: `They cannot …`."""
    return _PRONOUN.match(sentence) is not None


def is_anybody(who: str) -> bool:
    """`Everyone`, `users`, `the agent`: no role in particular."""
    return _ANYBODY.issuperset(words(who))


def is_office(who: str) -> bool:
    """Whether a name sounds like a role: `For clerks, …` is about clerks, `For refunds, …` about a thing."""
    return any(map(_is_one_office, islice(each(who), MOST_OFFICES)))


def each(who: str) -> list[str]:
    """The roles of a list of them: `shift leads + GMs`, `payroll clerks and the HR director`."""
    return _AND.split(who)


_AND = re.compile(r",| and | or | ?[&+/] ?")


def _is_one_office(who: str) -> bool:
    last = re.split(r" (?:of|in|at|from|on|with) ", who.strip())[0].rpartition(" ")[2].lower()
    return _OFFICE.fullmatch(last) is not None and _THINGS.isdisjoint(words(last))


def parts(sentence: str) -> Iterator[str]:
    """The sentence, cut where it goes on about somebody else or turns to what is not allowed."""
    start = 0
    for cut in islice(_BREAK.finditer(sentence), MOST_CUTS):
        rest = sentence[cut.end() : cut.end() + REACH]
        if _NEGATED.match(rest) or audience(rest, going_on=bool(audience(sentence[start : cut.start()][:REACH]))):
            yield sentence[start : cut.start()]
            start = cut.end()
    yield sentence[start:]
