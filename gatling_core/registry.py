"""Versioned model packages on disk: published once, verified by checksum, one of them current.

    registry/v1/…            package files and manifest.json (written last)
    registry/current         the name of the version to serve, replaced atomically
    registry/beside          JSON: the versions that stand beside it as shadow and as canary, replaced atomically
    registry/activations     every version that was made current, oldest first
    registry/trials          every version that stood beside the current one, oldest first
    registry/roll-backs      JSON lines: what was rolled back or taken off, to what, when and why
    registry/rejected/v2-…/  the last packages that a gate refused, each with the gate's report

Readers need no lock and no write access. Writers hold `registry/.lock`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy as copied
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue

from gatling_core.beside import VERSION, Beside, Canary, Place
from gatling_core.digest import sha256
from gatling_core.errors import PackageRejected, RegistryError

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
GATE_REPORT = "gate.json"
"""What the quality gate found, beside the graphs."""

STATE = ("activations", "trials", "roll-backs", "beside", "current")
"""The small files beside the versions. A copy is read from the last to the first and written from the first to the last: `beside` is
older than `current` in the writing and newer in the reading, so that no version stands beside itself."""

_VERSION = re.compile(VERSION)
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.(onnx|safetensors|json)")
"""Flat and of kinds that hold no code: neither a path trick nor a pickle has a name like this."""
_STAGING = ".staging-"
_REJECTED = "rejected"
KEPT_REJECTED = 5
"""Packages that a gate refused and that are kept to be looked at; then the oldest go."""


class Manifest(BaseModel):
    """What a package is: the checksum of every file, how it was trained, how well it did, and what it came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    schema_version: int = SCHEMA_VERSION
    feature_version: str
    files: dict[str, str]
    metrics: dict[str, JsonValue] = {}
    training: dict[str, JsonValue] = {}
    trained_cases: list[str] = []
    parent: str | None = None
    time: datetime

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical manifest: names this model and, through `files`, every byte of it."""
        return sha256(self.model_dump(mode="json"))


class RollBack(BaseModel):
    """One return to an older version: by hand if no reason is given, else by the rule that it broke.

    Where `version` stood beside `to`, the latter was and stays current.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    place: Literal[Place, "current"] = "current"
    to: str
    reason: str
    time: datetime

    def __str__(self) -> str:
        return f"rolled back to {self.to}" if self.place == "current" else f"taken off as {self.place} of {self.to}"


def seal(
    package: Path,
    *,
    version: str,
    feature_version: str,
    metrics: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    trained_cases: Sequence[str] = (),
    parent: str | None = None,
    time: datetime | None = None,
) -> Manifest:
    """Write `manifest.json` over the files in `package`, everything on disk before it.

    Raises:
        PackageRejected: no files, a file that does not belong, or metadata that is no JSON (NaN).
    """
    names = _file_names(package) - {MANIFEST}
    if not names:
        raise PackageRejected(f"{package} holds no package files")
    try:
        manifest = Manifest(
            version=checked_version(version),
            feature_version=feature_version,
            files={name: file_hash(package / name, sync=True) for name in sorted(names)},
            metrics=dict(metrics or {}),
            training=dict(training or {}),
            trained_cases=sorted(trained_cases),
            parent=parent,
            time=time or datetime.now(UTC),
        )
        sha256(manifest.model_dump(mode="json"))  # NaN and infinity have no canonical form
    except ValueError as error:
        raise PackageRejected(f"the manifest of {version} cannot be written: {error}") from error
    replace(package / MANIFEST, manifest.model_dump_json(indent=2) + "\n")
    return manifest


def verify_package(package: Path, *, feature_version: str | None = None) -> Manifest:
    """Check every byte of a package folder against its manifest.

    Raises:
        PackageRejected: anything missing, extra, changed, linked or unreadable, or made for other schemas or features.
    """
    manifest = read_manifest(package)
    if feature_version is not None and manifest.feature_version != feature_version:
        raise PackageRejected(f"{package.name} was made for features {manifest.feature_version}, this code has {feature_version}")
    names, listed = _file_names(package) - {MANIFEST}, set(manifest.files)
    if names != listed:
        missing, extra = sorted(listed - names), sorted(names - listed)
        raise PackageRejected(f"{package.name}: missing files {missing}, files not in the manifest {extra}")
    for name, expected in manifest.files.items():
        if file_hash(package / name) != expected:
            raise PackageRejected(f"{package.name}/{name} does not match its checksum")
    return manifest


def read_manifest(package: Path) -> Manifest:
    """The manifest alone, without looking at the files.

    Raises:
        PackageRejected: none, a linked one, unreadable, or of another schema version.
    """
    path = package / MANIFEST
    if package.is_symlink() or path.is_symlink():
        raise PackageRejected(f"{package.name} is or holds a symbolic link")
    try:
        raw: dict[str, Any] = json.loads(path.read_bytes())
        # Before the fields: a later schema should be refused for being later, not for a field this code does not know.
        if raw["schema_version"] != SCHEMA_VERSION:
            raise PackageRejected(f"{package.name} has manifest schema {raw['schema_version']}, this code reads {SCHEMA_VERSION}")
        return Manifest.model_validate(raw)
    except FileNotFoundError:
        raise PackageRejected(f"{package.name} has no {MANIFEST}") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PackageRejected(f"the manifest of {package.name} cannot be read: {error}") from error


def read_gate_report(package: Path) -> dict[str, Any]:
    """What the quality gate said of a package; empty if nothing that can be read is there."""
    try:
        found = json.loads((package / GATE_REPORT).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class Registry:
    """The packages under one folder. Nothing is created before the first write."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self.check: Callable[[], object] = lambda: None

    def under(self, check: Callable[[], object]) -> Self:
        """The same registry for somebody who may write only as long as `check` does not raise: it is asked with the lock in hand."""
        found = copied(self)
        found.check = check
        return found

    @contextmanager
    def writing(self) -> Generator[None]:
        """One writer at a time, across processes, and only one who still may. For what is kept beside the versions, too.

        Who is stopped after the check holds the lock until it goes on or is killed: what comes after it comes after what it wrote.

        Raises:
            RegistryError: the disk refuses.
        """
        with self._locked():
            self.check()
            yield

    def refresh(self) -> None:
        """Look for what others wrote: in a folder it is there already."""

    def publish(
        self,
        staged: Path,
        *,
        feature_version: str,
        metrics: Mapping[str, Any] | None = None,
        training: Mapping[str, Any] | None = None,
        trained_cases: Sequence[str] = (),
        parent: str | None = None,
        time: datetime | None = None,
        again: bool = False,
    ) -> Manifest:
        """Copy the staged files in as the next version; whole or not at all. Does not make it current.

        Args:
            again: `trained_cases` may be in published models, which this one is to take the place of.

        Raises:
            PackageRejected: the staged folder is no package.
            RegistryError: a case among `trained_cases` is already in a published model, or the disk refuses.
        """
        with self.writing():
            published = {} if again else self.trained_cases()
            known = sorted({f"{digest} in {published[digest]}" for digest in trained_cases if digest in published})
            if known:
                raise RegistryError(f"{len(known)} cases are trained already: {', '.join(known[:3])}")
            version = self.next_version()
            with self._copied(staged) as copy:
                (copy / MANIFEST).unlink(missing_ok=True)
                manifest = seal(
                    copy,
                    version=version,
                    feature_version=feature_version,
                    metrics=metrics,
                    training=training,
                    trained_cases=trained_cases,
                    parent=parent,
                    time=time,
                )
                self._install(copy, version)
        return manifest

    def seed(self, shipped: Path) -> Manifest | None:
        """Publish the shipped package, as it is, and make it current; None if the registry was filled before.

        Raises:
            PackageRejected: the shipped package is damaged.
        """
        if self.current() is not None:
            return None
        with self.writing():
            manifest, names = verify_package(shipped), self._names()
            if not names:
                with self._copied(shipped) as copy:
                    self._install(copy, checked_version(manifest.version))
            elif self.current() is not None or self.verify(names[0]).digest != manifest.digest:
                return None  # filled by somebody else; the same digest is a seeding that was cut off before the last step
            self._point_to(manifest.version)
        return manifest

    def verify(self, version: str, *, feature_version: str | None = None) -> Manifest:
        """The manifest of a version whose every byte was checked.

        Raises:
            PackageRejected: it must not be served.
            RegistryError: there is no such version.
        """
        manifest = verify_package(self.package(version), feature_version=feature_version)
        if manifest.version != version:
            raise PackageRejected(f"the manifest in {version} says that it is {manifest.version}")
        return manifest

    def activate(self, version: str) -> Manifest:
        """Verify a version and make it current, atomically; it no longer stands beside what was current.

        Raises:
            PackageRejected, RegistryError: as `verify`; what was current stays so.
        """
        with self.writing():
            manifest = self.verify(version)
            self._point_to(version)
        return manifest

    def current(self) -> str | None:
        """The version to serve; None before the first activation.

        Raises:
            RegistryError: `current` cannot be read or names no version.
        """
        try:
            name = (self.root / "current").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise RegistryError(f"registry/current cannot be read: {error}") from error
        return checked_version(name)

    def beside(self) -> Beside:
        """What stands beside the current version, and of which places nothing was said so far.

        Raises:
            RegistryError: `beside` cannot be read or names no versions.
        """
        try:
            return Beside.model_validate_json((self.root / "beside").read_bytes())
        except FileNotFoundError:
            return Beside()
        except (OSError, ValueError) as error:
            raise RegistryError(f"registry/beside cannot be read: {error}") from error

    def stand_beside(self, places: Beside) -> Beside:
        """Verify versions and let them stand beside the current one, atomically; None ends it. What stands beside then.

        A place of which `places` says nothing stays as it is, unless its version moves to the other one.

        Raises:
            PackageRejected, RegistryError: as `verify`, or it is the current version; what stood beside stays so.
        """
        with self.writing():
            for version in places.versions():
                if version == self.current():
                    raise RegistryError(f"{version} is current, so it cannot stand beside")
                self.verify(version)
            return self._place(places)

    def promote(self, version: str, place: Place, *, over: str, share: float) -> None:
        """A step forward, atomically: a shadow becomes canary for a share of the tenants, a canary becomes current.

        Raises:
            RegistryError: it no longer stands at `place`, or another one than `over` is current, or another canary stands in the way.
            PackageRejected: it is damaged.
        """
        with self.writing():
            self._check_stands(version, place)
            if self.current() != over:
                raise RegistryError(f"{over} is no longer current, {self.current()} is")
            if place == "shadow" and self.beside().canary:
                raise RegistryError(f"there is a canary, {self.beside().at('canary')}")
            self.verify(version)
            if place == "canary":
                self._point_to(version)
            else:
                self._place(Beside(canary=Canary(version=version, share=share)))

    def take_off(self, version: str, place: Place, reason: str) -> None:
        """Let `version` no longer stand beside the current one, and record why.

        Raises:
            RegistryError: it does not stand at `place` any more.
        """
        with self.writing():
            self._check_stands(version, place)
            self._place(self.beside().without(version))
            line = RollBack(version=version, place=place, to=self.current() or "nothing", reason=reason, time=datetime.now(UTC))
            self._append("roll-backs", line.model_dump_json())

    def trials(self) -> list[str]:
        """Every version that stood beside the current one, oldest first; one that did so twice is here twice."""
        return self._lines("trials")

    def roll_back(self, reason: str = "", *, only: str | None = None) -> str:
        """Make the parent of the current version current, or the version published before it if it has none, and record why.

        Args:
            only: roll back this version, and nothing if another one is current meanwhile.

        Raises:
            RegistryError: nothing is current, or nothing is older, or another one than `only` is current.
            PackageRejected: what would be current is damaged.
        """
        with self.writing():
            version = self.current()
            if version is None:
                raise RegistryError("nothing is current, so nothing can be rolled back")
            if only not in (None, version):
                raise RegistryError(f"{only} is no longer current, {version} is")
            target = self._before(version)
            if target is None:
                raise RegistryError(f"{version} is the oldest version, there is nothing to roll back to")
            self.verify(target)
            self._point_to(target)
            line = RollBack(version=version, to=target, reason=reason, time=datetime.now(UTC))
            self._append("roll-backs", line.model_dump_json())
        return target

    def roll_backs(self) -> list[RollBack]:
        """What was rolled back or taken off, oldest first."""
        return [RollBack.model_validate_json(line) for line in self._lines("roll-backs")]

    def versions(self) -> list[Manifest]:
        """The readable manifests, oldest version first; `verify` says what is wrong with one that is not here."""
        manifests: list[Manifest] = []
        for name in self._names():
            try:
                manifests.append(read_manifest(self.root / name))
            except PackageRejected:
                continue
        return manifests

    def keep_rejected(self, staged: Path) -> str:
        """Keep a sealed package that a gate refused, with what the gate wrote beside it, for whoever wants to know why; its name.

        Raises:
            PackageRejected: the staged folder is no package.
            RegistryError: the disk refuses.
        """
        manifest = read_manifest(staged)
        name = f"{manifest.version}-{manifest.digest[:12]}"
        with self.writing(), self._copied(staged) as copy:
            folder = self.root / _REJECTED
            folder.mkdir(exist_ok=True)
            shutil.rmtree(folder / name, ignore_errors=True)
            copy.rename(folder / name)
            for old in self.rejected()[:-KEPT_REJECTED]:
                shutil.rmtree(old, ignore_errors=True)
        return name

    def rejected(self) -> list[Path]:
        """The folders of the kept rejected packages, oldest first; without those that a writer lets go in this moment."""
        found: list[tuple[int, str, Path]] = []
        for path in (self.root / _REJECTED).glob("v*-*"):
            with suppress(FileNotFoundError):
                found.append((path.stat().st_mtime_ns, path.name, path))
        return [path for *_, path in sorted(found)]

    def trained_cases(self) -> dict[str, str]:
        """Digest of every queued case that a published model was trained on → that version."""
        return {digest: manifest.version for manifest in self.versions() for digest in manifest.trained_cases}

    def activations(self) -> list[str]:
        """Every version that was made current, oldest first; one that was made so twice is here twice."""
        return self._lines("activations")

    def next_version(self) -> str:
        """The name the next published package gets. A name is never used twice while its folder exists, damaged or not."""
        names = self._names()
        return f"v{version_number(names[-1]) + 1}" if names else "v1"

    def package(self, version: str) -> Path:
        """The folder of a version.

        Raises:
            RegistryError: no such version.
        """
        path = self.root / checked_version(version)
        if not path.is_dir():
            raise RegistryError(f"the registry has no version {version}")
        return path

    def _names(self) -> list[str]:
        if not self.root.is_dir():
            return []
        return sorted((path.name for path in self.root.iterdir() if is_version(path.name)), key=version_number)

    def _before(self, version: str) -> str | None:
        """The parent of a version, or the version published before it."""
        try:
            parent = read_manifest(self.package(version)).parent
        except RegistryError:  # a damaged current version is the best reason to roll back
            parent = None
        older = [name for name in self._names() if version_number(name) < version_number(version)]
        return parent or (older[-1] if older else None)

    @contextmanager
    def _locked(self) -> Generator[None]:
        """The kernel frees the lock of one that was killed."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with (self.root / ".lock").open("wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise RegistryError(f"the registry cannot be written: {error}") from error

    @contextmanager
    def _copied(self, source: Path) -> Generator[Path]:
        """A copy of a package inside the registry: on its file system, so that one rename publishes it. Needs the lock."""
        for left in self.root.glob(f"{_STAGING}*"):  # of a writer that was killed: we hold the lock
            shutil.rmtree(left, ignore_errors=True)
        names = _file_names(source)
        copy = self.root / f"{_STAGING}{uuid.uuid4().hex}"
        copy.mkdir()
        try:
            for name in names:
                shutil.copyfile(source / name, copy / name, follow_symlinks=False)
            yield copy
        finally:
            shutil.rmtree(copy, ignore_errors=True)

    def _install(self, copy: Path, version: str) -> None:
        target = self.root / version
        if target.exists():
            raise RegistryError(f"version {version} exists already")
        for path in copy.iterdir():
            _sync(path)
        _sync(copy)
        copy.rename(target)
        _sync(self.root)

    def _point_to(self, version: str) -> None:
        beside = self._readable_beside()
        if version in beside.versions():  # first, so that nobody who reads `current` before `beside` sees it beside itself
            self._place(beside.without(version))
        self._note("activations", *self._readable_current())
        self._write("current", f"{version}\n")
        self._append("activations", version)

    def _check_stands(self, version: str, place: Place) -> None:
        if self.beside().at(place) != version:
            raise RegistryError(f"{version} no longer stands beside as {place}")

    def _place(self, places: Beside) -> Beside:
        before = self._readable_beside()
        after = places.over(before)
        self._note("trials", *before.versions())
        self._write("beside", after.model_dump_json(exclude_unset=True) + "\n")
        for version in after.versions():
            if version not in before.versions():
                self._append("trials", version)
        return after

    def _note(self, name: str, *versions: str) -> None:
        """Append those that the file lacks: a writer was killed after it let them run. To be called before they go."""
        for version in versions:
            if version not in self._lines(name):
                self._append(name, version)

    def _readable_current(self) -> list[str]:
        """The current version, if there is one; what cannot be read names none, and may be replaced."""
        try:
            current = self.current()
        except RegistryError:
            return []
        return [current] if current else []

    def _readable_beside(self) -> Beside:
        """As `beside`; what cannot be read says nothing, and may be replaced."""
        try:
            return self.beside()
        except RegistryError:
            return Beside()

    def _lines(self, name: str) -> list[str]:
        try:
            return (self.root / name).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _append(self, name: str, line: str) -> None:
        self._write(name, "".join(f"{line}\n" for line in [*self._lines(name), line]))

    def _write(self, name: str, text: str) -> None:
        """A small file beside the versions, replaced atomically. Needs the lock."""
        replace(self.root / name, text)


def is_version(name: str) -> bool:
    return _VERSION.fullmatch(name) is not None


def is_file_name(name: str) -> bool:
    """Whether a file of a package may be called so."""
    return _FILE_NAME.fullmatch(name) is not None


def version_number(version: str) -> int:
    """By which versions are older and newer; 0 for what is no name of a version."""
    return int(version[1:]) if is_version(version) else 0


def checked_version(version: str) -> str:
    """The name, if it is one of a version.

    Raises:
        RegistryError: it is none.
    """
    if not is_version(version):
        raise RegistryError(f"{version[:80]!r} is no version name: versions are v1, v2, …")
    return version


def _file_names(package: Path) -> set[str]:
    """The names in a package folder, every one a plain file of an allowed kind."""
    names: set[str] = set()
    try:
        with os.scandir(package) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False) or not is_file_name(entry.name):
                    raise PackageRejected(f"{package.name}/{entry.name} does not belong into a model package")
                names.add(entry.name)
    except OSError as error:
        raise PackageRejected(f"{package} cannot be read: {error}") from error
    return names


def file_hash(path: Path, *, sync: bool = False) -> str:
    """SHA-256 of a file of a package.

    Raises:
        PackageRejected: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            if sync:
                os.fsync(file.fileno())
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PackageRejected(f"{path.name} cannot be read: {error}") from error


def replace(path: Path, text: str) -> None:
    """Write a file: readers see the old text or the new one, also after a power cut."""
    new = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
