"""Keys over HTTP and on the command line: roles, tenants, rotation, rates, and what every response carries."""

from __future__ import annotations

import fcntl
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatling_core.errors import KeysUnreadable
from gatling_core.keys import add_key, hashed, id_of, new_key, read_keys, revoke_key
from gatling_core.settings import Settings
from server.app import create_app
from server.bucket import Bucket, bucket_of
from server.cli import app
from server.errors import RateLimited, Unauthorized
from server.gate import OPEN_PATHS, role_for
from server.keyring import Keyring
from tests.server.conftest import NOW, Client, Make, Start, case_of
from tests.server.test_errors import problem

VERDICT = {"label": "adversarial", "reviewer": "ada"}


async def statuses(client: Client, headers: dict[str, str]) -> list[int]:
    asked = [
        await client.post("/score", json=case_of(3.0), headers=headers),
        await client.get("/cases", headers=headers),
        await client.get("/metrics", headers=headers),
        await client.post("/models/v9/activate", headers=headers),
    ]
    return [response.status_code for response in asked]


async def test_each_role_reaches_its_routes_and_no_other(start: Start, make: Make) -> None:
    headers = {role: make(role) for role in ("score", "review", "metrics", "admin")}
    async with start() as client:
        assert await statuses(client, headers["score"]) == [200, 403, 403, 403]
        assert await statuses(client, headers["review"]) == [403, 200, 403, 403]
        assert await statuses(client, headers["metrics"]) == [403, 403, 200, 403]
        assert await statuses(client, headers["admin"]) == [200, 200, 200, 404]
        assert await statuses(client, make("score", "review")) == [200, 200, 403, 403]


def test_every_route_that_changes_models_or_is_new_is_for_admins() -> None:
    """A new route has to be named in the gate to be reached with less."""
    paths = create_app(Settings(_env_file=None)).openapi()["paths"]  # pyright: ignore[reportCallIssue]
    found = {
        (method.upper(), path): role_for(method.upper(), path)
        for path, operations in paths.items()
        if path not in OPEN_PATHS
        for method in operations
    }
    assert found == {
        ("POST", "/score"): "score",
        ("POST", "/score/batch"): "score",
        ("POST", "/score/trace"): "score",
        ("GET", "/cases"): "review",
        ("POST", "/cases/{id}/verdict"): "review",
        ("GET", "/models"): "review",
        ("POST", "/models/{version}/activate"): "admin",
        ("PUT", "/models/shadow"): "admin",
        ("PUT", "/models/canary"): "admin",
        ("DELETE", "/models/shadow"): "admin",
        ("DELETE", "/models/canary"): "admin",
        ("GET", "/metrics"): "metrics",
    }
    assert role_for("POST", "/models") == role_for("GET", "/scores") == role_for("GET", "//score") == "admin"


async def test_only_the_hash_is_kept_and_only_the_owner_may_read_it(make: Make, keys_file: Path) -> None:
    secret = make("score")["authorization"].removeprefix("Bearer ")
    kept = keys_file.read_text()
    assert secret.rpartition("_")[2] not in kept
    assert hashed(secret) in kept
    assert keys_file.stat().st_mode & 0o777 == 0o600


async def test_old_and_new_key_are_valid_together_until_one_is_revoked(start: Start, make: Make, keys_file: Path) -> None:
    old = make("metrics")
    async with start() as client:
        new = make("metrics")
        assert [(await client.get("/metrics", headers=key)).status_code for key in (old, new)] == [200, 200]
        revoke_key(keys_file, id_of(old["authorization"].split()[1]))
        assert [(await client.get("/metrics", headers=key)).status_code for key in (old, new)] == [401, 200]


async def test_the_last_key_revoked_or_the_file_gone_opens_nothing(start: Start, make: Make, keys_file: Path) -> None:
    key = make("admin")
    async with start() as client:
        keys_file.unlink()
        problem(await client.get("/metrics"), 401)
        problem(await client.get("/metrics", headers=key), 401)
    keys_file.write_text("[]")
    async with start() as client:
        problem(await client.get("/metrics"), 401)


async def test_a_broken_file_keeps_the_keys_there_were_and_stops_a_start(start: Start, make: Make, keys_file: Path) -> None:
    key = make("admin")
    async with start() as client:
        keys_file.write_text('[{"id": "x"}]')
        assert (await client.get("/metrics", headers=key)).status_code == 200
        problem(await client.get("/metrics"), 401)
    with pytest.raises(KeysUnreadable, match=r"0\.sha256"):
        async with start():
            pass


async def test_an_expired_key_and_one_of_another_secret_are_refused(start: Start, make: Make) -> None:
    expired = make("admin", now=NOW - timedelta(days=2), days=1)
    valid = make("admin", days=1)
    forged = {"authorization": valid["authorization"][:-43] + "A" * 43}
    async with start() as client:
        problem(await client.get("/metrics", headers=expired), 401)
        problem(await client.get("/metrics", headers=forged), 401)
        assert (await client.get("/metrics", headers=valid)).status_code == 200


async def test_keys_from_the_environment_and_the_simple_one_work_beside_the_file(start: Start, make: Make) -> None:
    secret, key = new_key(["metrics"], now=NOW)
    async with start(keys=(key,), api_key="simple") as client:
        for valid in (make("metrics"), {"authorization": f"Bearer {secret}"}, {"authorization": "Bearer simple"}):
            assert (await client.get("/metrics", headers=valid)).status_code == 200
        problem(await client.get("/metrics", headers={"authorization": "Bearer other"}), 401)


async def test_a_key_of_a_tenant_speaks_for_it_alone(start: Start, make: Make) -> None:
    acme, free = make("score", tenant="acme"), make("score")
    strict = {"bands": {"review_at": 0.05, "block_at": 0.08, "queue_from": 0.0, "queue_to": 0.0}}
    async with start(tenants={"acme": strict}) as client:
        assert (await client.post("/score", json=case_of(), headers=acme)).json()["decision"] == "block"
        assert (await client.post("/score", json=case_of(), headers=free)).json()["decision"] == "allow"
        named = {"gatling-tenant": "acme"}
        assert (await client.post("/score", json=case_of(), headers=acme | named)).json()["decision"] == "block"
        assert (await client.post("/score", json=case_of(), headers=free | named)).json()["decision"] == "block"
        for path, body in (("/score", case_of()), ("/score/batch", {"cases": [case_of()]})):
            problem(await client.post(path, json=body, headers=acme | {"gatling-tenant": "rival"}), 403)


async def test_a_reviewer_of_a_tenant_sees_and_judges_its_cases_alone(start: Start, make: Make) -> None:
    admin, reviewer = make("admin"), make("review", tenant="acme")
    async with start() as client:
        ids = {}
        for i, tenant in enumerate(("acme", "rival")):
            posted = await client.post("/score", json=case_of(3.0 + i), headers=admin | {"gatling-tenant": tenant})
            ids[tenant] = posted.json()["decision_id"]
        await client.flush()
        listed = (await client.get("/cases", headers=reviewer)).json()["cases"]
        assert [case["decision_id"] for case in listed] == [ids["acme"]]
        problem(await client.post(f"/cases/{ids['rival']}/verdict", json=VERDICT, headers=reviewer), 404)
        assert (await client.post(f"/cases/{ids['acme']}/verdict", json=VERDICT, headers=reviewer)).status_code == 200
        unjudged = await client.get("/cases", params={"label": "unjudged"}, headers=admin)
        assert [case["decision_id"] for case in unjudged.json()["cases"]] == [ids["rival"]]


@pytest.mark.parametrize("role", ["admin", "metrics"])
def test_what_reaches_every_tenant_cannot_be_bound_to_one(role: str) -> None:
    with pytest.raises(ValueError, match="every tenant"):
        new_key(["score", role], now=NOW, tenant="acme")


async def test_over_its_rate_a_key_is_429_and_others_are_not(start: Start, make: Make) -> None:
    slow, other = make("score", per_minute=3), make("score")
    async with start() as client:
        for _ in range(3):
            assert (await client.post("/score", json=case_of(), headers=slow)).status_code == 200
        limited = await client.post("/score", json=case_of(), headers=slow)
        assert problem(limited, 429).type.endswith("rate-limited")
        assert 1 <= int(limited.headers["retry-after"]) <= 20
        assert (await client.post("/score", json=case_of(), headers=other)).status_code == 200
        assert client.service.metrics.registry.get_sample_value("gatling_refused_total", {"problem": "rate-limited"}) == 1


async def test_every_case_of_a_batch_counts(start: Start, make: Make) -> None:
    key = make("score")
    async with start(rate_per_minute=4) as client:
        assert (await client.post("/score/batch", json={"cases": [case_of()] * 3}, headers=key)).status_code == 200
        assert (await client.post("/score", json=case_of(), headers=key)).status_code == 200
        problem(await client.post("/score", json=case_of(), headers=key), 429)


def test_a_bucket_refills_evenly_and_a_large_batch_is_paid_off() -> None:
    now = 0.0
    bucket = Bucket(60, clock=lambda: now)
    bucket.take(60)
    with pytest.raises(RateLimited) as limited:
        bucket.take(2)
    assert limited.value.retry_after_s == pytest.approx(2.0)
    now += 2.0
    bucket.take(2)
    now += 1_000.0
    bucket.take(200)  # larger than the bucket, yet not impossible
    now += 140.0
    with pytest.raises(RateLimited):
        bucket.take(1)
    now += 1.0
    bucket.take(1)


def test_a_key_is_revoked_whatever_becomes_of_the_shared_folder(tmp_path: Path) -> None:
    now = 0.0
    file, folder = tmp_path / "keys.json", tmp_path / "shared"
    folder.mkdir()
    secret, key = new_key(["score"], now=NOW)
    add_key(file, key)
    keyring = Keyring(Settings(keys_file=file), clock=lambda: now, folder=folder)
    keyring.caller(f"Bearer {secret}")
    for spoil in (lambda: shutil.rmtree(folder), lambda: (shutil.rmtree(folder), folder.write_text("no folder"))):
        spoil()
        revoke_key(file, key.id)
        now += 2
        with pytest.raises(Unauthorized):
            keyring.caller(f"Bearer {secret}")
        add_key(file, key)
        now += 2
        keyring.caller(f"Bearer {secret}")


def test_who_shares_a_folder_shares_a_bucket(tmp_path: Path) -> None:
    now = 0.0
    one, other = (bucket_of("key a", 60, lambda: now, tmp_path) for _ in range(2))
    elsewhere = bucket_of("key b", 60, lambda: now, tmp_path)
    one.take(40)
    other.take(20)
    elsewhere.take(60)
    for bucket in (one, other, elsewhere):
        with pytest.raises(RateLimited):
            bucket.take(1)
    now += 10.0
    other.take(10)
    with pytest.raises(RateLimited) as limited:
        one.take(1)
    assert limited.value.retry_after_s == pytest.approx(1.0)


def test_a_bucket_that_somebody_holds_and_does_not_let_go_is_not_waited_for(tmp_path: Path) -> None:
    bucket = bucket_of("key a", 60, folder=tmp_path)
    bucket.take(1)
    with next(tmp_path.iterdir()).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RateLimited, match="cannot be counted now"):
            bucket.take(1)
    bucket.take(1)


@pytest.mark.parametrize("path", ["/healthz", "/score", "/nowhere", "/docs"])
async def test_every_response_has_its_security_headers(start: Start, path: str) -> None:
    async with start(api_key="secret") as client:
        headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert ("default-src 'none'" in headers["content-security-policy"]) == (path != "/docs")
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_commands_make_list_and_revoke(keys_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATLING_DATA_DIR", str(keys_file.parent))
    run = CliRunner().invoke
    made = run(app, ["keys", "create", "--role", "score", "--tenant", "acme", "--per-minute", "600", "--days", "90"])
    secret = made.stdout.strip()
    (kept,) = read_keys(keys_file)
    assert (kept.id, kept.tenant, kept.per_minute) == (id_of(secret), "acme", 600)
    listed = run(app, ["keys", "--json"]).stdout
    assert json.loads(listed)["id"] == kept.id
    assert kept.sha256 not in listed
    assert "acme" in run(app, ["keys"]).stdout
    assert run(app, ["keys", "revoke", kept.id]).exit_code == 0
    assert read_keys(keys_file) == ()
    again = run(app, ["keys", "revoke", kept.id])
    assert (again.exit_code, kept.id in again.stderr) == (1, True)


def test_an_entry_for_the_environment_is_printed_and_not_kept(keys_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATLING_DATA_DIR", str(keys_file.parent))
    made = CliRunner().invoke(app, ["keys", "create", "--role", "score", "--entry"])
    monkeypatch.setenv("GATLING_KEYS", f"[{made.stderr}]")
    assert [key.id for key in Settings().keys] == [id_of(made.stdout.strip())]
    assert not keys_file.exists()


def test_a_wrong_role_or_tenant_is_named(keys_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATLING_DATA_DIR", str(keys_file.parent))
    for arguments, named in ((["--role", "root"], "roles.0"), (["--role", "score", "--tenant", "a b"], "tenant")):
        result = CliRunner().invoke(app, ["keys", "create", *arguments])
        assert (result.exit_code, named in result.stderr) == (1, True)
