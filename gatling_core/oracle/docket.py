"""The oracle at the case queue: every open case that nobody has judged, once."""

from __future__ import annotations

from collections import Counter

from gatling_core.errors import AlreadyJudged, NotFound
from gatling_core.oracle.judge import judge
from gatling_core.queue import CaseQueue
from gatling_core.schemas import Verdict

EDITION = "1"
"""Another edition of the oracle looks at every open case anew: count it up when it learns to read more."""
_NOTED_EVERY = 64


def judge_open(queue: CaseQueue, *, again: bool = False) -> Counter[str]:
    """Give a verdict on every unjudged case that the oracle can judge; how often it said what, or why it could not.

    Cases that it looked at before are passed over, unless `again`. What a person has said something of is left alone.
    """
    said: Counter[str] = Counter()
    seen = None if again else queue.seen_by_oracle(EDITION)
    for number, case in enumerate(queue.unjudged(after=seen), 1):
        opinion = judge(case.entry.case)
        if opinion.label is None:
            said[f"cannot say: {opinion.reason.partition(': ')[0][:80]}"] += 1
        else:
            verdict = Verdict(
                label=opinion.label,
                reviewer="oracle",
                source="oracle",
                reason=opinion.reason,
                violations=list(opinion.violations),
            )
            try:
                queue.set_verdict(case.entry.decision_id, verdict)
                said[opinion.label] += 1
            except (AlreadyJudged, NotFound):  # somebody was quicker, or the case has left
                pass
        seen = case.id
        if number % _NOTED_EVERY == 0:
            queue.note_oracle(EDITION, seen)
    if seen is not None:
        queue.note_oracle(EDITION, seen)
    return said
