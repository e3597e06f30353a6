"""The store places files whole or not at all, and notices when they change."""

import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from include.retraining.data.store import Folder, open_store
from include.retraining.errors import StoreError
from include.retraining.results.run import StoredFile


@pytest.fixture(params=["local", "object store"])
def folder(request, tmp_path):
    """Give an empty folder of either kind."""
    if request.param == "local":
        return open_store(str(tmp_path / "store"))
    import fsspec
    from airflow.sdk.io import attach

    attach("memory", fs=fsspec.filesystem("memory"))
    return open_store(f"memory://bucket/{tmp_path.name}")


def test_bytes_and_names(folder):
    """What is written is listed, found and read back; a folder that does not exist is empty."""
    assert folder.names() == []
    stored = folder.write_bytes("b.txt", b"two")
    folder.write_bytes("a.txt", b"one")
    folder.child("deep/below").write_bytes("c.txt", b"three")
    assert stored == StoredFile(name="b.txt", sha256=stored.sha256, bytes=3)
    assert folder.names() == ["a.txt", "b.txt", "deep"]
    assert folder.exists("deep")
    assert not folder.exists("c.txt")
    assert folder.read_bytes("a.txt") == b"one"
    assert folder.child("deep").child("below").read_bytes("c.txt") == b"three"


def test_records_round_trip(folder):
    """A record comes back equal; a missing or damaged one is an error with its path."""
    record = StoredFile(name="a", sha256="0", bytes=1)
    folder.write_record("a.json", record)
    assert folder.read_record("a.json", StoredFile) == record
    with pytest.raises(StoreError, match=r"gone.json does not exist"):
        folder.read_record("gone.json", StoredFile)
    folder.write_bytes("a.json", b'{"name": "a')
    with pytest.raises(StoreError, match=r"a.json is no valid StoredFile \(the whole file"):
        folder.read_record("a.json", StoredFile)
    folder.write_bytes("a.json", b'{"name": "a", "sha256": "0", "bytes": "many"}')
    with pytest.raises(StoreError, match=r"a.json is no valid StoredFile \(bytes"):
        folder.read_record("a.json", StoredFile)


def test_frames_round_trip(folder):
    """A frame comes back with its types and nulls, or the columns asked for."""
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "x": [0.5, np.nan],
            "s": ["a", None],
            "at": pd.to_datetime(["2024-01-01", None], utc=True).as_unit("us"),
        }
    )
    assert folder.write_frame("rows.parquet", frame).rows == 2
    pd.testing.assert_frame_equal(folder.read_frame("rows.parquet"), frame)
    assert folder.read_frame("rows.parquet", ["x"]).columns.tolist() == ["x"]
    with pytest.raises(StoreError, match="has no column y; it has n, x, s, at"):
        folder.read_frame("rows.parquet", ["y"])


def test_unreadable_and_unwritable_frames(folder):
    """A damaged file and a column of mixed types are errors that name file and cause."""
    folder.write_bytes("rows.parquet", b"PAR1")
    with pytest.raises(StoreError, match=r"rows.parquet is no readable Parquet file"):
        folder.read_frame("rows.parquet")
    with pytest.raises(StoreError, match="cannot be stored as Parquet"):
        folder.write_frame("mixed.parquet", pd.DataFrame({"a": [1, "x"]}, dtype=object))


def test_chunks_are_streamed_into_one_file(folder):
    """Chunks with different columns become one file with the rows of all."""
    stored = folder.write_chunks("rows.parquet", (pa.table({name: [1]}) for name in "ab"))
    assert stored.rows == 2
    assert folder.read_frame("rows.parquet").columns.tolist() == ["a", "b"]


def test_verify_notices_any_change(folder):
    """A changed byte, a missing byte and a missing file are all noticed."""
    stored = folder.write_bytes("a.bin", b"abc")
    folder.verify([stored])
    for content in (b"abd", b"ab"):
        folder.write_bytes("a.bin", content)
        with pytest.raises(StoreError, match="not the file that was sealed"):
            folder.verify([stored])
    with pytest.raises(StoreError, match="does not exist"):
        folder.verify([stored.model_copy(update={"name": "gone.bin"})])


def test_create_never_replaces(folder):
    """The first writer gets the name, the second learns that it is taken."""
    assert folder.create_bytes("000001.json", b"first")
    assert not folder.create_bytes("000001.json", b"second")
    assert folder.read_bytes("000001.json") == b"first"


def test_one_of_many_creators_wins(tmp_path):
    """Of eight threads that create one file at once, exactly one succeeds, and the file is its own."""
    folder, start, won = Folder(tmp_path), threading.Barrier(8), []

    def create(number):
        start.wait()
        if folder.create_bytes("entry", bytes([number]) * 1000):
            won.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert folder.read_bytes("entry") == bytes(won) * 1000
    assert folder.names() == ["entry"]


def test_a_failed_write_leaves_nothing(folder):
    """A source that breaks off in the middle leaves the old file, and no half of a new one."""
    folder.write_bytes("rows.parquet", b"old")

    def broken():
        yield pa.table({"a": [1]})
        raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        folder.write_chunks("rows.parquet", broken())
    assert folder.read_bytes("rows.parquet") == b"old"
    assert folder.names() == ["rows.parquet"]


def test_no_temporary_file_is_left(tmp_path):
    """Neither a write that worked nor one that failed leaves hidden files behind."""
    folder = Folder(tmp_path)
    folder.write_bytes("a", b"1")
    folder.create_bytes("a", b"2")
    with pytest.raises(StoreError):
        folder.write_frame("b", pd.DataFrame({"a": [1, "x"]}, dtype=object))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_addresses_with_a_file_scheme_are_local(tmp_path):
    """`file://` is the local disk."""
    open_store(f"file://{tmp_path}").write_bytes("a", b"1")
    assert (tmp_path / "a").read_bytes() == b"1"


def test_unknown_stores_say_what_to_install():
    """A scheme whose package is not installed is an error with the address."""
    with pytest.raises(StoreError, match=r"nosuch://bucket.*install the Airflow provider"):
        open_store("nosuch://bucket")
