import time

import pytest

from gatling_core.features.standing import standing, tokens_of


@pytest.mark.parametrize(
    ("texts", "role", "own", "others"),
    [
        (["nurses: read_chart", "doctors: prescribe", "note: be kind"], "nurse", [1, 0, 0], [0, 1, 0]),
        (['allow { role == "trader" }', 'allow { role == "head_trader" }', 'deny { tool == "pay" }'], "trader", [1, 0, 0], [0, 1, 0]),
        (['permit(role::"clerk", action::"pay")', 'permit(role::"admin", action::"pay")', 'forbid(action::"wipe")'], "clerk", [1, 0, 0], [0, 1, 0]),
        (["role in [owner]; tool in [grant]", "role in [guest]; tool in [pay]", "tool in [pay]"], "owner", [1, 0, 0], [0, 1, 0]),
        (["p, editor, articles, write", "p, viewer, articles, read"], "editor", [1, 0], [0, 1]),
        (["signed by clerks", "waived by partners", "paid by cheque", "seen by everyone"], "clerk", [1, 0, 0, 0], [0, 1, 0, 0]),
        (["pay: clerk or controller", "approve: controller only", "wipe: nobody", "limit: 500"], "clerk", [1, 0, 0, 0], [0, 1, 0, 0]),
        (['"clerk": {', '"pay": {', '"rows": 5'], "clerk", [0, 0, 0], [0, 0, 0]),
        (["doctors: prescribe"], "nurse", [0], [0]),
        (["", "nurses: read"], "", [0, 0], [0, 0]),
    ],
)  # fmt: skip
def test_what_stands_where_the_role_stands_is_another_role(texts, role, own, others):
    assert standing([*map(tokens_of, texts)], [role], [True] * len(texts)) == ([bool(x) for x in own], [bool(x) for x in others])


def test_long_clauses_are_looked_at_in_no_time():
    start = time.monotonic()
    texts = [*map(tokens_of, ["clerk: " * 50_000, "by " * 100_000, '"' * 200_000])]
    standing(texts, ["clerk"], [True] * len(texts))
    assert time.monotonic() - start < 2
