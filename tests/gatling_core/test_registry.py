from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from gatling_core.beside import Beside, Canary
from gatling_core.errors import PackageRejected, QueueUnavailable, RegistryError
from gatling_core.registry import (
    GATE_REPORT,
    KEPT_REJECTED,
    Manifest,
    Registry,
    read_gate_report,
    read_manifest,
    seal,
    verify_package,
)

FEATURES = "1"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    folder = tmp_path / "staged"
    folder.mkdir()
    for name in ("text.onnx", "energy.onnx", "checkpoint.safetensors"):
        (folder / name).write_bytes(name.encode() * 100)
    return folder


def publish(registry: Registry, staged: Path, *cases: str, parent: str | None = None) -> Manifest:
    return registry.publish(staged, feature_version=FEATURES, metrics={"auc": 0.5}, trained_cases=cases, parent=parent)


def test_publish_verify_activate(registry: Registry, staged: Path) -> None:
    assert (registry.current(), registry.versions(), registry.next_version()) == (None, [], "v1")
    manifest = publish(registry, staged, "b", "a")
    assert registry.current() is None, "publishing does not activate"
    assert registry.verify("v1", feature_version=FEATURES) == manifest
    assert manifest.trained_cases == ["a", "b"]
    registry.activate("v1")
    assert Registry(registry.root).current() == "v1"
    assert (registry.package("v1") / "text.onnx").read_bytes() == (staged / "text.onnx").read_bytes()
    assert (staged / "text.onnx").exists(), "the staged folder is the caller's"
    assert registry.trained_cases() == {"a": "v1", "b": "v1"}


@pytest.mark.parametrize(
    "write",
    [
        lambda registry, staged: publish(registry, staged),
        lambda registry, staged: registry.activate("v1"),
        lambda registry, staged: registry.stand_beside(Beside(shadow="v1")),
        lambda registry, staged: registry.roll_back(),
        lambda registry, staged: registry.keep_rejected(registry.package("v1")),
    ],
)
def test_who_may_write_no_more_changes_nothing(registry: Registry, staged: Path, write: Callable[..., object]) -> None:
    for _ in range(2):
        publish(registry, staged)
    registry.activate("v2")
    held = registry.under(Mock(side_effect=QueueUnavailable("lost")))
    before = {path: path.stat().st_mtime_ns for path in registry.root.rglob("*") if path.is_file() and path.name != ".lock"}
    with pytest.raises(QueueUnavailable, match="lost"):
        write(held, staged)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(registry.versions()) == 2
    write(registry, staged)


def test_digest_names_every_byte_and_survives_the_disk(registry: Registry, staged: Path) -> None:
    first = publish(registry, staged)
    assert read_manifest(registry.package("v1")).digest == first.digest
    (staged / "text.onnx").write_bytes(b"another")
    second = registry.publish(staged, feature_version=FEATURES, metrics={"auc": 0.5}, time=first.time)
    assert second.digest != first.model_copy(update={"version": "v2"}).digest


def test_versions_are_in_order_of_number(registry: Registry, staged: Path) -> None:
    for _ in range(11):
        publish(registry, staged)
    assert [m.version for m in registry.versions()] == [f"v{n}" for n in range(1, 12)]
    assert registry.next_version() == "v12"


def _change(package: Path) -> None:
    (package / "energy.onnx").write_bytes((package / "energy.onnx").read_bytes()[:-1] + b"!")


def _remove(package: Path) -> None:
    (package / "energy.onnx").unlink()


def _add(package: Path) -> None:
    (package / "more.onnx").write_bytes(b"")


def _pickle(package: Path) -> None:
    (package / "weights.pkl").write_bytes(b"")


def _folder(package: Path) -> None:
    (package / "deeper").mkdir()


def _link(package: Path) -> None:
    (package / "energy.onnx").rename(package.parent / "outside.onnx")
    (package / "energy.onnx").symlink_to(package.parent / "outside.onnx")


def _manifest(**changes: object) -> Callable[[Path], None]:
    def change(package: Path) -> None:
        manifest = json.loads((package / "manifest.json").read_text())
        (package / "manifest.json").write_text(json.dumps(manifest | changes))

    return change


def _no_manifest(package: Path) -> None:
    (package / "manifest.json").unlink()


def _half_manifest(package: Path) -> None:
    (package / "manifest.json").write_bytes((package / "manifest.json").read_bytes()[:50])


def _linked_manifest(package: Path) -> None:
    (package / "manifest.json").rename(package.parent / "manifest.json")
    (package / "manifest.json").symlink_to(package.parent / "manifest.json")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_change, "checksum"),
        (_remove, "missing files"),
        (_add, "not in the manifest"),
        (_pickle, "does not belong"),
        (_folder, "does not belong"),
        (_link, "does not belong"),
        (_no_manifest, "has no manifest"),
        (_half_manifest, "cannot be read"),
        (_linked_manifest, "symbolic link"),
        (_manifest(schema_version=2, new_field=1), "manifest schema 2"),
        (_manifest(version="v7"), "says that it is v7"),
        (_manifest(feature_version="2"), "made for features 2"),
        (_manifest(files={"../v1/text.onnx": "0"}), "missing files"),
        (_manifest(files=[]), "cannot be read"),
    ],
)
def test_damaged_packages_are_rejected(registry: Registry, staged: Path, damage: Callable[[Path], None], reason: str) -> None:
    publish(registry, staged)
    registry.activate("v1")
    publish(registry, staged)
    damage(registry.package("v2"))
    with pytest.raises(PackageRejected, match=reason):
        registry.verify("v2", feature_version=FEATURES)
    if reason != "made for features 2":
        with pytest.raises(PackageRejected):
            registry.activate("v2")
    assert registry.current() == "v1", "what was current stays"


def test_a_linked_version_is_rejected(registry: Registry, staged: Path) -> None:
    publish(registry, staged)
    (registry.root / "v2").symlink_to(registry.root / "v1")
    with pytest.raises(PackageRejected, match="symbolic link"):
        registry.verify("v2")


@pytest.mark.parametrize(
    "name", ["..", "../v1", "/etc", "", "v0", "v01", "v1/", "v1\n", "V1", "current", ".lock", "v" + "9" * 400, "v１"]
)
def test_path_tricks_are_no_versions(registry: Registry, staged: Path, name: str) -> None:
    publish(registry, staged)
    for call in (registry.verify, registry.activate, registry.package):
        with pytest.raises(RegistryError):
            call(name)
    (registry.root / "current").write_text(name or "..")
    if name != "v1\n":  # a line end is how `current` is written
        with pytest.raises(RegistryError):
            registry.current()


def test_unknown_version(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="no version v3"):
        registry.activate("v3")


def test_what_is_no_package_is_not_published(registry: Registry, staged: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PackageRejected, match="no package files"):
        publish(registry, tmp_path / "empty")
    with pytest.raises(PackageRejected, match="cannot be read"):
        publish(registry, tmp_path / "nowhere")
    with pytest.raises(PackageRejected, match="manifest of v1 cannot be written"):
        registry.publish(staged, feature_version=FEATURES, metrics={"auc": float("nan")})
    (staged / "state.pt").write_bytes(b"")
    with pytest.raises(PackageRejected, match=r"state\.pt does not belong"):
        publish(registry, staged)
    assert registry.versions() == []
    assert not list(registry.root.glob(".staging-*"))


def test_no_case_is_published_twice(registry: Registry, staged: Path) -> None:
    publish(registry, staged, "a")
    with pytest.raises(RegistryError, match="a in v1"):
        publish(registry, staged, "b", "a")
    assert [m.version for m in registry.versions()] == ["v1"]


def test_roll_back_follows_the_parents(registry: Registry, staged: Path) -> None:
    with pytest.raises(RegistryError, match="nothing is current"):
        registry.roll_back()
    publish(registry, staged)
    registry.activate("v1")
    with pytest.raises(RegistryError, match="oldest"):
        registry.roll_back()
    publish(registry, staged, parent="v1")
    publish(registry, staged, parent="v1")
    registry.activate("v3")
    assert registry.roll_back() == "v1"
    publish(registry, staged)  # trained from scratch
    registry.activate("v4")
    assert registry.roll_back() == "v3"
    assert registry.activations() == ["v1", "v3", "v1", "v4", "v3"]


def test_roll_back_from_a_damaged_version(registry: Registry, staged: Path) -> None:
    publish(registry, staged)
    publish(registry, staged)
    registry.activate("v2")
    _no_manifest(registry.package("v2"))
    assert registry.roll_back() == "v1"


def test_seed_once_with_the_same_digest(registry: Registry, staged: Path) -> None:
    shipped = seal(staged, version="v1", feature_version=FEATURES)
    seeded = registry.seed(staged)
    assert seeded is not None
    assert (registry.current(), registry.verify("v1").digest) == ("v1", shipped.digest)
    assert registry.seed(staged) is None
    (registry.root / "current").unlink()  # as if killed between the two steps
    assert registry.seed(staged) is not None
    assert registry.current() == "v1"


def test_a_damaged_shipped_package_is_not_seeded(registry: Registry, staged: Path) -> None:
    seal(staged, version="v1", feature_version=FEATURES)
    _change(staged)
    with pytest.raises(PackageRejected, match="checksum"):
        registry.seed(staged)
    assert registry.current() is None


def test_leftovers_of_a_killed_publisher_are_cleared(registry: Registry, staged: Path) -> None:
    (registry.root / ".staging-dead").mkdir(parents=True)
    publish(registry, staged)
    assert not list(registry.root.glob(".staging-*"))
    assert [m.version for m in registry.versions()] == ["v1"]


def test_reading_needs_no_write_access_and_creates_nothing(registry: Registry) -> None:
    assert registry.current() is None
    assert registry.versions() == []
    assert registry.trained_cases() == {}
    assert not registry.root.exists()


def test_a_registry_that_cannot_be_written_says_so(staged: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RegistryError, match="cannot be written"):
        publish(Registry(tmp_path / "file" / "registry"), staged)


def test_concurrent_publishers_get_versions_of_their_own(registry: Registry, staged: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.extend(publish(registry, staged).version for _ in range(5))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=lambda v: int(v[1:])) == [f"v{n}" for n in range(1, 21)]
    assert all(registry.verify(version) for version in found)


def test_readers_never_see_half_a_current(registry: Registry, staged: Path) -> None:
    for _ in range(2):
        publish(registry, staged)
    registry.activate("v1")
    stop = threading.Event()
    seen: set[str | None] = set()

    def read() -> None:
        while not stop.is_set():
            seen.add(registry.current())

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(100):
        registry.activate(f"v{n % 2 + 1}")
    stop.set()
    reader.join()
    assert seen == {"v1", "v2"}


def test_seal_and_verify_a_folder_outside_a_registry(staged: Path) -> None:
    manifest = seal(staged, version="v1", feature_version=FEATURES, training={"seed": 1})
    assert verify_package(staged, feature_version=FEATURES) == manifest
    with pytest.raises(PackageRejected, match="made for features"):
        verify_package(staged, feature_version="2")
    with pytest.raises(RegistryError, match="no version name"):
        seal(staged, version="latest", feature_version=FEATURES)


def test_the_last_rejected_packages_are_kept_and_are_no_versions(registry: Registry, staged: Path) -> None:
    names: list[str] = []
    for number in range(KEPT_REJECTED + 2):
        (staged / GATE_REPORT).write_text(json.dumps({"worse": [str(number)]}))
        seal(staged, version="v1", feature_version=FEATURES)
        names.append(registry.keep_rejected(staged))
    assert [path.name for path in registry.rejected()] == names[2:]
    assert read_gate_report(registry.rejected()[-1]) == {"worse": [str(KEPT_REJECTED + 1)]}
    assert (registry.versions(), registry.next_version(), registry.current()) == ([], "v1", None)
    (registry.rejected()[0] / GATE_REPORT).write_text("cut")
    assert read_gate_report(registry.rejected()[0]) == {}


def test_a_rejected_package_may_go_while_somebody_looks(registry: Registry, staged: Path) -> None:
    seal(staged, version="v1", feature_version=FEATURES)
    kept = registry.keep_rejected(staged)
    (registry.root / "rejected" / "v9-gone").symlink_to("nowhere")  # listed, and then not there
    assert [path.name for path in registry.rejected()] == [kept]


@pytest.fixture
def three(registry: Registry, staged: Path) -> Registry:
    """v1 is current; v2 and v3 are published."""
    for _ in range(3):
        publish(registry, staged)
    registry.activate("v1")
    return registry


def canary(version: str, share: float = 0.1) -> Canary:
    return Canary(version=version, share=share)


def test_versions_stand_beside_the_current_one(three: Registry) -> None:
    assert three.beside() == Beside()
    three.stand_beside(Beside(shadow="v2"))
    three.stand_beside(Beside(canary=canary("v3")))
    assert three.beside() == Beside(shadow="v2", canary=canary("v3"))
    three.stand_beside(Beside(canary=canary("v2", 0.5)))
    assert three.beside() == Beside(shadow=None, canary=canary("v2", 0.5)), "it stands at one place"
    assert three.stand_beside(Beside(canary=None)).given() == {"shadow": None, "canary": None}, "nothing is said, by somebody"
    assert (three.current(), three.trials(), three.roll_backs()) == ("v1", ["v2", "v3"], [])


def test_who_ran_is_noted_also_where_a_writer_was_killed_before_it_did(three: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(three, "_append", Mock(side_effect=SystemExit))
        for write in (lambda: three.stand_beside(Beside(shadow="v3")), lambda: three.activate("v2")):
            with pytest.raises(SystemExit):
                write()
    assert (three.current(), three.beside(), three.trials(), three.activations()) == ("v2", Beside(shadow="v3"), [], ["v1"])
    three.stand_beside(Beside(shadow=None))
    three.activate("v1")
    assert (three.trials(), three.activations()) == (["v3"], ["v1", "v2", "v1"])
    (three.root / "current").write_bytes(b"\xff")
    three.activate("v2")
    assert three.activations() == ["v1", "v2", "v1", "v2"]


def test_what_is_current_does_not_stand_beside_itself(three: Registry) -> None:
    three.stand_beside(Beside(shadow="v3", canary=canary("v2")))
    three.activate("v2")
    assert (three.current(), three.beside()) == ("v2", Beside(shadow="v3", canary=None))
    with pytest.raises(RegistryError, match="v2 is current"):
        three.stand_beside(Beside(shadow="v2"))
    three.stand_beside(Beside(shadow="v1"))
    three.roll_back()
    assert (three.current(), three.beside()) == ("v1", Beside(shadow=None, canary=None))


def test_what_is_missing_or_damaged_does_not_stand_beside(three: Registry) -> None:
    three.stand_beside(Beside(shadow="v2"))
    _change(three.package("v3"))
    with pytest.raises(PackageRejected, match="checksum"):
        three.stand_beside(Beside(shadow="v3"))
    with pytest.raises(RegistryError, match="no version v9"):
        three.stand_beside(Beside(canary=canary("v9")))
    assert three.beside() == Beside(shadow="v2")


@pytest.mark.parametrize(
    "text", ["", '{"shadow": "v', "[]", '{"shadow": "../v2"}', '{"canary": {"version": "v2"}}', '{"canary": {"version": "v2", "share": 0}}', '{"x": 1}', "\xff"]
)  # fmt: skip
def test_a_beside_that_cannot_be_read_is_an_error_and_in_nobodys_way(three: Registry, text: str) -> None:
    (three.root / "beside").write_text(text, encoding="latin-1")
    with pytest.raises(RegistryError, match="registry/beside cannot be read"):
        three.beside()
    three.activate("v2")
    assert three.roll_back() == "v1"
    three.stand_beside(Beside(shadow="v3"))
    assert three.beside() == Beside(shadow="v3")


def test_steps_forward_are_taken_once(three: Registry) -> None:
    three.stand_beside(Beside(shadow="v2"))
    three.promote("v2", "shadow", over="v1", share=0.2)
    assert three.beside() == Beside(shadow=None, canary=canary("v2", 0.2))
    with pytest.raises(RegistryError, match="v2 no longer stands beside as shadow"):
        three.promote("v2", "shadow", over="v1", share=0.2)
    three.stand_beside(Beside(shadow="v3"))
    with pytest.raises(RegistryError, match="there is a canary, v2"):
        three.promote("v3", "shadow", over="v1", share=0.2)
    with pytest.raises(RegistryError, match="v3 is no longer current, v1 is"):
        three.promote("v2", "canary", over="v3", share=0.2)
    three.promote("v2", "canary", over="v1", share=0.2)
    assert (three.current(), three.beside()) == ("v2", Beside(shadow="v3", canary=None))


def test_who_is_taken_off_is_recorded_once(three: Registry) -> None:
    three.stand_beside(Beside(shadow="v3", canary=canary("v2")))
    three.take_off("v2", "canary", "blocks all")
    with pytest.raises(RegistryError, match="no longer stands"):
        three.take_off("v2", "canary", "blocks all")
    assert three.beside() == Beside(shadow="v3", canary=None)
    [back] = three.roll_backs()
    assert (back.version, back.place, back.to, back.reason) == ("v2", "canary", "v1", "blocks all")
    assert str(back) == "taken off as canary of v1"


def test_roll_backs_recorded_before_places_were_are_read(three: Registry) -> None:
    line = '{"version":"v2","to":"v1","reason":"","time":"2026-01-01T00:00:00Z"}'
    (three.root / "roll-backs").write_text(f"{line}\n")
    assert str(three.roll_backs()[0]) == "rolled back to v1"
