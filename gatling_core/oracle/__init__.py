"""The oracle: reads a structured policy and says of a plan what follows from it, or that it cannot say.

    judge(case) ─► Opinion        reader: policy ─► rules; facts: does a rule's test hold of a call; words: how policies spell things

It is exact or silent. Whatever in a policy it does not understand, whatever a case does not tell, and whatever may be the work of an
injected instruction is a reason to say nothing. What the rules leave open and only the request could settle, it leaves to people.
"""

from gatling_core.oracle.judge import Opinion, judge

__all__ = ["Opinion", "judge"]
