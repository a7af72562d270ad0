"""Who stands beside the current model, while the service runs: the registry says it, every server follows, and callers can say it over HTTP."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatling_core.beside import Beside, Canary
from gatling_core.registry import Registry
from gatling_core.settings import AlarmRules, RolloutRules
from server.engine import ScoringModel
from tests.faults.test_swaps import load, published_with_worse
from tests.server.conftest import Client, Make, Start
from tests.server.test_alarm import score
from tests.server.test_console import FROM_HERE, HOME, sign_in

ALL = Canary(version="v2", share=1)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return published_with_worse(tmp_path)


async def follow(client: Client) -> None:
    await client.service.reloader.follow()


async def answering(client: Client) -> str:
    return (await score(client, 1))[0]["model"]["version"]


async def running(client: Client) -> tuple[str | None, str | None]:
    found = (await client.get("/models")).json()["running"]
    return tuple(model and model["version"] for model in (found["shadow"], found["canary"]))  # pyright: ignore[reportReturnType]


async def refused(client: Client) -> Any:
    return (await client.get("/readyz")).json()["refused"]


async def test_a_server_follows_what_stands_beside(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        assert await running(client) == (None, None)
        registry.stand_beside(Beside(shadow="v3", canary=ALL))
        await follow(client)
        assert (await running(client), await answering(client)) == (("v3", "v2"), "v2")
        metrics = (await client.get("/metrics")).text
        assert 'gatling_beside_info{place="canary",version="v2"} 1.0' in metrics
        registry.activate("v2")
        await follow(client)
        assert (await running(client), await answering(client)) == (("v3", None), "v2")
        registry.stand_beside(Beside(shadow=None))
        await follow(client)
        assert await running(client) == (None, None)
        assert "gatling_beside_info{" not in (await client.get("/metrics")).text


async def test_a_canary_that_ended_is_released(start: Start, registry: Registry) -> None:
    loaded: list[weakref.ref[ScoringModel]] = []

    def watched(package: Path) -> ScoringModel:
        model = load(package)
        loaded.append(weakref.ref(model))
        return model

    async with start(model=None, load=watched, registry=registry.root) as client:
        registry.stand_beside(Beside(canary=ALL))
        await follow(client)
        assert await answering(client) == "v2"
        registry.stand_beside(Beside(canary=None))
        await follow(client)
        assert await answering(client) == "v1"
        assert [model() is None for model in loaded] == [False, True]


async def test_a_canary_that_becomes_current_is_not_loaded_again(start: Start, registry: Registry) -> None:
    loaded: list[str] = []

    def counted(package: Path) -> ScoringModel:
        loaded.append(package.name)
        return load(package)

    async with start(model=None, load=counted, registry=registry.root) as client:
        for places in (Beside(shadow="v2"), Beside(canary=ALL), Beside(canary=Canary(version="v2", share=0.5))):
            registry.stand_beside(places)
            await follow(client)
        registry.activate("v2")
        await follow(client)
        assert await answering(client) == "v2"
    assert loaded == ["v1", "v2"]


async def test_where_one_is_refused_who_stood_there_stays(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        registry.stand_beside(Beside(canary=ALL))
        await follow(client)
        registry.stand_beside(Beside(canary=Canary(version="v3", share=1)))
        (registry.root / "v3" / "energy.onnx").write_text("cut")
        await follow(client)
        assert (await answering(client), (await refused(client))["version"]) == ("v2", "v3")
        (registry.root / "beside").write_text('{"canary": {"ver')
        await follow(client)
        assert (await answering(client), (await refused(client))["version"]) == ("v2", "beside")
        assert (await client.get("/models")).status_code == 409
        (registry.root / "v3" / "energy.onnx").write_text("v3")
        registry.stand_beside(Beside(canary=Canary(version="v3", share=1)))
        await follow(client)
        assert await answering(client) == "v3"


async def test_the_settings_say_what_the_registry_does_not(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root, shadow="v3", canary=ALL) as client:
        assert await running(client) == ("v3", "v2")
        assert (await client.delete("/models/canary")).json() == {"shadow": "v3", "canary": None}
        assert await running(client) == ("v3", None), "nobody, in so many words"
        assert (await client.put("/models/canary", json={"version": "v3", "share": 1})).status_code == 200
        assert await running(client) == (None, "v3"), "a version stands at one place"
        (registry.root / "beside").unlink()
        await follow(client)
        assert await running(client) == ("v3", "v2")


async def test_over_http(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        response = await client.put("/models/shadow", json={"version": "v2"})
        assert (response.status_code, response.json()) == (200, {"shadow": "v2", "canary": None})
        response = await client.put("/models/canary", json={"version": "v3", "share": 0.5})
        assert response.json() == {"shadow": "v2", "canary": {"version": "v3", "share": 0.5}}
        listed = (await client.get("/models")).json()
        assert listed["beside"] == response.json()
        assert await running(client) == ("v2", "v3")
        assert registry.beside() == Beside(shadow="v2", canary=Canary(version="v3", share=0.5))
        page = (await client.get("/console/models", headers={"host": "localhost"})).text
        assert '<span class="tag good">canary</span>' in page
        assert "canary <b>v3</b> for 50 % of the tenants" in page
        assert (await client.delete("/models/shadow")).json()["shadow"] is None
        assert await running(client) == (None, "v3")


async def asked(client: Client, path: str, **form: str) -> httpx.Response:
    """A form of the console's page of the models, sent."""
    return await client.post(f"/console/models/{path}", data=form, headers=FROM_HERE)


async def test_from_the_console(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        client.base_url = HOME
        steps = (
            ("shadow", {"version": "v2"}, Beside(shadow="v2")),
            ("canary", {"version": "v3", "percent": "12.5"}, Beside(shadow="v2", canary=Canary(version="v3", share=0.125))),
            ("canary", {"version": "v3", "percent": "7"}, Beside(shadow="v2", canary=Canary(version="v3", share=0.07))),
            ("shadow/end", {}, Beside(shadow=None, canary=Canary(version="v3", share=0.07))),
        )
        for path, form, beside in steps:
            response = await asked(client, path, **form)
            assert (response.status_code, response.headers["location"]) == (303, "/console/models#beside")
            assert registry.beside() == beside
        assert await running(client) == (None, "v3")
        page = (await client.get("/console/models")).text
        assert '<b>v3</b> answers for a share of the tenants, the same ones on every server. <span class="tag good">runs' in page
        assert ('value="7"' in page, "Change the canary" in page, "End the canary" in page) == (True, True, True)
        assert ("Start the shadow" in page, "End the shadow" in page) == (True, False)
        assert "<option>v1</option>" not in page, "it is current"
        (registry.root / "beside").write_text('{"canary": {"version": "v2", "share": 0.5}}')
        assert "does not run here" in (await client.get("/console/models")).text, "before it follows"
        assert (await asked(client, "canary/end")).status_code == 303
        assert await running(client) == (None, None)


@pytest.mark.parametrize(
    ("path", "form", "status", "said"),
    [
        ("canary", {"version": "v2"}, 422, "percent: Field required"),
        ("canary", {"version": "v2", "percent": "0"}, 422, "percent: Input should be greater than 0"),
        ("canary", {"version": "v2", "percent": "101"}, 422, "percent: Input should be less than or equal to 100"),
        ("canary", {"version": "v2", "percent": "nan"}, 422, "percent: Input should be a finite number"),
        ("shadow", {}, 422, "version: Field required"),
        ("shadow", {"version": "v9"}, 404, "no version v9"),
        ("shadow", {"version": "v1"}, 409, "v1 is current"),
        ("nowhere/end", {}, 422, "place: Input should be"),
    ],
)
async def test_what_the_console_cannot_do_it_says(
    start: Start, registry: Registry, path: str, form: dict[str, str], status: int, said: str
) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        client.base_url = HOME
        response = await asked(client, path, **form)
        assert (response.status_code, said in response.text) == (status, True), response.text
        assert "Back to the models" in response.text
    assert registry.beside() == Beside()


async def test_no_other_site_moves_models(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        for path in ("shadow", "canary", "canary/end"):
            form, headers = {"version": "v2", "percent": "100"}, {"origin": "http://evil.example"}
            assert (await client.post(f"{HOME}/console/models/{path}", data=form, headers=headers)).status_code == 403
    assert registry.beside() == Beside()


async def test_the_console_lets_admins_alone_move_models(start: Start, registry: Registry, make: Make) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        for role, offered, status in (("review", False, 403), ("admin", True, 303)):
            await sign_in(client, make(role))
            page = (await client.get("/console/models")).text
            assert ("Start the canary" in page, "the role admin can" in page) == (offered, not offered)
            for path in ("shadow", "canary", "shadow/end", "canary/end"):
                assert (await asked(client, path, version="v2", percent="1")).status_code == status


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("canary", {"version": "v2"}, 422, "share: Field required"),
        ("canary", {"version": "v2", "share": 0}, 422, "share: Input should be greater than 0"),
        ("canary", {"version": "v2", "share": 1.1}, 422, "share: "),
        ("shadow", {"version": "../v2"}, 422, "version: "),
        ("shadow", {"version": "v9"}, 404, "no version v9"),
        ("shadow", {"version": "v1"}, 409, "v1 is current"),
        ("shadow", {"version": "v4"}, 409, "checksum"),
    ],
)
async def test_what_cannot_stand_beside_is_refused(
    start: Start, registry: Registry, path: str, body: dict[str, Any], status: int, said: str
) -> None:
    (registry.root / "v4" / "energy.onnx").write_text("cut")
    async with start(model=None, load=load, registry=registry.root) as client:
        response = await client.put(f"/models/{path}", json=body)
        assert (response.status_code, said in response.json()["detail"]) == (status, True), response.text
        assert await running(client) == (None, None)
    assert registry.beside() == Beside()


async def test_only_admins_move_models(start: Start, registry: Registry, make: Make) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        for role, status in (("review", 403), ("score", 403), ("admin", 200)):
            headers = make(role)
            for place in ("shadow", "canary"):
                body = {"version": "v2", "share": 0.1}
                assert (await client.put(f"/models/{place}", json=body, headers=headers)).status_code == status
                assert (await client.delete(f"/models/{place}", headers=headers)).status_code == status


RULES = AlarmRules(min_decisions=10)


async def test_a_canary_that_blocks_everything_is_taken_off_and_it_is_recorded_why(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root, alarm=RULES) as client:
        registry.stand_beside(Beside(canary=Canary(version="v6", share=1)))
        await follow(client)
        assert {answer["decision"] for answer in await score(client, 10)} == {"block"}
        await follow(client)
        assert await answering(client) == "v1"
        page = (await client.get("/console/models", headers={"host": "localhost"})).text
        assert "gatling_model_roll_backs_total 1.0" in (await client.get("/metrics")).text
    assert (registry.current(), registry.beside()) == ("v1", Beside(canary=None))
    [back] = registry.roll_backs()
    assert (back.version, back.place, back.to) == ("v6", "canary", "v1")
    assert back.reason == "blocks 10 of 10 cases, the current model 0%"
    assert "v6 was taken off as canary of v1" in page


async def test_what_the_settings_let_stand_beside_is_not_taken_off(start: Start, registry: Registry) -> None:
    canary = Canary(version="v6", share=1)
    async with start(model=None, load=load, registry=registry.root, alarm=RULES, canary=canary) as client:
        await score(client, 20)
        await follow(client)
        assert await answering(client) == "v6"


async def compared(client: Client, count: int) -> None:
    """Wait until the shadow has seen so many."""
    while client.service.metrics.registry.get_sample_value("gatling_shadow_energy_difference_count") != count:
        pass


def later(client: Client, seconds: float) -> None:
    """As if those beside had come so much earlier."""
    for watched in client.service.reloader._alarm._beside.values():
        watched.since -= seconds


async def test_a_model_goes_from_shadow_to_canary_to_current(start: Start, registry: Registry) -> None:
    rules = {"alarm": RULES.model_copy(update={"differed": 1.0}), "rollout": RolloutRules(shadow_s=60, canary_s=60, share=1)}
    async with start(model=None, load=load, registry=registry.root, **rules) as client:
        registry.stand_beside(Beside(shadow="v2"))
        await follow(client)
        later(client, 60)
        await score(client, 9)
        await compared(client, 9)
        await follow(client)
        assert await running(client) == ("v2", None), "nine cases say nothing"
        await score(client, 1)
        await compared(client, 10)
        await follow(client)
        assert await running(client) == (None, "v2")
        assert registry.beside() == Beside(shadow=None, canary=ALL)
        await score(client, 10)
        await follow(client)
        assert await running(client) == (None, "v2"), "the time starts anew"
        later(client, 60)
        await follow(client)
        assert (await running(client), await answering(client)) == ((None, None), "v2")
    assert (registry.current(), registry.roll_backs()) == ("v2", [])


async def test_a_shadow_that_decides_otherwise_never_answers(start: Start, registry: Registry) -> None:
    rollout = RolloutRules(shadow_s=1)
    async with start(model=None, load=load, registry=registry.root, alarm=RULES, rollout=rollout) as client:
        registry.stand_beside(Beside(shadow="v3"))
        await follow(client)
        await score(client, 10)
        await compared(client, 10)
        await follow(client)
        assert await running(client) == (None, None)
    assert registry.roll_backs()[0].reason == "shadow and current model decide 10 of 10 cases differently"


async def test_an_older_model_and_one_that_nobody_asked_for_go_nowhere_by_themselves(start: Start, registry: Registry) -> None:
    registry.activate("v2")
    for rollout, version in ((RolloutRules(canary_s=1), "v1"), (RolloutRules(), "v3")):
        registry.stand_beside(Beside(canary=Canary(version=version, share=1)))
        alarm = AlarmRules(min_decisions=10, blocked=1)
        async with start(model=None, load=load, registry=registry.root, alarm=alarm, rollout=rollout) as client:
            await score(client, 10)
            later(client, 3_600)
            await follow(client)
        assert (registry.current(), registry.beside().at("canary")) == ("v2", version)
