"""Hot reload: what the registry calls current is served, what is broken is refused, and nobody notices the change."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from gatling_core.beside import Beside
from gatling_core.errors import PackageRejected, RegistryError
from gatling_core.mirror import MirroredRegistry
from gatling_core.registry import Registry, read_manifest, seal
from server import reload
from server.engine import ScoringModel
from server.reload import load_checked
from tests.server.conftest import Client, DummyModel, Start, case_of

FEATURES = "test"


def stage(folder: Path, behaviour: str = "sound") -> Path:
    folder.mkdir(parents=True)
    (folder / "energy.onnx").write_text(behaviour)
    return folder


def load(package: Path) -> ScoringModel:
    """A dummy that behaves as its file says."""
    manifest = read_manifest(package)
    behaviour = (package / "energy.onnx").read_text()
    if behaviour == "unloadable":
        raise RuntimeError("not an ONNX graph")
    offset = {"nan": float("nan"), "negative": -1.0}.get(behaviour, 0.0)
    model = DummyModel(manifest.version, manifest.digest, offset)
    if behaviour == "blind":
        model._energy = lambda name, arguments: 0.0  # type: ignore[method-assign]
    return model


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """v1 is published and current, v2 is published."""
    registry = Registry(tmp_path / "registry")
    for version in ("v1", "v2"):
        registry.publish(stage(tmp_path / "staged" / version), feature_version=FEATURES)
    registry.activate("v1")
    return registry


def publish(registry: Registry, behaviour: str) -> str:
    staged = stage(registry.root.parent / "staged" / registry.next_version(), behaviour)
    return registry.publish(staged, feature_version=FEATURES).version


async def version(client: Client) -> str:
    return (await client.post("/score", json=case_of())).json()["model"]["version"]


async def refused(client: Client) -> dict[str, str]:
    response = await client.get("/readyz")
    assert response.status_code == 200, "the old model serves on"
    return response.json()["refused"]


async def test_current_is_served_and_followed(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        assert await version(client) == "v1"
        registry.activate("v2")
        await client.service.reloader.follow()
        assert await version(client) == "v2"
        registry.roll_back()
        await client.service.reloader.follow()
        assert await version(client) == "v1"
        metrics = (await client.get("/metrics")).text
    assert 'gatling_model_info{digest="' in metrics
    assert metrics.count("gatling_model_info{") == 1
    assert "gatling_model_reloads_total 3.0" in metrics


async def test_the_watch_follows_by_itself(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root, reload_every_ms=1) as client:
        registry.activate("v2")
        async with asyncio.timeout(10):
            while await version(client) != "v2":  # noqa: ASYNC110  the file on disk has no event
                await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("nan", "no usable energy"), ("negative", "no usable energy"), ("unloadable", "RuntimeError"), ("blind", "no higher than")],
)
async def test_a_broken_package_is_refused_and_reported(start: Start, registry: Registry, behaviour: str, reason: str) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        broken = publish(registry, behaviour)
        registry.activate(broken)
        await client.service.reloader.follow()
        assert await version(client) == "v1"
        report = await refused(client)
        assert report["version"] == broken
        assert reason in report["reason"]
        assert "gatling_model_reload_failures_total 1.0" in (await client.get("/metrics")).text


async def test_changed_bytes_are_refused(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        registry.activate("v2")
        (registry.root / "v2" / "energy.onnx").write_text("something else")
        await client.service.reloader.follow()
        assert await version(client) == "v1"
        assert "checksum" in (await refused(client))["reason"]


async def test_a_pointer_to_nothing_is_refused(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        for text in ("v9\n", "../../etc\n", "\xff"):
            (registry.root / "current").write_text(text)
            await client.service.reloader.follow()
            assert await version(client) == "v1"
            assert await refused(client)


async def test_a_repaired_package_is_taken_when_it_is_activated_again(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        registry.activate("v2")
        (registry.root / "v2" / "energy.onnx").write_text("something else")
        await client.service.reloader.follow()
        (registry.root / "v2" / "energy.onnx").write_text("sound")
        await client.service.reloader.follow()
        assert await version(client) == "v1", "nothing is tried again before somebody says so"
        registry.activate("v2")
        await client.service.reloader.follow()
        assert await version(client) == "v2"


@pytest.mark.parametrize(("again_s", "serves"), [(0.0, "v3"), (3_600.0, "v1")])
async def test_what_could_not_be_fetched_is_asked_for_again_after_a_while(
    start: Start, registry: Registry, monkeypatch: pytest.MonkeyPatch, again_s: float, serves: str
) -> None:
    def away(version: str) -> Path:
        raise RegistryError("the storage is away")

    monkeypatch.setattr(reload, "AGAIN_S", again_s)
    publish(registry, "sound")
    async with start(model=None, load=load, registry=registry.root) as client:
        registry.activate("v3")
        registry.stand_beside(Beside(shadow="v2"))
        with monkeypatch.context() as broken:
            broken.setattr(client.service.registry, "package", away)
            await client.service.reloader.follow()
        assert (await version(client), client.service.bystanders.models()) == ("v1", [])
        assert (await refused(client))["reason"] == "the registry does not give it; the server's log says why"
        await client.service.reloader.follow()
        assert await version(client) == serves
        assert [model.version for model in client.service.bystanders.models()] == (["v2"] if serves == "v3" else [])


async def test_the_watch_survives_whatever_happens(start: Start, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def fragile() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise OSError(28, "No space left on device")

    async with start(model=None, load=load, registry=registry.root, reload_every_ms=1) as client:
        monkeypatch.setattr(client.service.registry, "refresh", fragile)
        async with asyncio.timeout(10):
            while len(looks) < 2:  # noqa: ASYNC110  nobody says when it looks
                await asyncio.sleep(0)


async def test_a_broken_current_at_start_falls_back_to_the_one_before(start: Start, registry: Registry) -> None:
    registry.activate(publish(registry, "nan"))
    async with start(model=None, load=load, registry=registry.root) as client:
        assert await version(client) == "v2"
        assert (await refused(client))["version"] == "v3"


async def test_an_empty_registry_is_seeded(start: Start, tmp_path: Path) -> None:
    seal(stage(tmp_path / "shipped"), version="v1", feature_version=FEATURES)
    async with start(model=None, load=load) as client:
        assert await version(client) == "v1"
        assert client.service.registry.current() == "v1"


async def test_a_registry_that_cannot_be_written_leaves_the_shipped_model(start: Start, tmp_path: Path) -> None:
    seal(stage(tmp_path / "shipped"), version="v1", feature_version=FEATURES)
    (tmp_path / "a file").touch()
    async with start(model=None, load=load, registry=tmp_path / "a file" / "registry") as client:
        assert await version(client) == "v1"


async def test_activate_loads_first_and_moves_the_pointer_after(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        response = await client.post("/models/v2/activate")
        assert (response.status_code, response.json()["version"]) == (200, "v2")
        assert (await version(client), registry.current()) == ("v2", "v2")

        broken = publish(registry, "nan")
        response = await client.post(f"/models/{broken}/activate")
        assert response.status_code == 409
        assert "no usable energy" in response.json()["detail"]
        assert (await version(client), registry.current()) == ("v2", "v2")

        assert (await client.post("/models/v9/activate")).status_code == 404
        assert (await client.post("/models/..%2fv1/activate")).status_code == 404


async def test_models_lists_what_is_published_and_what_serves(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root) as client:
        listed = (await client.get("/models")).json()
    assert (listed["current"], listed["serving"]["version"]) == ("v1", "v1")
    assert [model["version"] for model in listed["models"]] == ["v1", "v2"]
    assert listed["serving"]["digest"] == listed["models"][0]["digest"]


def test_what_is_not_the_sealed_package_is_not_even_loaded(registry: Registry) -> None:
    (registry.root / "v1" / "energy.onnx").write_text("unloadable")
    with pytest.raises(PackageRejected, match="checksum"):
        load_checked(load, registry.root / "v1")


async def test_a_server_follows_a_registry_in_object_storage(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setattr("gatling_core.mirror.LOOK_EVERY_S", 0.0)
    url = f"memory://{uuid4().hex}/models"
    trainer = MirroredRegistry(url, tmp_path / "trainer")
    for name in ("v1", "v2"):
        trainer.publish(stage(tmp_path / "staged" / name), feature_version=FEATURES)
    trainer.activate("v1")
    async with start(model=None, load=load, registry=url) as client:
        assert await version(client) == "v1"
        trainer.activate("v2")
        await client.service.reloader.follow()
        assert await version(client) == "v2"

        assert (await client.post("/models/v1/activate")).status_code == 200
        trainer.refresh()
        assert trainer.current() == "v1", "others follow what an admin says here"

        def away() -> None:
            raise RegistryError("the storage is away")

        monkeypatch.setattr(client.service.registry, "refresh", away)
        await client.service.reloader.follow()
        assert await version(client) == "v1", "what serves does so on"
