"""Where a folder's files lie: on a local disk, or in an object store. Both place a file whole or not at all."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Union

if TYPE_CHECKING:
    from include.retraining.data.object_path import ObjectStoragePath


class Place(Protocol):
    """One folder, somewhere."""

    @property
    def root(self) -> Union[Path, "ObjectStoragePath"]:
        """Its path."""
        ...

    def exists(self, name: str) -> bool:
        """Tell whether a file or folder of this name exists."""
        ...

    def names(self) -> list[str]:
        """List files and folders, sorted; nothing for a folder that does not exist."""
        ...

    def placing(self, name: str) -> AbstractContextManager[Path]:
        """Give a local path to write to; what lies there afterwards becomes the file, in one move."""
        ...

    def create(self, name: str, data: bytes) -> bool:
        """Create a file unless it exists; of several writers at once, one succeeds."""
        ...

    def local(self, name: str) -> AbstractContextManager[Path]:
        """Give a local path to read the file from."""
        ...

    def remove(self, name: str) -> None:
        """Remove a folder with all that it holds, if it is there; what another process writes meanwhile may stay."""
        ...


class LocalPlace:
    """A folder on a local disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def exists(self, name: str) -> bool:
        return (self.root / name).exists()

    def names(self) -> list[str]:
        if not self.root.is_dir():
            return []
        return sorted(path.name for path in self.root.iterdir() if not path.name.startswith("."))

    @contextmanager
    def placing(self, name: str) -> Iterator[Path]:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            yield temporary
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def create(self, name: str, data: bytes) -> bool:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            temporary.write_bytes(data)
            target.hardlink_to(temporary)  # unlike rename, a link never replaces a file that is there
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        return True

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        yield self.root / name

    def remove(self, name: str) -> None:
        shutil.rmtree(self.root / name, ignore_errors=True)


class ObjectPlace:
    """A folder in an object store, where a put is atomic by itself."""

    def __init__(self, root: "ObjectStoragePath") -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def exists(self, name: str) -> bool:
        self.root.fs.invalidate_cache()
        return bool(self.root.fs.exists(self._path(name)))

    def names(self) -> list[str]:
        self.root.fs.invalidate_cache()
        try:
            paths = self.root.fs.ls(self.root.path, detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(Path(path).name for path in paths)

    @contextmanager
    def placing(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            temporary = Path(folder, "file")
            yield temporary
            self.root.fs.put_file(str(temporary), self._path(name))

    def create(self, name: str, data: bytes) -> bool:
        try:
            self.root.fs.pipe_file(self._path(name), data, mode="create")
        except FileExistsError:
            return False
        return True

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            temporary = Path(folder, "file")
            with self.root.fs.open(self._path(name), "rb") as source, temporary.open("wb") as target:
                shutil.copyfileobj(source, target)
            yield temporary

    def remove(self, name: str) -> None:
        if self.exists(name):
            self.root.fs.rm(self._path(name), recursive=True)

    def _path(self, name: str) -> str:
        return str((self.root / name).path)
