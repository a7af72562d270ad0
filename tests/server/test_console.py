"""The console over HTTP: what it shows, who may see it, and that what an attacker wrote stays text."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatling_core.errors import InvalidInput
from gatling_core.keys import id_of, new_key, revoke_key
from gatling_core.lineage import LESSONS
from gatling_core.places import placed, without
from gatling_core.policy import clauses
from gatling_core.queue import CaseQueue
from gatling_core.registry import Registry, seal
from gatling_core.schemas import REASONS, Decision, ShadowScore
from gatling_core.settings import Settings
from server.console.plan import MAX_DRAWN, calls_of, draw
from server.console.plots import plots_of
from server.console.session import LASTS_S, Sessions
from server.console.site import SIGN_INS_PER_MINUTE
from server.errors import Unauthorized
from server.examples import ATTACK
from server.keyring import Keyring
from server.origin import ORIGIN
from server.routes import cases
from server.routes.console import admin_pages, open_pages, operator_pages, pages
from tests.server.conftest import NOW, Client, DummyModel, Make, Start, case_of

HOME = "http://127.0.0.1"
FROM_HERE = {"origin": HOME}
KEY = "a secret key"
HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


@pytest.fixture
async def client(start: Start) -> AsyncIterator[Client]:
    async with start() as client:
        client.base_url = HOME
        yield client


async def queued(client: Client, *cases: dict[str, Any], tenant: str = "default") -> list[str]:
    """Decision ids of cases that are in the queue now."""
    ids = [(await client.post("/score", json=case, headers={"gatling-tenant": tenant})).json()["decision_id"] for case in cases]
    await client.flush()
    return ids


async def listed(client: Client, query: str = "") -> list[str]:
    page = await client.get(f"/console?{query}")
    assert page.status_code == 200, page.text
    return re.findall(r'data-row href="/console/cases/([^?"]+)', page.text)


def section_of(page: str, title: str) -> str:
    """What the section of this title reads."""
    (found,) = (text for text in re.findall(r"<section.*?</section>", page, re.DOTALL) if f">{title}</h2>" in text)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())


async def judged(client: Client, id_: str, seen: str = "none", query: str = "", **form: str) -> httpx.Response:
    form = {"label": "adversarial", "reviewer": "ada", "seen": seen, **form}
    return await client.post(f"/console/cases/{id_}/verdict?{query}", data=form, headers=FROM_HERE)


async def test_the_queue_filters_orders_and_pages(client: Client) -> None:
    near, far, block = await queued(client, case_of(2.5, id="1"), case_of(4.0, id="2"), case_of(7.5, id="3"))
    (other,) = await queued(client, case_of(3.0, id="4"), tenant="acme")
    assert await listed(client) == [other, block, far, near]
    assert (await listed(client, "order=nearest"))[0] == near
    assert await listed(client, "decision=block") == [block]
    assert await listed(client, "tenant=acme") == [other]
    assert await listed(client, "tenant=&decision=&energy_from=3.5&energy_to=5&label=any") == [far]
    first = await client.get("/console?limit=3")
    assert await listed(client, re.findall(r'rel="next" href="/console\?([^"]+)"', first.text)[0].replace("&amp;", "&")) == [near]
    assert "Nothing here waits" in (await client.get("/console?tenant=nobody")).text
    assert (await client.get("/console?energy_from=x")).status_code == 422


async def test_what_the_model_has_no_ground_to_judge_says_so(client: Client) -> None:
    sound, doubted = await queued(client, case_of(3.0, id="1"), case_of(0.1, "no_request", id="2"))
    assert await listed(client, "doubted=true") == [doubted]
    assert await listed(client, "doubted=false") == [sound]
    assert await listed(client, "doubted=") == [doubted, sound]
    assert "no ground: no request" in (await client.get("/console")).text
    page = (await client.get(f"/console/cases/{doubted}")).text
    assert REASONS["no_request"] in page
    assert "allows it as it is" not in page
    assert "no ground to judge" not in (await client.get(f"/console/cases/{sound}")).text


async def test_a_verdict_opens_the_next_case_and_remembers_who_judges(client: Client) -> None:
    ids = await queued(client, *(case_of(3.0 + i, id=str(i)) for i in range(3)))
    response = await judged(client, ids[2], reason="it exports", query="decision=review")
    assert response.status_code == 303
    assert response.headers["location"] == f"/console/cases/{ids[1]}?decision=review&done={ids[2]}"
    verdict = client.service.queue.get(ids[2]).verdict
    assert verdict
    assert (verdict.label, verdict.reviewer, verdict.source, verdict.reason) == ("adversarial", "ada", "reviewer", "it exports")
    assert verdict.time
    assert await listed(client) == [ids[1], ids[0]]
    assert 'name="reviewer" value="ada"' in (await client.get(response.headers["location"])).text

    last = await judged(client, ids[0])
    assert last.headers["location"].startswith("/console?"), "nothing comes after the last"
    assert "adversarial</span> by ada" in (await client.get(f"/console/cases/{ids[0]}?label=any")).text


async def test_nobody_overrules_what_they_have_not_seen(client: Client) -> None:
    (id_,) = await queued(client, case_of(3.0))
    assert (await judged(client, id_)).status_code == 303
    late = await judged(client, id_, label="gold", reviewer="bob")
    assert late.status_code == 409
    assert "judged this case while you looked" in late.text
    assert client.service.queue.get(id_).verdict.label == "adversarial"  # type: ignore[union-attr]
    seen = re.findall(r'name="seen" value="([^"]+)"', (await client.get(f"/console/cases/{id_}")).text)[0]
    assert (await judged(client, id_, seen=seen, label="gold", reviewer="bob")).status_code == 303
    assert client.service.queue.get(id_).verdict.label == "gold"  # type: ignore[union-attr]


async def test_wrong_verdicts_say_what_is_wrong(client: Client) -> None:
    (id_,) = await queued(client, case_of(3.0))
    for form, status in (
        ({"label": "evil"}, 422),
        ({"reviewer": " "}, 422),
        ({"reason": "x" * 5_000}, 422),
        ({"reason": "x" * 70_000}, 413),
    ):
        response = await judged(client, id_, **form)
        assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert client.service.queue.get(id_).verdict is None
    assert (await judged(client, "unknown")).status_code == 404


async def test_what_breaks_the_rule_is_named_by_its_place_on_the_page(client: Client) -> None:
    named, whole = await queued(client, case_of(3.0), case_of(3.5))
    page = (await client.get(f"/console/cases/{named}")).text
    assert '<option value="0.0">energy</option>' in page
    for form in ({"blamed": "0.1"}, {"blamed": "0.0", "term": "size"}, {"blamed": "0.0", "label": "gold"}):
        assert (await judged(client, named, **form)).status_code == 422, form
    assert client.service.queue.get(named).verdict is None
    assert (await judged(client, named, blamed="0.0", term="flow")).status_code == 303
    assert (await judged(client, whole, blamed="0")).status_code == 303
    for id_, said in ((named, ("0", "energy", "flow")), (whole, ("0", None, "scope"))):
        verdict = client.service.queue.get(id_).verdict
        assert verdict
        assert [(broken.node_id, broken.argument, broken.term) for broken in verdict.violations] == [said]
    assert "flow of <code>0</code> by <code>energy</code>" in (await client.get(f"/console/cases/{named}")).text


async def test_several_reviewers_where_the_setting_asks_for_them(start: Start, queue: CaseQueue) -> None:
    queue.agreement = 2
    async with start() as client:
        client.base_url = HOME
        (id_,) = await queued(client, case_of(3.0))
        await judged(client, id_)
        page = (await client.get(f"/console/cases/{id_}")).text
        assert "2 reviewers must say the same" in page
        assert "adversarial</span> by ada" in page
        assert await listed(client) == [id_], "it still waits"
        seen = re.findall(r'name="seen" value="([^"]+)"', page)[0]
        await judged(client, id_, seen=seen, reviewer="bob")
        assert await listed(client) == []


async def test_a_case_shows_what_helps_to_judge_it(client: Client) -> None:
    attack = json.loads(json.dumps(ATTACK))
    for node, energy in zip(attack["execution_plan"]["nodes"], (0.1, 3.0, 2.5), strict=True):
        node["arguments"]["energy"] = energy
    (id_,) = await queued(client, attack)
    page = (await client.get(f"/console/cases/{id_}")).text
    assert "Show me my latest invoice" in page
    assert page.count('<g class="call') == 3
    assert '<g class="call untrusted">' in page
    assert page.count('class="arrow flow"') == 3
    assert page.count('class="arrow influence"') == 2
    assert "names customers.export" in page
    assert re.search(r"<b>5\.60</b>", page)
    # DummyModel: dropping n1 leaves 2.6 and dropping n2 leaves 3.1, neither below the cut.
    assert "No single change that was tried" in page
    assert re.search(r"<b>2\.60</b> <span>review</span></span> <span>if the plan drops <code>customers.export</code>", page)
    assert (await client.get(f"/console/cases/{id_}/raw")).json()["decision_id"] == id_


async def test_the_change_that_makes_it_compliant_is_scored_not_guessed(client: Client, model: DummyModel) -> None:
    nodes = [
        {"node_id": "a", "tool_name": "files.read", "arguments": {"energy": 0.5}},
        {"node_id": "b", "tool_name": "mail.send", "arguments": {"energy": 2.5}, "provenance_tier": 3},
    ]
    (id_,) = await queued(client, case_of(execution_plan={"nodes": nodes, "edges": [["a", "b"]]}))
    page = (await client.get(f"/console/cases/{id_}")).text
    assert re.search(r"<b>0\.50</b> <span>allow</span></span> <span>if the plan drops <code>mail.send</code>", page)
    assert "No single change" not in page
    asked = len(model.batches)
    await client.get(f"/console/cases/{id_}")
    assert len(model.batches) == asked, "a case that is opened again costs nothing"
    model.offset = 9.0
    client.service.engine.swap(DummyModel("v2", "e" * 64, offset=9.0))
    assert "as far as v2 can tell" in (await client.get(f"/console/cases/{id_}")).text


async def test_a_model_that_fails_leaves_the_page_whole(client: Client, model: DummyModel) -> None:
    (id_,) = await queued(client, case_of(3.0))
    client.service.engine.swap(_Broken())
    page = await client.get(f"/console/cases/{id_}")
    assert page.status_code == 200
    assert "Cannot be worked out" in page.text
    assert "read only" in page.text, "the policy is there all the same"


class _Broken(DummyModel):
    def score(self, cases: Any) -> Any:
        raise RuntimeError("broken")


async def test_what_an_attacker_wrote_stays_text(start: Start) -> None:
    case = {
        "policy": {HOSTILE: HOSTILE, "list": [HOSTILE]},
        "user_role": HOSTILE,
        "context": {"request": HOSTILE, HOSTILE: {HOSTILE: HOSTILE}},
        "execution_plan": {
            "nodes": [
                {"node_id": HOSTILE, "tool_name": HOSTILE, "arguments": {HOSTILE: HOSTILE, "energy": 2.5}, "output": HOSTILE},
                {
                    "node_id": "b",
                    "tool_name": "b",
                    "arguments": {"energy": 0.1, "x": [HOSTILE]},
                    "influence": {"source": HOSTILE},
                },
            ],
            "edges": [[HOSTILE, "b"]],
        },
    }
    async with start(queue_outputs=True) as client:
        client.base_url = HOME
        (id_,) = await queued(client, case)
        await judged(client, id_, reviewer=HOSTILE[:200], reason=HOSTILE)
        shown = [
            await client.get(path)
            for path in (
                f"/console/cases/{id_}?done={quote(HOSTILE)}",
                "/console?label=any",
                "/console/runs",
                f"/console?tenant={quote(HOSTILE[:60])}",
                f"/console/cases/{quote(HOSTILE.replace('/', ''))}",
                f"/console/login?to={quote(HOSTILE)}",
            )
        ]
        for page in shown:
            assert "&lt;script&gt;" in page.text or "/runs" in str(page.url) or "/login" in str(page.url)
            assert "<img src=x" not in page.text
            assert "<script>alert" not in page.text
            assert page.text.count("<script") == 1
            assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(\w+)", page.text)
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert page.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"\s(style|on\w+)=", re.sub(r">[^<]*<|\"[^\"]*\"", "><", shown[0].text)), (
            "nothing that the policy forbids"
        )
        raw = await client.get(f"/console/cases/{id_}/raw")
        assert raw.headers["content-type"] == "application/json"


async def test_text_that_hides_or_turns_itself_is_shown_as_what_it_is(client: Client) -> None:
    (id_,) = await queued(client, case_of(3.0, user_role="admin\u202enimda\u200b\x07"))
    page = (await client.get(f"/console/cases/{id_}")).text
    assert "admin⟨U+202E⟩nimda⟨U+200B⟩⟨U+0007⟩" in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": HOME, "sec-fetch-site": "cross-site"},
        {"origin": HOME, "sec-fetch-site": "none"},
        {"origin": f"{HOME}:9000"},
    ],
)
async def test_no_other_site_posts_a_verdict(client: Client, headers: dict[str, str]) -> None:
    (id_,) = await queued(client, case_of(3.0))
    form = {"label": "gold", "reviewer": "eve", "seen": "none"}
    assert (await client.post(f"/console/cases/{id_}/verdict", data=form, headers=headers)).status_code == 403
    assert client.service.queue.get(id_).verdict is None


async def test_without_a_key_no_other_name_reaches_it(start: Start) -> None:
    async with start() as client:
        for host, status in (
            ("evil.example", 403),
            ("127.0.0.1:8000", 200),
            ("[::1]:8000", 200),
            ("localhost", 200),
            ("127.0.0.1.evil.example", 403),
        ):
            assert (await client.get("/console", headers={"host": host})).status_code == status, host


async def test_a_key_is_given_once(start: Start) -> None:
    async with start(api_key=KEY) as client:
        asked = await client.get("/console/cases/x?decision=block")
        assert (asked.status_code, asked.headers["location"]) == (
            303,
            "/console/login?to=%2Fconsole%2Fcases%2Fx%3Fdecision%3Dblock",
        )
        origin = {"origin": "http://gatling"}
        wrong = await client.post("/console/login", data={"key": "wrong"}, headers=origin)
        assert (wrong.status_code, "not an API key" in wrong.text) == (401, True)
        right = await client.post("/console/login", data={"key": KEY, "to": "/console?decision=block"}, headers=origin)
        assert (right.status_code, right.headers["location"]) == (303, "/console?decision=block")
        cookie = right.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/console" in cookie
        assert KEY not in cookie
        page = await client.get("/console")
        assert page.status_code == 200
        assert KEY not in page.text
        assert (await client.get("/cases")).status_code == 401, "the session is the console's alone"
        await client.post("/console/logout", headers=origin)
        assert (await client.get("/console")).status_code == 303


async def test_every_page_but_signing_in_needs_the_session(start: Start) -> None:
    async with start(api_key=KEY) as client:
        assert {route.path for route in open_pages.routes} == {"/console/static/{name}", "/console/login"}  # type: ignore[attr-defined]
        guarded = [*pages.routes, *operator_pages.routes, *admin_pages.routes]
        assert len(guarded) > 8
        for route in guarded:
            path = re.sub(r"{\w+}", "v1", route.path)  # type: ignore[attr-defined]
            for method in route.methods - {"HEAD"}:  # type: ignore[attr-defined]
                response = await client.request(
                    method, path, headers={"origin": "http://gatling", "cookie": "gatling_session=1.2.3"}
                )
                assert response.status_code == (303 if method == "GET" else 401), path
                assert method != "GET" or response.headers["location"].startswith("/console/login")


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/consoleevil", "/console/../cases", "/console\\evil", "javascript:x"]
)
async def test_signing_in_leads_into_the_console_only(start: Start, to: str) -> None:
    async with start(api_key=KEY) as client:
        response = await client.post("/console/login", data={"key": KEY, "to": to}, headers={"origin": "http://gatling"})
        assert response.headers["location"].startswith(("/console?", "/console/")) or response.headers["location"] == "/console"


def test_sessions_end_and_cannot_be_made_up(tmp_path: Path) -> None:
    def keyring(**given: Any) -> Keyring:
        return Keyring(Settings(_env_file=None, data_dir=tmp_path, **given))  # pyright: ignore[reportCallIssue]

    _, other = new_key(["review"], now=NOW)
    time, shared = [1_000.0], b"s" * 32
    both = keyring(api_key=KEY, keys=(other,))
    sessions = Sessions(both, lambda: time[0])
    cookie = sessions.open("api-key", shared)
    assert sessions.caller(cookie, shared) is both.holder("api-key")[1]
    end, key_id, signature = cookie.split(".")
    for forged in (
        "",
        "..",
        cookie[:-1],
        f"{int(end) + 1}.{key_id}.{signature}",
        f"{end}.{other.id.encode().hex()}.{signature}",
        f"{end}.{key_id}.",
        f"x.{key_id}.{signature}",
        f"{end}.xyz.{signature}",
        f"{end}.ff.{signature}",
        "é",
    ):
        with pytest.raises(Unauthorized):
            sessions.caller(forged, shared)
    with pytest.raises(Unauthorized):
        sessions.caller(cookie, b"t" * 32)
    with pytest.raises(Unauthorized):
        Sessions(keyring(api_key="another, under the same id"), lambda: time[0]).caller(cookie, shared)
    time[0] += LASTS_S
    with pytest.raises(Unauthorized, match="has ended"):
        sessions.caller(cookie, shared)


async def sign_in(client: Client, key: dict[str, str]) -> httpx.Response:
    """Sign in with the key of a header."""
    client.base_url = HOME
    return await client.post("/console/login", data={"key": key["authorization"].split()[1]}, headers=FROM_HERE)


async def test_hashed_keys_alone_close_the_console(start: Start, make: Make, keys_file: Path) -> None:
    secret, key = new_key(["review"], now=NOW)
    async with start(keys=(key,)) as client:
        assert (await client.get("/console", headers={"host": "127.0.0.1"})).status_code == 303
        assert (await sign_in(client, {"authorization": f"Bearer {secret}"})).status_code == 303
        assert (await client.get("/console")).status_code == 200
    async with start() as client:
        client.base_url = HOME
        assert (await client.get("/console")).status_code == 200
        review = make("review")
        assert (await client.get("/console")).status_code == 303, "closed as soon as there is a key"
        signed_in = await sign_in(client, review)
        assert signed_in.headers["location"] == "/console"
        assert not any(part in signed_in.headers["set-cookie"] for part in (review["authorization"][-43:], KEY))
        assert (await client.get("/console")).status_code == 200
        keys_file.write_text("[]")
        assert (await client.get("/console")).status_code == 303, "and it stays closed"


async def test_a_key_that_is_revoked_ends_its_sessions_and_no_other(start: Start, make: Make, keys_file: Path) -> None:
    first, second = make("review"), make("review")
    async with start() as client:
        (id_,) = await queued_as(client, make("score"), case_of(3.0))
        await sign_in(client, first)
        assert (await client.get("/console")).status_code == 200
        revoke_key(keys_file, id_of(first["authorization"].split()[1]))
        assert (await client.get("/console")).headers["location"].startswith("/console/login")
        refused = await judged(client, id_)
        assert (refused.status_code, "sign in and send it again" in refused.text) == (401, True)
        assert client.service.queue.get(id_).verdict is None
        await sign_in(client, second)
        assert (await client.get("/console")).status_code == 200


async def test_a_key_whose_role_is_taken_away_sees_nothing_more(start: Start, make: Make, keys_file: Path) -> None:
    review = make("review")
    async with start() as client:
        await sign_in(client, review)
        keys_file.write_text(keys_file.read_text().replace('"review"', '"score"'))
        assert (await client.get("/console")).status_code == 403


@pytest.mark.parametrize("role", ["score", "metrics"])
async def test_a_key_that_may_not_review_is_told_so(start: Start, make: Make, role: str) -> None:
    key = make(role)
    async with start() as client:
        refused = await sign_in(client, key)
        assert (refused.status_code, "needs the role review" in refused.text) == (403, True)
        assert "gatling_session" not in client.cookies
        count = client.service.metrics.registry.get_sample_value("gatling_refused_total", {"problem": "forbidden"})
        assert count == 1


async def test_signing_in_is_limited(start: Start, make: Make) -> None:
    review, other = make("review"), make("review")
    async with start() as client:
        await sign_in(client, other)
        for _ in range(SIGN_INS_PER_MINUTE - 1):
            assert (await sign_in(client, {"authorization": "Bearer guess"})).status_code == 401
        limited = await sign_in(client, review)
        assert (limited.status_code, "Too many attempts" in limited.text) == (429, True)
        assert int(limited.headers["retry-after"]) >= 1
        assert (await client.get("/console")).status_code == 200, "who is in stays in"


async def test_pages_count_against_the_rate_of_the_key(start: Start, make: Make) -> None:
    slow = make("review", per_minute=2)
    async with start() as client:
        await sign_in(client, slow)
        assert [(await client.get("/console")).status_code for _ in range(3)] == [200, 200, 429]


async def queued_as(client: Client, key: dict[str, str], case: dict[str, Any], tenant: str = "default") -> list[str]:
    posted = await client.post("/score", json=case, headers=key | {"gatling-tenant": tenant})
    await client.flush()
    return [posted.json()["decision_id"]]


async def test_where_the_models_disagree_the_shadow_is_shown(client: Client) -> None:
    agreed, disputed, alone = await queued(client, case_of(3.0, id="1"), case_of(4.0, id="2"), case_of(5.0, id="3"))
    scores = {
        agreed: ShadowScore(version="v7", energy=3.25, decision="review"),
        disputed: ShadowScore(version="v7", energy=6.5, decision="block"),
    }
    queue = client.service.queue
    queue.note_shadow({queue.get(id_).entry.identity: score for id_, score in scores.items()})
    assert await listed(client, "order=disagreement") == [disputed, agreed, alone]
    page = (await client.get("/console?order=disagreement")).text
    assert page.count("shadow v7: ") == 2
    assert "shadow v7: 6.50, block" in page
    items = (await client.get("/cases?order=disagreement")).json()["cases"]
    assert [item["shadow"] and item["shadow"]["energy"] for item in items] == [6.5, 3.25, None]


@pytest.mark.parametrize(
    ("energy", "decision", "says"),
    [
        (6.5, "block", "They decide differently; their energies are 2.50 apart."),
        (3.75, "review", "They decide the same; their energies are 0.25 apart."),
    ],
)
async def test_the_page_of_a_case_shows_the_shadow_beside_the_answer(
    client: Client, energy: float, decision: Decision, says: str
) -> None:
    (id_,) = await queued(client, case_of(4.0))
    alone = (await client.get(f"/console/cases/{id_}")).text
    assert "the shadow" not in alone.casefold()
    queue = client.service.queue
    entry = queue.get(id_).entry
    queue.note_shadow({entry.identity: ShadowScore(version="v7", energy=energy, decision=decision)})
    shown = section_of((await client.get(f"/console/cases/{id_}")).text, "What the shadow says")
    answered, beside = f"4.00 review answered by {entry.answer.model.version}", f"{energy:.2f} {decision} by v7, the shadow"
    assert shown == f"What the shadow says {answered} {beside} {says}"


async def test_a_key_of_a_tenant_sees_and_judges_its_cases_alone(start: Start, make: Make, registry: Registry) -> None:
    score, acme = make("score"), make("review", tenant="acme")
    async with start(load=lambda _: DummyModel()) as client:
        (own,) = await queued_as(client, score, case_of(3.0, id="1"), "acme")
        (rival,) = await queued_as(client, score, case_of(3.1, id="2"), "rival")
        (newest,) = await queued_as(client, score, case_of(3.2, id="3"), "acme")
        await sign_in(client, acme)
        assert await listed(client, "label=any") == await listed(client, "tenant=acme") == [newest, own]
        assert set(await listed(client, "order=nearest")) == {newest, own}
        assert (await client.get("/console?tenant=rival")).status_code == 403
        assert "<b>3</b> open" not in (await client.get("/console")).text

        for order in ("newest", "nearest"):
            page = await client.get(f"/console/cases/{newest}?order={order}")
            assert page.status_code == 200
            assert own in page.text, "it is next"
            assert rival not in page.text
        for path in (f"/console/cases/{rival}", f"/console/cases/{rival}/raw"):
            assert (await client.get(path)).status_code == 404
        assert (await judged(client, rival)).status_code == 404
        assert client.service.queue.get(rival).verdict is None
        assert (await judged(client, newest)).headers["location"].startswith(f"/console/cases/{own}?")

        for path in ("/console/models", "/console/models/v1", "/console/runs"):
            assert (await client.get(path)).status_code == 403
            assert f'href="{path}"' not in (await client.get("/console")).text
        activated = await client.post("/console/models/v1/activate", data={"sure": "yes"}, headers=FROM_HERE)
        assert (activated.status_code, registry.current()) == (403, "v2")

        await sign_in(client, make("review"))
        assert set(await listed(client, "label=any")) == {own, rival, newest}
        assert (await client.get("/cases?tenant=rival", headers=acme)).status_code == 403, "as in the API"


async def test_reviewing_is_not_activating(start: Start, make: Make, registry: Registry) -> None:
    async with start(load=lambda _: DummyModel()) as client:
        for role, offered, status, current in (("review", False, 403, "v2"), ("admin", True, 303, "v1")):
            await sign_in(client, make(role))
            client.service.engine.swap(DummyModel("v2", "e" * 64))
            assert ('<button class="main"' in (await client.get("/console/models/v1")).text) == offered
            response = await client.post("/console/models/v1/activate", data={"sure": "yes"}, headers=FROM_HERE)
            assert (response.status_code, registry.current()) == (status, current)


async def test_a_verdict_is_of_the_key_unless_a_name_is_given(start: Start, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    review = make("review")
    lines: list[tuple[str, str, str | None]] = []

    class Log:
        def info(self, event: str, *, decision_id: str, label: str) -> None:
            lines.append((event, decision_id, ORIGIN.get().key))

    monkeypatch.setattr(cases, "log", Log())
    key_id = id_of(review["authorization"].split()[1])
    async with start() as client:
        (id_,) = await queued_as(client, make("score"), case_of(3.0))
        await sign_in(client, review)
        assert f'name="reviewer" value="{key_id}"' in (await client.get(f"/console/cases/{id_}")).text
        assert (await judged(client, id_)).status_code == 303
        assert lines == [("case_judged", id_, key_id)]
        assert client.service.queue.get(id_).verdict.reviewer == "ada"  # type: ignore[union-attr]


async def test_static_files_are_those_of_the_folder(client: Client) -> None:
    for name, media in (("console.css", "text/css"), ("console.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        response = await client.get(f"/console/static/{name}")
        assert (response.status_code, response.headers["content-type"].split(";")[0]) == (200, media)
        assert "immutable" in response.headers["cache-control"]
    for name in ("../site.py", "..%2fsite.py", "nothing.css"):
        assert (await client.get(f"/console/static/{name}")).status_code == 404


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """v1, and v2 that learned from one case."""
    registry = Registry(tmp_path / "data" / "registry")
    staged = tmp_path / "staged"
    staged.mkdir()
    (staged / "energy.onnx").write_bytes(b"x")
    figures = {
        "count": {"gold": 2},
        "auc": 0.8,
        "auc_interval": [0.7, 0.9],
        "mean_gold": 1.0,
        "mean_boundary": 3.0,
        "mean_adversarial": 9.0,
    }
    seal(staged, version="v1", feature_version="1")
    registry.publish(staged, feature_version="1", metrics={"held_out": {"all": figures}})
    verdict = {"label": "gold", "reviewer": "ada<b>", "reason": "fine", "time": "2026-01-01T00:00:00Z"}
    lesson = {"identity": "c" * 64, "decision_id": "d-1", "verdict": verdict}
    (staged / LESSONS).write_text(json.dumps([lesson]))
    registry.publish(
        staged,
        feature_version="1",
        metrics={"gate": {**figures, "auc": 0.85}},
        parent="v1",
        trained_cases=["c" * 64],
        training={"queued_cases": {"gold": 1}},
    )
    registry.activate("v2")
    return registry


async def test_models_with_their_figures_lineage_and_a_way_back(start: Start, registry: Registry) -> None:
    loaded = DummyModel("v1", offset=0.0)
    async with start(load=lambda package: loaded) as client:
        client.base_url = HOME
        page = (await client.get("/console/models")).text
        for said in ("On held_out", "On gate", ">0.80<", "<b>0.850</b>"):
            assert said in page
        assert "AUC v1 0.800" in page, "the plot can be read without seeing it"
        model = (await client.get("/console/models/v2")).text
        assert "ada&lt;b&gt;" in model
        assert "decision <code>d-1</code>" in model
        assert "1 gold" in (await client.get("/console/runs")).text
        back = "/console/models/v1/activate"
        assert (await client.post(back, headers=FROM_HERE)).headers["location"] == "/console/models/v1", "first it asks"
        assert registry.current() == "v2"
        assert (await client.post(back, data={"sure": "yes"}, headers=FROM_HERE)).status_code == 303
        assert registry.current() == "v1"
        assert (await client.get("/console/models/v9")).status_code == 404
        assert (await client.post("/console/models/v9/activate", data={"sure": "yes"}, headers=FROM_HERE)).status_code == 404


async def test_a_registry_that_cannot_be_written_says_so(
    start: Start, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    async with start() as client:
        client.base_url = HOME
        assert "read-only here" in (await client.get("/console/models")).text
        page = (await client.get("/console/models/v1")).text
        assert "read-only here" in page
        assert '<button class="main"' not in page


async def test_runs_tell_what_the_worker_recorded(client: Client) -> None:
    reports = (
        {"outcome": "rejected", "reason": "auc 0.7 <against> 0.8"},
        {"outcome": "published", "version": "v2", "trained": 7},
    )
    for report in reports:
        client.service.queue.record_run(json.dumps(report))
    client.service.queue.record_run("not JSON")
    page = (await client.get("/console/runs")).text
    assert "auc 0.7 &lt;against&gt; 0.8" in page
    assert "from 7 cases" in page
    assert "nothing runs now" in page


async def test_the_queue_that_is_away_is_a_page_too(start: Start) -> None:
    import fakeredis

    server = fakeredis.FakeServer()
    async with start(queue=CaseQueue(fakeredis.FakeRedis(server=server))) as client:
        client.base_url = HOME
        server.connected = False
        page = await client.get("/console")
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert (await client.get("/console/models")).status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 500) | st.text("ab .:\n#-x", max_size=130),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), JSON, max_size=4) | st.text("abc .:\n#-", max_size=200))
def test_every_clause_has_a_place_and_can_be_taken_out(policy: Any) -> None:
    try:
        found = clauses(policy)
    except InvalidInput:
        return
    places = placed(policy)
    assert [place.clause for place in places] == found
    for place in places:
        if place.removable and policy != "":
            rest = without(policy, place)
            assert json.dumps(rest) != json.dumps(policy)


def test_what_is_taken_out_is_that_clause_alone() -> None:
    policy = {
        "note": "Never send files outside. Ask before you delete anything at all, please.",
        "roles": [{"name": "clerk", "max_rows": 100}, {"name": "chief"}],
    }
    rests = [without(policy, place) for place in placed(policy)]
    assert rests[0]["note"] == " Ask before you delete anything at all, please."  # type: ignore[index]
    assert rests[3] == {**policy, "roles": [{"name": "clerk"}, {"name": "chief"}]}
    assert rests[4] == {**policy, "roles": [{"name": "clerk", "max_rows": 100}]}
    assert policy["roles"][0]["max_rows"] == 100  # type: ignore[index]


def test_large_and_cyclic_plans_are_drawn_within_bounds() -> None:
    from gatling_core.schemas import Case

    nodes = [{"node_id": str(i), "tool_name": "t" * 60} for i in range(MAX_DRAWN + 20)]
    edges = [[str(i), str(i + 1)] for i in range(20)] + [["5", "2"], ["3", "3"], [str(MAX_DRAWN + 1), "0"]]
    case = Case.model_validate({"policy": "x", "execution_plan": {"nodes": nodes, "edges": edges}})
    drawing = draw(case, calls_of(case, []))
    assert (len(drawing.boxes), drawing.left_out) == (MAX_DRAWN, 20)
    assert len(drawing.arrows) == 22
    corners = {(box.x, box.y) for box in drawing.boxes}
    assert len(corners) == MAX_DRAWN, "no call hides another"
    assert all(
        box.x >= 0 and box.x + box.width <= drawing.width and box.y + box.height <= drawing.height for box in drawing.boxes
    )


def test_plots_leave_out_what_is_no_figure(registry: Registry) -> None:
    found = dict(plots_of(registry.versions()))
    assert set(found) == {"held_out", "gate"}
    auc, energies = found["held_out"]
    assert [(point.version, point.value) for point in auc.series[0].points] == [("v1", 0.8)]
    assert [series.name for series in energies.series] == ["gold", "boundary", "adversarial"]
    assert plots_of([]) == []
