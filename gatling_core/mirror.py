"""A registry in object storage, under any URL that fsspec knows: a local copy that follows it.

    s3://bucket/prefix/v1/…          package files, and manifest.json after all of them
    s3://bucket/prefix/current       and the other small files, as in a folder (gatling_core.registry)

Reading is from the copy. What is written goes to the storage first, files before the manifest and the pointer last, and to the copy after
it: whoever follows sees a version whole or not at all, and a storage that refuses leaves everything as it was.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gatling_core.errors import DependencyMissing, GatlingError, PackageRejected, RegistryError
from gatling_core.registry import MANIFEST, STATE, Registry, file_hash, is_file_name, is_version, read_manifest, replace
from gatling_core.settings import Settings

LOOK_EVERY_S = 5.0
"""How old the copy may be for readers that follow; each look is one listing and a few small reads."""


def registry_of(settings: Settings) -> Registry:
    """The registry that the settings name: a folder, or a copy in the data folder of what is elsewhere.

    Raises:
        DependencyMissing: nothing that is installed can read such a URL.
    """
    if isinstance(settings.registry, Path):
        return Registry(settings.registry)
    # A copy of its own for each URL: v2 of one registry is not v2 of another.
    name = hashlib.sha256(settings.registry.encode()).hexdigest()[:16]
    return MirroredRegistry(settings.registry, settings.data_dir / "registries" / name)


class MirroredRegistry(Registry):
    """The registry at `url`, with its copy at `root`.

    Writers on one machine wait for each other. Two machines that publish at once get one version: objects of a version are created,
    never replaced, so the second is refused at its first file. Of two that move the pointer at once the last wins.
    """

    def __init__(self, url: str, root: Path, *, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(root)
        self._url, self._now = url, now
        self._looked = float("-inf")
        self._known: set[str] = set()
        self._storage, base = _open(url)
        self._base = base.rstrip("/")

    def refresh(self) -> None:
        """Bring the copy up to date, if the last try is `LOOK_EVERY_S` ago.

        Raises:
            RegistryError: the storage does not answer; the copy is as it was.
        """
        if self._now() - self._looked >= LOOK_EVERY_S:
            self._looked = self._now()
            with super()._locked():
                self._pull()

    def package(self, version: str) -> Path:
        """The folder of a version in the copy, with all its files, fetched and checked where they are not there yet.

        Raises:
            PackageRejected: what the storage holds is not what the manifest says.
            RegistryError: no such version, or the storage does not answer.
        """
        folder = super().package(version)
        for name, expected in read_manifest(folder).files.items():
            if not is_file_name(name):
                raise PackageRejected(f"{version}/{name} does not belong into a model package")
            if not (folder / name).is_file() or file_hash(folder / name) != expected:
                self._fetch(folder / name, expected)
        return folder

    def _fetch(self, path: Path, expected: str) -> None:
        with self._reached(), tempfile.TemporaryDirectory(prefix=".fetch-", dir=self.root) as staging:
            fetched = Path(staging, path.name)
            self._storage.get_file(self._at(f"{path.parent.name}/{path.name}"), str(fetched))
            if file_hash(fetched) != expected:
                raise PackageRejected(f"{path.parent.name}/{path.name} does not match its checksum in the registry")
            fetched.replace(path)

    @contextmanager
    def _locked(self) -> Generator[None]:
        with super()._locked():
            self._pull()
            yield

    def _pull(self) -> None:
        """Manifests and small files; the files of a package come when somebody asks for it. Needs the lock.

        The small files are read before the listing and written after its manifests: a pointer never names what is not there.
        """
        with self._reached():
            texts = {name: self._text(name) for name in reversed(STATE)}
            names = {path.removeprefix(f"{self._base}/") for path in self._storage.find(self._base)}
            versions = {name.partition("/")[0] for name in names if "/" in name}
            for version in filter(is_version, versions):
                self._pull_manifest(version, is_whole=f"{version}/{MANIFEST}" in names)
        for gone in set(self._names()) - versions:
            shutil.rmtree(self.root / gone, ignore_errors=True)
        for name in STATE:
            path, text = self.root / name, texts[name]
            if text is None:
                path.unlink(missing_ok=True)
            elif not path.is_file() or path.read_text(encoding="utf-8") != text:
                replace(path, text)

    def _pull_manifest(self, version: str, *, is_whole: bool) -> None:
        """A version that a writer did not finish keeps its name, as an empty folder."""
        path = self.root / version / MANIFEST
        path.parent.mkdir(exist_ok=True)
        if not is_whole:
            path.unlink(missing_ok=True)
        elif version not in self._known or not path.is_file():
            replace(path, self._storage.cat_file(self._at(f"{version}/{MANIFEST}")).decode())
            self._known.add(version)

    def _text(self, name: str) -> str | None:
        try:
            return self._storage.cat_file(self._at(name)).decode()
        except FileNotFoundError:
            return None

    def _install(self, copy: Path, version: str) -> None:
        names = sorted(path.name for path in copy.iterdir() if path.name != MANIFEST)
        with self._reached():
            self._storage.makedirs(self._at(version), exist_ok=True)
            for name in [*names, MANIFEST]:
                if name == MANIFEST:
                    self.check()  # again: the lock is this machine's, and the files before it took a while
                self._storage.pipe_file(self._at(f"{version}/{name}"), (copy / name).read_bytes(), mode="create")
        super()._install(copy, version)

    def _write(self, name: str, text: str) -> None:
        with self._reached():
            self._storage.pipe_file(self._at(name), text.encode())
        super()._write(name, text)

    def _at(self, name: str) -> str:
        return f"{self._base}/{name}"

    @contextmanager
    def _reached(self) -> Generator[None]:
        try:
            yield
        except GatlingError:
            raise
        except Exception as error:  # every storage has errors of its own, not all of them OSError
            raise RegistryError(f"{self._url}: {type(error).__name__}: {error}") from error


def _open(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        # No cached listings: others write there too.
        return url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise DependencyMissing(f"{url} cannot be read: {error}; for s3:// install locks/registry-s3.txt") from error
