"""Policies as people write them, none of them generated: pairs of a call that one keeps and one that it breaks, differing in one thing."""
