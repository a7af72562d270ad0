"""What Gatling accepts at most. Larger input is refused with the field's name, never truncated."""

MAX_CALLS = 512
MAX_EDGES = 8_192
MAX_TOOLS = 1_024
MAX_MESSAGES = 4_096
MAX_DEPTH = 32
MAX_TEXT = 262_144
"""Characters in one string: an argument, an output, a request."""
MAX_POLICY_TEXT = 1_048_576
"""Characters in a policy given as text, or in its JSON form."""
MAX_CLAUSES = 4_096
MAX_VALUES = 65_536
"""Keys and scalars in one field (policy, context, tools, arguments of a call): a small body of many tiny values costs most to read."""
MAX_NUMBER = 1e18
"""Largest magnitude of a number anywhere in a case: beyond it float32 features lose all meaning."""
MAX_CELLS = 262_144
"""Calls and their arguments × clauses of one case: the pairwise step takes time and memory in proportion."""
