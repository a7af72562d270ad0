"""Generated cases: worlds, their sessions and plans, the oracle that labels them, and the shards they are written to."""
