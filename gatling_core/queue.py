"""The case queue on Redis Streams: cases wait for a verdict, are trained, and only then leave.

    gatling:cases       stream, one entry a case: decision_id, digest, entry (JSON); consumer group "trainer" from id 0
    gatling:dead        stream of dead letters: the same fields, the verdict and the reason
    gatling:decisions   hash, decision_id → id of the open case; a case scored again while it is open has several
    gatling:aliases     hash, id of the open case → its decision_ids
    gatling:verdicts    hash, id → verdict (JSON); gatling:judged: the same ids by the time of the verdict
    gatling:opinions    hash, id → what each reviewer says (JSON, reviewer → verdict), where several must agree
    gatling:suggestions hash, id → what a teacher suggests (JSON); nothing is trained on that
    gatling:training    set of ids in the training that runs now; counts only while the retrain lease is held
    gatling:runs        stream of what the retrain worker reports, the newest few hundred
    gatling:console     what signs the sessions of the console, random
    gatling:oracle      what the oracle has looked at: its edition and the id of the newest case
    gatling:forgotten   set of tenants that were erased here, and whose kept cases the retrain worker has yet to erase
    gatling:shadow:…    identity of an open case → what the shadow made of it (JSON); expires with the window of deduplication
    gatling:digest:…    identity of a case → id while the case is open, then for a time the version it was trained in, "held back" or "dead"

What only the holder of the retrain lease may do is done in scripts that look whether it still is the holder (`under`).
Every method may be called again after a crash or a lost reply: the second call finds the work done. Redis 7 or later.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections import Counter
from collections.abc import Container, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, Self

import msgspec
import redis
from pydantic import Field, ValidationError

from gatling_core.digest import case_digest, sha256
from gatling_core.errors import AlreadyJudged, InvalidInput, NotFound, QueueUnavailable
from gatling_core.lease import FENCE, LEASE_KEY, LOST, Lease
from gatling_core.schemas import Answer, Case, Contract, Decision, Label, ShadowScore, Suggestion, Verdict
from gatling_core.settings import Settings

SCHEMA_VERSION = 1

CASES, DEAD, DECISIONS, ALIASES = "gatling:cases", "gatling:dead", "gatling:decisions", "gatling:aliases"
VERDICTS, JUDGED, OPINIONS, SUGGESTIONS = "gatling:verdicts", "gatling:judged", "gatling:opinions", "gatling:suggestions"
TRAINING, RUNS, CONSOLE, ORACLE = "gatling:training", "gatling:runs", "gatling:console", "gatling:oracle"
FORGOTTEN = "gatling:forgotten"
DIGEST, SHADOW = "gatling:digest:", "gatling:shadow:"
GROUP, CONSUMER = "trainer", "retrain"
"""One consumer only: the lease lets no two workers take cases at once."""

_MAX_ALIASES = 8
"""Decision ids kept for one open case: a case that is scored a thousand times a second must not fill Redis with them."""
_PAGE = 128
_GLANCES = 64
"""Entries read together for a list: each may be as large as a request may be."""
_KEPT_RUNS = 200
_ID = re.compile(r"[0-9]{1,16}-[0-9]{1,16}")

_ADD = """
local known = redis.call('GET', KEYS[5])
if known then
  local aliases = redis.call('HGET', KEYS[4], known)
  if aliases and redis.call('HEXISTS', KEYS[3], ARGV[2]) == 0 then
    local list = cjson.decode(aliases)
    if #list < tonumber(ARGV[5]) then
      list[#list + 1] = ARGV[2]
      redis.call('HSET', KEYS[4], known, cjson.encode(list))
      redis.call('HSET', KEYS[3], ARGV[2], known)
    end
  end
  return false
end
if redis.call('XLEN', KEYS[1]) + redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[1]) then return 'full' end
local id = redis.call('XADD', KEYS[1], '*', 'decision_id', ARGV[2], 'digest', ARGV[3], 'entry', ARGV[4])
redis.call('SET', KEYS[5], id)
redis.call('HSET', KEYS[3], ARGV[2], id)
redis.call('HSET', KEYS[4], id, cjson.encode({ARGV[2]}))
return id
"""

_JUDGE = """
local id = redis.call('HGET', KEYS[1], ARGV[1])
if not id then return 'unknown' end
if redis.call('SISMEMBER', KEYS[4], id) == 1 and redis.call('EXISTS', KEYS[5]) == 1 then return 'training' end
if ARGV[5] == '' and (redis.call('HEXISTS', KEYS[2], id) == 1 or redis.call('HEXISTS', KEYS[6], id) == 1) then return 'taken' end
if ARGV[5] ~= '' and tonumber(ARGV[4]) > 1 then
  local opinions, agree = cjson.decode(redis.call('HGET', KEYS[6], id) or '{}'), 0
  opinions[ARGV[5]] = ARGV[2]
  redis.call('HSET', KEYS[6], id, cjson.encode(opinions))
  local label = cjson.decode(ARGV[2])['label']
  for _, text in pairs(opinions) do if cjson.decode(text)['label'] == label then agree = agree + 1 end end
  if agree < tonumber(ARGV[4]) then
    redis.call('HDEL', KEYS[2], id)
    redis.call('ZREM', KEYS[3], id)
    return 'noted'
  end
end
redis.call('HSET', KEYS[2], id, ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], id)
return 'judged'
"""

# XREADGROUP counted the first delivery, and every XCLAIM counts one more: trainings = deliveries - 1.
_CLAIM = """
local pending, verdict = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1), redis.call('HGET', KEYS[2], ARGV[3])
if #pending == 0 or not verdict then return {0, ''} end
if pending[1][4] > tonumber(ARGV[4]) then return {-1, ''} end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3])
redis.call('SADD', KEYS[3], ARGV[3])
return {pending[1][4], verdict}
"""

# Of several cases whose last try a worker died with, any may be the one it died of: that try is taken back.
_INHERIT = """
local ids, tired = redis.call('SMEMBERS', KEYS[2]), {}
redis.call('DEL', KEYS[2])
for _, id in ipairs(ids) do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)
  if #pending == 1 and pending[1][4] > tonumber(ARGV[3]) then tired[#tired + 1] = id end
end
if #tired == 0 or #ids == 1 then return 0 end
for _, id in ipairs(tired) do redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'RETRYCOUNT', ARGV[3], 'JUSTID') end
return #ids
"""

# The commands that free memory come first: Redis runs them even when it is full, and then lets the script go on.
_CLOSE = """
local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
if #found == 0 then return 0 end
local verdict = redis.call('HGET', KEYS[5], ARGV[2]) or ''
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[6], ARGV[2])
redis.call('SREM', KEYS[7], ARGV[2])
redis.call('HDEL', KEYS[5], ARGV[2])
redis.call('HDEL', KEYS[8], ARGV[2])
redis.call('HDEL', KEYS[9], ARGV[2])
for _, alias in ipairs(cjson.decode(redis.call('HGET', KEYS[4], ARGV[2]) or '[]')) do redis.call('HDEL', KEYS[3], alias) end
redis.call('HDEL', KEYS[4], ARGV[2])
local fields = {}
for i = 1, #found[1][2], 2 do fields[found[1][2][i]] = found[1][2][i + 1] end
if fields['digest'] then
  redis.call('DEL', ARGV[7] .. fields['digest'])
  redis.call('SET', ARGV[3] .. fields['digest'], ARGV[4], 'PX', ARGV[5])
end
if ARGV[6] ~= '' then
  redis.call('XADD', KEYS[2], '*', 'decision_id', fields['decision_id'] or '', 'digest', fields['digest'] or '',
    'entry', fields['entry'] or '', 'verdict', verdict, 'reason', ARGV[6])
end
return 1
"""

_COMMAND = "return redis.call(unpack(ARGV, 1, #ARGV - 1))"

_SUGGEST = """
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return 0 end
return redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
"""

# The shadow may be faster than the spool, so a case that is not here yet counts as open; of one that has left nothing is kept.
_NOTE = """
local known = redis.call('GET', KEYS[2])
if known and redis.call('HEXISTS', KEYS[1], known) == 0 then return 0 end
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
return 1
"""

# Nothing of an erased case stays, not even that it was here.
_ERASE = """
local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
if #found == 0 then return 0 end
for _, alias in ipairs(cjson.decode(redis.call('HGET', KEYS[4], ARGV[2]) or '[]')) do redis.call('HDEL', KEYS[3], alias) end
for i = 4, 6 do redis.call('HDEL', KEYS[i], ARGV[2]) end
redis.call('ZREM', KEYS[7], ARGV[2])
redis.call('HDEL', KEYS[8], ARGV[2])
for i = 1, #found[1][2], 2 do
  local key, shadow = ARGV[3] .. found[1][2][i + 1], ARGV[4] .. found[1][2][i + 1]
  if found[1][2][i] == 'digest' and redis.call('GET', key) == (KEYS[1] == KEYS[2] and ARGV[2] or 'dead') then redis.call('DEL', key, shadow) end
end
if KEYS[1] == KEYS[2] then redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) end
return redis.call('XDEL', KEYS[1], ARGV[2])
"""

_REVIVE = """
local found = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])
if #found == 0 then return false end
local fields = {}
for i = 1, #found[1][2], 2 do fields[found[1][2][i]] = found[1][2][i + 1] end
redis.call('XDEL', KEYS[2], ARGV[1])
local open = redis.call('GET', ARGV[2] .. fields['digest'])
if open and redis.call('HEXISTS', KEYS[4], open) == 1 then return open end
local id = redis.call('XADD', KEYS[1], '*', 'decision_id', fields['decision_id'], 'digest', fields['digest'], 'entry', fields['entry'])
redis.call('SET', ARGV[2] .. fields['digest'], id)
redis.call('HSET', KEYS[3], fields['decision_id'], id)
redis.call('HSET', KEYS[4], id, cjson.encode({fields['decision_id']}))
if fields['verdict'] ~= '' then
  redis.call('HSET', KEYS[5], id, fields['verdict'])
  redis.call('ZADD', KEYS[6], ARGV[3], id)
end
return id
"""


class QueueEntry(Contract):
    """What is queued of a scored case. The digest is of the case as it stands here."""

    schema_version: Literal[1] = SCHEMA_VERSION
    decision_id: str = Field(min_length=1, max_length=256)
    case: Case
    answer: Answer
    time: datetime
    tenant: str = ""
    case_digest: str

    @property
    def identity(self) -> str:
        """What makes two entries the same: the case and whose it is, so that no tenant's verdict or erasure touches another's."""
        return identity_of(self.tenant, self.case_digest)

    @classmethod
    def of(
        cls, case: Case, answer: Answer, *, tenant: str = "", keep_outputs: bool = False, time: datetime | None = None
    ) -> Self:
        """The entry of a case that was just scored.

        Labels and hard negatives of the sender stay out, since only a verdict may teach; so do tool outputs, which are
        the user's data, unless the tenant allows them.
        """
        plan = case.execution_plan
        if not keep_outputs:
            plan = plan.model_copy(update={"nodes": [node.model_copy(update={"output": None}) for node in plan.nodes]})
        unlabelled: dict[str, Any] = {"label": None, "kind": "", "energy_labels": None, "violations": [], "hard_negatives": []}
        case = case.model_copy(update={"execution_plan": plan, **unlabelled})
        return cls(
            decision_id=answer.decision_id,
            case=case,
            answer=answer,
            time=time or datetime.now(UTC),
            tenant=tenant,
            case_digest=case_digest(case),
        )


class _Heading(msgspec.Struct):
    """What a written entry is told by."""

    schema_version: Literal[1]
    decision_id: str
    case_digest: str
    tenant: str = ""


class WrittenEntry(NamedTuple):
    """A queue entry as JSON. Its case was valid when it was written, and whoever takes it from the queue looks again."""

    decision_id: str
    identity: str
    payload: bytes

    @classmethod
    def of(cls, entry: QueueEntry) -> Self:
        return cls(entry.decision_id, entry.identity, entry.model_dump_json().encode())

    @classmethod
    def read(cls, payload: bytes) -> Self:
        """
        Raises:
            InvalidInput: it is no entry of this version.
        """
        try:
            heading = msgspec.json.decode(payload, type=_Heading)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise InvalidInput(str(error)) from None
        return cls(heading.decision_id, identity_of(heading.tenant, heading.case_digest), payload)


class QueuedCase(Contract):
    """An open case: `id` is its place in the stream, `tries` the trainings it was part of in vain.

    `opinions` are the verdicts of single reviewers, where the queue asks for several that agree.
    """

    id: str
    entry: QueueEntry
    verdict: Verdict | None = None
    opinions: list[Verdict] = Field(default_factory=list[Verdict])
    suggestion: Suggestion | None = None
    shadow: ShadowScore | None = None
    tries: int = 0


class Glance(Contract):
    """What a list needs of an open case, read without the case itself. `size` is the bytes of its entry."""

    id: str
    decision_id: str
    tenant: str
    energy: float
    decision: Decision
    policy_digest: str
    doubted: bool
    label: Label | None
    shadow: ShadowScore | None
    size: int


class _AnswerGlance(Contract):
    energy: float
    decision: Decision
    policy_digest: str
    reasons: list[str] = Field(default_factory=list[str])


class _EntryGlance(Contract):
    decision_id: str
    tenant: str = ""
    answer: _AnswerGlance


class DeadLetter(Contract):
    """A case that left the queue untrained. `entry` is the raw JSON: it may be the very thing that cannot be read."""

    id: str
    decision_id: str
    reason: str
    verdict: Verdict | None
    entry: str


class QueueStats(Contract):
    """Cases open, those of them with a verdict, dead letters, and the age of the oldest open case in seconds."""

    depth: int
    judged: int
    dead: int
    oldest_s: float


class Erased(Contract):
    """How many open cases and dead letters were forgotten."""

    cases: int
    dead: int


class CaseQueue:
    """The queue behind one Redis client (`decode_responses=False`). Every method raises QueueUnavailable when Redis fails."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        max_cases: int = 100_000,
        dedup_ms: int = 30 * 24 * 3_600_000,
        max_deliveries: int = 5,
        agreement: int = 1,
    ) -> None:
        self.client = client
        # redis-py types its answers for synchronous and asyncio clients at once: a checker can use neither.
        self._redis: Any = client
        self._max_cases, self._dedup_ms, self._max_deliveries = max_cases, dedup_ms, max_deliveries
        self.agreement = agreement
        self.holder = ""
        self._add, self._judge, self._revive = (client.register_script(script) for script in (_ADD, _JUDGE, _REVIVE))
        self._suggest, self._note = (client.register_script(script) for script in (_SUGGEST, _NOTE))
        self._claim, self._inherit = (client.register_script(FENCE + script) for script in (_CLAIM, _INHERIT))
        self._close, self._erase, self._command = (
            client.register_script(FENCE + script) for script in (_CLOSE, _ERASE, _COMMAND)
        )

    @classmethod
    def of(cls, client: redis.Redis, settings: Settings) -> Self:
        """The queue as the settings want it."""
        return cls(
            client,
            max_cases=settings.queue_max_cases,
            dedup_ms=settings.queue_dedup_ms,
            max_deliveries=settings.queue_max_deliveries,
            agreement=settings.review_agreement,
        )

    def under(self, lease: Lease) -> Self:
        """The same queue for the holder of the retrain lease, whom it refuses, once the lease is lost, whatever only the holder may do."""
        found = copy(self)
        found.holder = lease.token
        return found

    def add(self, entry: QueueEntry) -> str | None:
        """Queue one case; its stream id, or None if the same case is open, or was trained or buried not long ago.

        Raises:
            QueueUnavailable: also when the queue is full. The entry is not queued then: keep it and try again.
        """
        return self.add_all([entry])[0]

    def add_all(self, entries: Sequence[QueueEntry]) -> list[str | None]:
        """`add` for many in one round trip. When it raises, some may be queued: adding all again is safe."""
        return self.add_written([WrittenEntry.of(entry) for entry in entries])

    def add_written(self, entries: Sequence[WrittenEntry]) -> list[str | None]:
        """`add_all` for entries that are JSON already."""
        with _reaching(), self._redis.pipeline(transaction=False) as pipe:
            for decision_id, identity, payload in entries:
                keys = [CASES, DEAD, DECISIONS, ALIASES, DIGEST + identity]
                self._add(keys, [self._max_cases, decision_id, identity, payload, _MAX_ALIASES], client=pipe)
            ids = [_text(found) if found else None for found in pipe.execute()]
        if "full" in ids:
            raise QueueUnavailable(f"the case queue is full: {self._max_cases} open cases and dead letters")
        return ids

    def cases(self, limit: int = 50, before: str | None = None) -> list[QueuedCase]:
        """Open cases, newest first, with their verdicts; the page after the case `before` (its `id`).

        Raises:
            InvalidInput: `before` is no id.
        """
        with _reaching():
            found = self._redis.xrevrange(CASES, max=_older_than(before), count=limit)
            return list(self._readable(found))

    def glances(self, *, before: str | None = None, after: str | None = None) -> Iterator[Glance]:
        """Open cases newest first, those older than `before`; or oldest first, those newer than `after` (both are ids).

        Lazily, and without end but the stream's: the caller bounds how far it looks.

        Raises:
            InvalidInput: `before` or `after` is no id.
        """
        bound = _older_than(before) if after is None else _newer_than(after)
        while True:
            with _reaching():
                read = self._redis.xrevrange if after is None else self._redis.xrange
                found: list[Any] = read(CASES, bound, "-" if after is None else "+", count=_GLANCES)
                verdicts: list[bytes | None] = self._redis.hmget(VERDICTS, [id_ for id_, _ in found]) if found else []
                shadows = self._shadows(found)
            for (id_, fields), verdict, shadow in zip(found, verdicts, shadows, strict=True):
                with suppress(ValidationError):  # left to `take`, which buries it with the reason
                    yield _glance(_text(id_), fields.get(b"entry", b""), verdict, shadow)
            if len(found) < _GLANCES:
                return
            bound = f"({_text(found[-1][0])}"

    def read(self, ids: Sequence[str]) -> list[QueuedCase]:
        """The open cases of these ids, in this order, without those that have left meanwhile."""
        with _reaching(), self._redis.pipeline(transaction=False) as pipe:
            for id_ in ids:
                pipe.xrange(CASES, id_, id_)
            return list(self._readable([entry for found in pipe.execute() for entry in found]))

    def get(self, decision_id: str) -> QueuedCase:
        """The open case of a decision.

        Raises:
            NotFound: the decision is unknown, its case was not queued, or it has been trained.
        """
        with _reaching():
            id_ = self._redis.hget(DECISIONS, decision_id)
            found: list[Any] = self._redis.xrange(CASES, id_, id_) if id_ else []
            for case in self._readable(found):
                return case
        raise NotFound(f"no open case has the decision_id {decision_id}")

    def set_verdict(self, decision_id: str, verdict: Verdict) -> Verdict:
        """Judge a case, or judge it anew; returns the verdict as kept, with its time.

        Where several reviewers must agree, that of one is an opinion until as many as `agreement` say the same; the last of them counts.

        Raises:
            NotFound: no open case has this decision_id, or it is being trained right now.
            AlreadyJudged: not a reviewer judges, and somebody has said something of the case.
            InvalidInput: the verdict contradicts itself or names a call or an argument that the case does not have.
        """
        _check_verdict(verdict, self.get(decision_id).entry.case)
        verdict = verdict.model_copy(update={"time": verdict.time or datetime.now(UTC)})
        assert verdict.time is not None
        keys, milliseconds = [DECISIONS, VERDICTS, JUDGED, TRAINING, LEASE_KEY, OPINIONS], int(verdict.time.timestamp() * 1_000)
        person = verdict.reviewer.strip().casefold() if verdict.source == "reviewer" else ""  # the others need no second
        with _reaching():
            outcome = _text(self._judge(keys, [decision_id, verdict.model_dump_json(), milliseconds, self.agreement, person]))
        if outcome == "training":
            raise NotFound(f"the case of {decision_id} is being trained: its verdict can no longer change")
        if outcome == "taken":
            raise AlreadyJudged(f"somebody has judged the case of {decision_id}")
        if outcome == "unknown":
            raise NotFound(f"no open case has the decision_id {decision_id}")
        return verdict

    def unjudged(self, older_than_s: float | None = None, *, after: str | None = None) -> Iterator[QueuedCase]:
        """Open cases without a verdict, oldest first: those that came at least so long ago, or that are newer than the id `after`."""
        last, start = self._until(older_than_s), "-" if after is None else f"({after}"
        while True:
            with _reaching():
                found = self._redis.xrange(CASES, start, last, count=_PAGE)
                cases = list(self._readable(found))
            yield from (case for case in cases if case.verdict is None)
            if len(found) < _PAGE:
                return
            start = f"({_text(found[-1][0])}"

    def suggest(self, case_id: str, suggestion: Suggestion) -> None:
        """Keep what a teacher says of an open case, beside it: it is no verdict."""
        with _reaching():
            self._suggest([CASES, SUGGESTIONS], [case_id, suggestion.model_dump_json()])

    def note_shadow(self, scores: Mapping[str, ShadowScore]) -> None:
        """Keep what the shadow made of cases, by their identity, beside those that are open or still on their way."""
        with _reaching(), self._redis.pipeline(transaction=False) as pipe:
            for identity, score in scores.items():
                keys = [ALIASES, DIGEST + identity, SHADOW + identity]
                self._note(keys, [score.model_dump_json(), self._dedup_ms], client=pipe)
            pipe.execute()

    def seen_by_oracle(self, edition: str) -> str | None:
        """The id up to which this edition of the oracle has looked at every case; None if it has not looked yet."""
        with _reaching():
            known, _, id_ = _text(self._redis.get(ORACLE) or b"").partition(" ")
        return id_ if known == edition and id_ else None

    def note_oracle(self, edition: str, id_: str) -> None:
        """Remember up to which id this edition of the oracle has looked."""
        with _reaching():
            self._redis.set(ORACLE, f"{edition} {id_}")

    def erase(self, *, tenant: str | None = None, older_than_s: float | None = None) -> Erased:
        """Forget the open cases and dead letters of a tenant, or those that came so long ago, with their verdicts. For the holder of the lease.

        What is kept of a tenant beside the models, the next retrain worker erases: it alone may write there (`forgotten`).
        """
        last = self._until(older_than_s)
        if tenant is not None:
            self._do("SADD", FORGOTTEN, tenant)
        return Erased(cases=self._erased(CASES, tenant, last), dead=self._erased(DEAD, tenant, last))

    def forgotten(self) -> list[str]:
        """Tenants whose cases were erased here and are still kept elsewhere."""
        with _reaching():
            return sorted(_text(tenant) for tenant in self._redis.smembers(FORGOTTEN))

    def forgotten_everywhere(self, tenant: str) -> None:
        """Nothing is kept of this tenant any more, not even the name."""
        self._do("SREM", FORGOTTEN, tenant)

    def _until(self, older_than_s: float | None) -> str:
        """The last id that is so old."""
        if older_than_s is None:
            return "+"
        with _reaching():
            seconds, _ = self._redis.time()
        return f"{max(0, int((seconds - older_than_s) * 1_000))}-0"

    def _erased(self, stream: str, tenant: str | None, last: str) -> int:
        keys, count, start = [stream, CASES, DECISIONS, ALIASES, VERDICTS, OPINIONS, JUDGED, SUGGESTIONS], 0, "-"
        while True:
            with _reaching():
                found = self._redis.xrange(stream, start, last, count=_PAGE)
                for id_, fields in found:
                    if tenant is None or tenant_in(fields.get(b"entry", b"")) == tenant:
                        count += self._fenced(self._erase, keys, [GROUP, id_, DIGEST, SHADOW])
            if len(found) < _PAGE:
                return count
            start = f"({_text(found[-1][0])}"

    def take(self, count: int, *, per_tenant: int | None = None, taught: Container[str] = ()) -> list[QueuedCase]:
        """Claim judged cases for one training, those with the oldest verdicts first. For the holder of the lease.

        Each claim counts as a try until `release` takes it back; a case that has used its tries up, or that cannot be read, or its verdict,
        becomes a dead letter instead, but none whose identity is among those `taught`: what is left to do is to let it go.
        At most `per_tenant` of one tenant: the rest stays for the next training.

        What a training that nobody released had (its worker was killed, or it broke) comes again, to be gone on with. Where that was
        the last try of a case among several, at most half as many are taken and that try is given back: so a case that every training
        breaks on is alone in the end, is buried alone, and the others are trained without it.
        """
        taken: list[QueuedCase] = []
        tenants: Counter[str] = Counter()
        with _reaching():
            self._read_new()
            left = self._fenced(self._inherit, [CASES, TRAINING], [GROUP, CONSUMER, self._max_deliveries])
            count = min(count, left // 2) if left else count
            ids = self._redis.zrange(JUDGED, 0, -1)
            for page in (ids[i : i + _PAGE] for i in range(0, len(ids), _PAGE)):
                for id_, payload in self._payloads(page):
                    if len(taken) >= count:
                        return taken
                    entry = self._parsed(id_, payload)
                    if entry is None or (per_tenant is not None and tenants[entry.tenant] >= per_tenant):
                        continue
                    case = self._claimed(id_, entry, sys.maxsize if entry.identity in taught else self._max_deliveries)
                    if case:
                        taken.append(case)
                        tenants[entry.tenant] += 1
        return taken

    def release(self, cases: Iterable[QueuedCase], *, failed: bool) -> None:
        """Give taken cases back: their verdicts may change again. `failed` lets the try count, else it is taken back."""
        with _reaching(), self._redis.pipeline() as pipe:
            for case in cases:
                self._do("SREM", TRAINING, case.id, pipe=pipe)
                if not failed:
                    tries = ("RETRYCOUNT", case.tries + 1, "JUSTID")
                    self._do("XCLAIM", CASES, GROUP, CONSUMER, 0, case.id, *tries, pipe=pipe)
            pipe.execute()

    def done(self, cases: Iterable[QueuedCase], version: str) -> None:
        """Acknowledge cases whose effect is durable: a published model was trained on them, or the regression suite has them."""
        for case in cases:
            self._leave(case.id, version, "")

    def bury(self, case_id: str, reason: str) -> None:
        """Move an open case to the dead letters."""
        self._leave(case_id, "dead", reason)

    def dead(self, limit: int = 50, before: str | None = None) -> list[DeadLetter]:
        """Dead letters, newest first; paged and refused as `cases`."""
        with _reaching():
            found = self._redis.xrevrange(DEAD, max=_older_than(before), count=limit)
        letters: list[DeadLetter] = []
        for id_, raw in found:
            fields = {_text(name): _text(value) for name, value in raw.items()}
            letters.append(DeadLetter.model_validate({**fields, "id": _text(id_), "verdict": _verdict_in(fields["verdict"])}))
        return letters

    def revive(self, dead_id: str) -> str:
        """Put a dead letter back into the queue, with its verdict and no tries used; its new id, or that of the same case if it is open.

        Raises:
            NotFound: no such dead letter.
        """
        if not _ID.fullmatch(dead_id):
            raise NotFound(f"no dead letter has the id {dead_id}")
        keys, now_ms = [CASES, DEAD, DECISIONS, ALIASES, VERDICTS, JUDGED], int(datetime.now(UTC).timestamp() * 1_000)
        with _reaching():
            id_ = self._revive(keys, [dead_id, DIGEST, now_ms])
        if id_ is None:
            raise NotFound(f"no dead letter has the id {dead_id}")
        return _text(id_)

    def record_run(self, report: str) -> None:
        """Keep what one retraining came to (JSON), for the console."""
        self._do("XADD", RUNS, "MAXLEN", "~", _KEPT_RUNS, "*", "report", report)

    def runs(self, limit: int = 50) -> list[tuple[datetime, str]]:
        """Time and report of the last retrainings, newest first."""
        with _reaching():
            found = self._redis.xrevrange(RUNS, count=limit)
        return [
            (datetime.fromtimestamp(int(_text(id_).split("-")[0]) / 1e3, UTC), _text(fields[b"report"])) for id_, fields in found
        ]

    def training(self) -> int | None:
        """Cases in the training that runs now, None if none runs."""
        with _reaching(), self._redis.pipeline() as pipe:
            held, count = pipe.exists(LEASE_KEY).scard(TRAINING).execute()
        return count if held else None

    def session_secret(self) -> bytes:
        """What signs the sessions of the console, the same for every server at this queue; whoever asks first makes it."""
        with _reaching():
            self._redis.set(CONSOLE, secrets.token_bytes(32), nx=True)
            return self._redis.get(CONSOLE)

    def stats(self) -> QueueStats:
        with _reaching(), self._redis.pipeline(transaction=False) as pipe:
            pipe.xlen(CASES).zcard(JUDGED).xlen(DEAD).xrange(CASES, count=1).time()
            depth, judged, dead, first, (seconds, micros) = pipe.execute()
        oldest_ms = int(_text(first[0][0]).split("-")[0]) if first else None
        age = 0.0 if oldest_ms is None else max(0.0, seconds + micros / 1e6 - oldest_ms / 1e3)
        return QueueStats(depth=depth, judged=judged, dead=dead, oldest_s=age)

    def _read_new(self) -> None:
        """Bring every new entry into the group once, so that XPENDING knows it and counts its deliveries; bury what cannot be read.

        Buried first: a worker killed in between comes back to it. Nobody could judge such an entry, so `take` never sees it.
        """
        try:
            # From 0: `$` would skip what was queued before the worker's first start.
            self._redis.xgroup_create(CASES, GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        while found := self._redis.xrange(CASES, f"({self._last_delivered()}", count=_PAGE):
            readable = sum(self._parsed(_text(id_), fields.get(b"entry", b"")) is not None for id_, fields in found)
            if readable:
                self._do("XREADGROUP", "GROUP", GROUP, CONSUMER, "COUNT", readable, "STREAMS", CASES, ">")

    def _last_delivered(self) -> str:
        return next(
            _text(group["last-delivered-id"]) for group in self._redis.xinfo_groups(CASES) if _text(group["name"]) == GROUP
        )

    def _parsed(self, id_: str, payload: bytes) -> QueueEntry | None:
        """An entry; None if it cannot be read: then it is a dead letter now."""
        try:
            return QueueEntry.model_validate_json(payload)
        except ValidationError as error:
            self.bury(id_, f"cannot be read: {_first(error)}")
            return None

    def _payloads(self, ids: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
        with self._redis.pipeline(transaction=False) as pipe:
            for id_ in ids:
                pipe.xrange(CASES, id_, id_)
            for found in pipe.execute():
                for id_, fields in found:
                    yield _text(id_), fields.get(b"entry", b"")

    def _claimed(self, id_: str, entry: QueueEntry, max_tries: int) -> QueuedCase | None:
        result: Any = self._fenced(self._claim, [CASES, VERDICTS, TRAINING], [GROUP, CONSUMER, id_, max_tries])
        deliveries, verdict = int(result[0]), result[1]
        if deliveries < 0:
            self.bury(id_, f"{max_tries} trainings in vain")
        if deliveries <= 0:
            return None
        # The verdict as it is inside the claim: from here on it cannot be replaced.
        try:
            return QueuedCase(id=id_, entry=entry, verdict=Verdict.model_validate_json(verdict), tries=deliveries - 1)
        except ValidationError as error:
            self.bury(id_, f"its verdict cannot be read: {_first(error)}")
            return None

    def _leave(self, id_: str, outcome: str, reason: str) -> None:
        keys = [CASES, DEAD, DECISIONS, ALIASES, VERDICTS, JUDGED, TRAINING, OPINIONS, SUGGESTIONS]
        with _reaching():
            self._fenced(self._close, keys, [GROUP, id_, DIGEST, outcome, self._dedup_ms, reason, SHADOW])

    def _do(self, *command: Any, pipe: Any = None) -> None:
        """A single command, fenced; in a pipeline, if one is given."""
        with _reaching():
            self._fenced(self._command, [], command, pipe)

    def _fenced(self, script: Any, keys: Sequence[str], arguments: Sequence[Any], pipe: Any = None) -> Any:
        """What a script with a FENCE answers; without a lease (`under`) it asks for none."""
        return script([*keys, LEASE_KEY], [*arguments, self.holder], client=pipe)

    def _readable(self, found: list[tuple[bytes, dict[bytes, bytes]]]) -> Iterator[QueuedCase]:
        """Stream entries as cases; one that cannot be read is left to `take`, which buries it with the reason."""
        ids = [id_ for id_, _ in found]
        verdicts: list[bytes | None] = self._redis.hmget(VERDICTS, ids) if found else []
        opinions: list[bytes | None] = self._redis.hmget(OPINIONS, ids) if found else []
        suggestions: list[bytes | None] = self._redis.hmget(SUGGESTIONS, ids) if found else []
        shadows = self._shadows(found)
        for (id_, fields), verdict, opinion, suggestion, shadow in zip(
            found, verdicts, opinions, suggestions, shadows, strict=True
        ):
            with suppress(ValidationError):
                yield QueuedCase(
                    id=_text(id_),
                    entry=QueueEntry.model_validate_json(fields.get(b"entry", b"")),
                    verdict=Verdict.model_validate_json(verdict) if verdict else None,
                    opinions=[Verdict.model_validate_json(text) for text in json.loads(opinion or b"{}").values()],
                    suggestion=Suggestion.model_validate_json(suggestion) if suggestion else None,
                    shadow=shadow,
                )

    def _shadows(self, found: list[tuple[bytes, dict[bytes, bytes]]]) -> list[ShadowScore | None]:
        """What the shadow made of each of these stream entries, if anything."""
        kept = self._redis.mget([SHADOW + _text(fields.get(b"digest", b"")) for _, fields in found]) if found else []
        return [ShadowScore.model_validate_json(text) if text else None for text in kept]


def identity_of(tenant: str, digest: str) -> str:
    """Names a case and whose it is, to nobody who does not have the case."""
    return sha256([tenant, digest]) if tenant else digest


def tenant_in(payload: bytes) -> str | None:
    """Whose an entry is, even one that cannot be read as one; None if it does not say."""
    try:
        tenant = json.loads(payload).get("tenant", "")
    except (ValueError, AttributeError, RecursionError):
        return None
    return tenant if isinstance(tenant, str) else None


def _verdict_in(text: str) -> Verdict | None:
    """The verdict of a dead letter; None if it has none, or one that cannot be read."""
    try:
        return Verdict.model_validate_json(text)
    except ValidationError:
        return None


def _check_verdict(verdict: Verdict, case: Case) -> None:
    if not verdict.reviewer.strip():
        raise InvalidInput("a name of blanks is nobody's", "reviewer")
    if verdict.label == "gold" and verdict.violations:
        raise InvalidInput("a gold case has no violations", "violations")
    calls = {node.node_id: node for node in case.execution_plan.nodes}
    for i, violation in enumerate(verdict.violations):
        call = calls.get(violation.node_id)
        if call is None:
            raise InvalidInput(f"the case has no call {violation.node_id}", f"violations.{i}.node_id")
        if violation.argument is not None and violation.argument not in call.arguments:
            raise InvalidInput(f"the call {call.node_id} has no argument {violation.argument}", f"violations.{i}.argument")


@contextmanager
def _reaching() -> Generator[None]:
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise QueueUnavailable(LOST if LOST in str(error) else f"the case queue does not answer: {error}") from error


def _older_than(before: str | None) -> str:
    if before is None:
        return "+"
    if not _ID.fullmatch(before):
        raise InvalidInput("an id looks like 1760000000000-0", "before")
    return f"({before}"


def _newer_than(after: str) -> str:
    if not _ID.fullmatch(after):
        raise InvalidInput("an id looks like 1760000000000-0", "after")
    return f"({after}"


def _glance(id_: str, payload: bytes, verdict: bytes | None, shadow: ShadowScore | None) -> Glance:
    entry = _EntryGlance.model_validate_json(payload)
    return Glance(
        id=id_,
        decision_id=entry.decision_id,
        tenant=entry.tenant,
        energy=entry.answer.energy,
        decision=entry.answer.decision,
        policy_digest=entry.answer.policy_digest,
        doubted=bool(entry.answer.reasons),
        label=Verdict.model_validate_json(verdict).label if verdict else None,
        shadow=shadow,
        size=len(payload),
    )


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _first(error: ValidationError) -> str:
    """The first of Pydantic's complaints, without the value: it may be the user's data."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
