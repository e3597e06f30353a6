"""The store: folders of files that are written once, whole, and read back checked."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, Union

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from include.retraining.data.object_path import is_url, object_path
from include.retraining.data.places import LocalPlace, ObjectPlace, Place
from include.retraining.data.tables import to_frame, write_parquet
from include.retraining.errors import StoreError
from include.retraining.results.record import Record
from include.retraining.results.run import StoredFile

if TYPE_CHECKING:
    import pandas as pd  # costs a second or more: only steps that work with frames pay it

    from include.retraining.data.object_path import ObjectStoragePath

R = TypeVar("R", bound=Record)
_BLOCK = 1 << 20
"""Bytes hashed at a time."""


class Folder:
    """One folder of the store.

    Every write lands whole or not at all: a reader never sees half a file.

    Parameters
    ----------
    root
        Local path, or an Airflow object storage path.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root:
    ...     folder = Folder(root).child("model")
    ...     folder.write_bytes("note.txt", b"hello").bytes, folder.names(), folder.read_bytes("note.txt")
    (5, ['note.txt'], b'hello')
    """

    def __init__(self, root: Union[str, Path, "ObjectStoragePath"]) -> None:
        self._place: Place = LocalPlace(Path(root)) if isinstance(root, (str, Path)) else ObjectPlace(root)

    def __str__(self) -> str:
        return str(self._place)

    def child(self, name: str) -> "Folder":
        """Give a folder below; `name` may hold slashes. Nothing is created before the first write."""
        return Folder(self._place.root / name)

    def exists(self, name: str) -> bool:
        """Tell whether a file or folder of this name exists."""
        return self._place.exists(name)

    def names(self) -> list[str]:
        """List files and folders, sorted; empty when the folder does not exist."""
        return self._place.names()

    def write_bytes(self, name: str, data: bytes) -> StoredFile:
        """Write a file, replacing one of the same name."""
        with self._place.placing(name) as path:
            path.write_bytes(data)
            return _stored(name, path)

    def create_bytes(self, name: str, data: bytes) -> bool:
        """Write a file unless it exists; False if it does. Of several writers at once, one succeeds."""
        return self._place.create(name, data)

    def read_bytes(self, name: str) -> bytes:
        """Read a file.

        Raises
        ------
        StoreError
            When it is missing.
        """
        with self.local(name) as path:
            return path.read_bytes()

    def write_record(self, name: str, record: Record) -> StoredFile:
        """Write a record as JSON."""
        return self.write_bytes(name, record.model_dump_json(indent=2).encode())

    def read_record(self, name: str, cls: type[R]) -> R:
        """Read a record.

        Raises
        ------
        StoreError
            When the file is missing, no JSON, or no such record.
        """
        try:
            return cls.model_validate_json(self.read_bytes(name))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            at = ".".join(str(part) for part in first["loc"]) or "the whole file"
            message = (
                f"{self}/{name} is no valid {cls.__name__} ({at}: {first['msg']}); delete it and run the step again"
            )
            raise StoreError(message) from error

    def write_frame(self, name: str, frame: "pd.DataFrame") -> StoredFile:
        """Write a frame as zstd Parquet, without its index.

        Raises
        ------
        StoreError
            When a column mixes types that Parquet cannot hold together.
        """
        try:
            table = pa.Table.from_pandas(frame, preserve_index=False)
        except pa.ArrowException as error:
            message = f"{self}/{name}: the rows cannot be stored as Parquet ({error}); give each column one type"
            raise StoreError(message) from error
        with self._place.placing(name) as path:
            pq.write_table(table, path, compression="zstd")
            return _stored(name, path, rows=len(frame))

    def read_frame(self, name: str, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Read a Parquet file, or some of its columns.

        Raises
        ------
        StoreError
            When it is missing, no Parquet, or lacks a column.
        """
        wanted = None if columns is None else list(columns)
        with self.local(name) as path:
            try:
                with pq.ParquetFile(path) as file:
                    names = file.schema_arrow.names
                    if missing := [column for column in wanted or () if column not in names]:
                        message = f"{self}/{name} has no column {', '.join(missing)}; it has {', '.join(names)}"
                        raise StoreError(message)
                    return to_frame(file.read(columns=wanted))
            except (pa.ArrowException, OSError) as error:
                message = (
                    f"{self}/{name} is no readable Parquet file ({error}); delete its folder and run the interval again"
                )
                raise StoreError(message) from error

    def write_chunks(self, name: str, tables: Iterable[pa.Table]) -> StoredFile:
        """Stream tables into one Parquet file; see `tables.write_parquet` for columns that vary."""
        with self._place.placing(name) as path:
            write_parquet(path, tables)
            return _stored(name, path, rows=pq.read_metadata(path).num_rows)

    def write_file(self, name: str, source: Path) -> StoredFile:
        """Copy a local file into the folder."""
        with self._place.placing(name) as path:
            shutil.copyfile(source, path)
            return _stored(name, path)

    def remove(self, name: str) -> None:
        """Remove a folder below with all that it holds, if it is there: for what nobody reads any more."""
        self._place.remove(name)

    def verify(self, files: Iterable[StoredFile]) -> None:
        """Compare files with their manifest.

        Raises
        ------
        StoreError
            When one is missing or differs in size or checksum.
        """
        for file in files:
            with self.local(file.name) as path:
                found = _stored(file.name, path)
            if (found.bytes, found.sha256) != (file.bytes, file.sha256):
                message = (
                    f"{self}/{file.name} is not the file that was sealed ({found.bytes} bytes instead of {file.bytes}, "
                    "or other content); delete its folder and run the interval again"
                )
                raise StoreError(message)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Give a local path to read a file from.

        Raises
        ------
        StoreError
            When it is missing.
        """
        if not self.exists(name):
            message = f"{self}/{name} does not exist; run the step that writes it first"
            raise StoreError(message)
        with self._place.local(name) as path:
            yield path


def _stored(name: str, path: Path, rows: int | None = None) -> StoredFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return StoredFile(name=name, sha256=digest.hexdigest(), bytes=path.stat().st_size, rows=rows)


def open_store(uri: str) -> Folder:
    """Open the store at a local path, `file://…`, `s3://…` or `gs://…`.

    Raises
    ------
    StoreError
        When the provider package of an object store is not installed.
    """
    return Folder(object_path(uri) if is_url(uri) else uri.removeprefix("file://"))
