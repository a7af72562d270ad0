"""A registry in object storage: what one machine publishes another one serves, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from gatling_core.beside import Beside, Canary
from gatling_core.errors import DependencyMissing, PackageRejected, QueueUnavailable, RegistryError
from gatling_core.mirror import LOOK_EVERY_S, MirroredRegistry, registry_of
from gatling_core.registry import MANIFEST, STATE, Registry, read_manifest, verify_package
from gatling_core.settings import Settings

pytest.importorskip("fsspec")
FEATURES = "test"

Copy = Callable[..., MirroredRegistry]


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"memory://bucket-{uuid4().hex}/models" if request.param == "memory" else f"file://{tmp_path}/bucket/models"


@pytest.fixture
def copy(url: str, tmp_path: Path) -> Copy:
    """The registry as one machine sees it: `copy("trainer")`. Every look is at the storage."""
    times = iter(range(0, 1_000_000, int(LOOK_EVERY_S) + 1))
    return lambda name: MirroredRegistry(url, tmp_path / name, now=lambda: float(next(times)))


def publish(registry: Registry, folder: Path, behaviour: str = "sound") -> str:
    staged = folder / uuid4().hex
    staged.mkdir()
    (staged / "energy.onnx").write_text(behaviour)
    return registry.publish(staged, feature_version=FEATURES, trained_cases=[uuid4().hex]).version


def storage(registry: MirroredRegistry) -> tuple[Any, str]:
    return registry._storage, registry._base


def test_what_one_machine_publishes_another_one_has(copy: Copy, tmp_path: Path) -> None:
    trainer, other = copy("trainer"), copy("server")
    assert publish(trainer, tmp_path) == "v1"
    trainer.activate("v1")
    other.refresh()
    assert (other.current(), other.activations()) == ("v1", ["v1"])
    assert [m.digest for m in other.versions()] == [m.digest for m in trainer.versions()]
    assert not (other.root / "v1" / "energy.onnx").exists(), "files come when they are asked for"
    assert verify_package(other.package("v1")).version == "v1"

    assert publish(other, tmp_path) == "v2", "a name is used once, whoever publishes"
    other.activate("v2")
    trainer.refresh()
    assert trainer.roll_back("too strict") == "v1"
    other.refresh()
    assert (other.current(), other.roll_backs()[0].reason) == ("v1", "too strict")
    assert set(other.trained_cases().values()) == {"v1", "v2"}


def test_who_may_write_no_more_when_the_files_are_there_publishes_nothing(copy: Copy, tmp_path: Path) -> None:
    answers = iter([None, QueueUnavailable("lost")])

    def check() -> None:
        if error := next(answers):
            raise error

    trainer, other = copy("trainer"), copy("server")
    with pytest.raises(QueueUnavailable, match="lost"):
        publish(trainer.under(check), tmp_path)
    assert (trainer.versions(), other.versions()) == ([], [])
    assert publish(other, tmp_path) == "v2", "the name is used"
    trainer.refresh()
    assert [manifest.version for manifest in trainer.versions()] == ["v2"]


def test_what_stands_beside_on_one_machine_does_on_another_one(copy: Copy, tmp_path: Path) -> None:
    trainer, other = copy("trainer"), copy("server")
    for _ in range(2):
        publish(trainer, tmp_path)
    trainer.activate("v1")
    trainer.stand_beside(Beside(canary=Canary(version="v2", share=0.5)))
    other.refresh()
    assert (other.beside(), other.trials()) == (trainer.beside(), ["v2"])
    other.take_off("v2", "canary", "too strict")
    trainer.refresh()
    assert (trainer.beside(), trainer.roll_backs()[0].place) == (Beside(canary=None), "canary")


def test_no_copy_shows_a_version_beside_itself(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever another machine does between two small reads of a look."""
    trainer, other = copy("trainer"), copy("server")
    for _ in range(2):
        publish(trainer, tmp_path)
    trainer.activate("v1")
    trainer.stand_beside(Beside(shadow="v2"))
    read, names = other._text, list(STATE)

    def interrupted(name: str) -> str | None:
        found = read(name)
        if name == names[-1]:
            trainer.activate("v2")
        return found

    monkeypatch.setattr(other, "_text", interrupted)
    other.refresh()
    assert (other.current(), other.beside().shadow) == ("v1", None)
    other.refresh()
    assert (other.current(), other.beside().shadow) == ("v2", None)


def test_a_copy_made_anew_has_everything(copy: Copy, tmp_path: Path) -> None:
    first = copy("first")
    publish(first, tmp_path)
    first.activate("v1")
    second = copy("second")
    assert publish(second, tmp_path) == "v2", "writing looks first"
    assert second.seed(tmp_path / "nothing shipped") is None


def test_a_copy_is_not_asked_anew_all_the_time(url: str, tmp_path: Path) -> None:
    now = 0.0
    registry, writer = MirroredRegistry(url, tmp_path / "a", now=lambda: now), MirroredRegistry(url, tmp_path / "b")
    registry.refresh()
    publish(writer, tmp_path)
    registry.refresh()
    assert registry.versions() == []
    now = LOOK_EVERY_S
    registry.refresh()
    assert len(registry.versions()) == 1


def test_a_publication_that_was_cut_off_is_no_version_and_keeps_its_name(copy: Copy, tmp_path: Path) -> None:
    trainer, other = copy("trainer"), copy("server")
    publish(trainer, tmp_path)
    files, base = storage(trainer)
    files.rm_file(f"{base}/v1/{MANIFEST}")  # as a writer leaves it that was killed before the last object
    for registry in (trainer, other):
        registry.refresh()
        assert (registry.versions(), registry.trained_cases()) == ([], {}), "its cases are not taken for trained"
    with pytest.raises(PackageRejected, match=MANIFEST):
        other.activate("v1")
    assert publish(trainer, tmp_path) == "v2"


def test_two_that_publish_at_once_get_one_version(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = copy("first"), copy("second")
    with monkeypatch.context() as both:
        both.setattr(second, "_pull", lambda: publish(first, tmp_path))  # between the second's look and its first object
        with pytest.raises(RegistryError, match="FileExistsError"):
            publish(second, tmp_path, "another")
    second.refresh()
    assert (second.package("v1") / "energy.onnx").read_text() == "sound"


def test_what_is_damaged_is_refused_or_fetched_again(copy: Copy, tmp_path: Path) -> None:
    trainer, other = copy("trainer"), copy("server")
    publish(trainer, tmp_path)
    other.refresh()
    (other.package("v1") / "energy.onnx").write_text("damaged copy")
    assert verify_package(other.package("v1"))
    files, base = storage(trainer)
    files.pipe_file(f"{base}/v1/energy.onnx", b"damaged object")
    (other.root / "v1" / "energy.onnx").unlink()
    with pytest.raises(PackageRejected, match="does not match its checksum"):
        other.package("v1")
    assert not (other.root / "v1" / "energy.onnx").exists()


def test_a_manifest_that_names_other_places_fetches_nothing(copy: Copy, tmp_path: Path) -> None:
    trainer, other = copy("trainer"), copy("server")
    publish(trainer, tmp_path)
    manifest = read_manifest(trainer.package("v1"))
    files, base = storage(trainer)
    changed = manifest.model_copy(update={"files": {"../../evil.json": "0" * 64}})
    files.pipe_file(f"{base}/v1/{MANIFEST}", changed.model_dump_json().encode())
    other.refresh()
    with pytest.raises(PackageRejected, match="does not belong"):
        other.package("v1")


@pytest.mark.parametrize("broken", ["pipe_file", "cat_file", "find"])
def test_a_storage_that_refuses_leaves_everything_as_it_was(
    copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    registry = copy("server")
    for _ in range(2):
        publish(registry, tmp_path)
    registry.activate("v1")

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no credentials")

    monkeypatch.setattr(type(registry._storage), broken, refuse)
    for write in (lambda: publish(registry, tmp_path), lambda: registry.activate("v2")):
        with pytest.raises(RegistryError, match="no credentials"):
            write()
    assert (registry.current(), len(registry.versions())) == ("v1", 2)


def test_a_disk_that_is_full_is_an_error_of_the_registry(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    publish(copy("trainer"), tmp_path)
    server = copy("server")
    server.refresh()
    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(RegistryError, match="No space left"):
        server.package("v1")


def test_the_settings_name_a_folder_or_a_url(tmp_path: Path) -> None:
    def named(registry: str) -> Registry:
        return registry_of(Settings(_env_file=None, data_dir=tmp_path, registry=registry))  # pyright: ignore[reportCallIssue]

    assert type(named(str(tmp_path / "models"))) is Registry
    here, there = named("memory://one/models"), named("memory://two/models")
    assert isinstance(here, MirroredRegistry)
    assert here.root != there.root, "v1 of one is not v1 of the other"
    assert here.root.is_relative_to(tmp_path)
    with pytest.raises(DependencyMissing, match="nowhere"):
        named("nowhere://bucket/models")
