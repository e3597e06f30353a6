"""Files of either kind give the rows of a window, wherever and however their times are written."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.retraining.data.sources.base import TimeColumn
from include.retraining.data.sources.files import FilesSource
from include.retraining.data.tables import collect
from include.retraining.errors import SourceError

AT = TimeColumn(name="at", timezone="UTC")


def read(uri, window, time=AT, columns=None, **options):
    """Read a window into one table."""
    return collect(FilesSource(str(uri), **options).read(window, time, columns))


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("form", ["aware", "naive", "text", "zoned text", "hours", "date"])
def test_all_forms_of_time_select_the_same_rows(tmp_path, rows, day, ending, form):
    """Day two has the same 24 rows whether its times are timestamps, text, numbers or dates."""
    forms = {
        "aware": rows["at"],
        "naive": rows["at"].dt.tz_localize(None),
        "text": rows["at"].dt.strftime("%Y-%m-%d %H:%M:%S.000"),
        "zoned text": rows["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "hours": pd.Series(range(96)),
        "date": rows["at"].dt.date,
    }
    frame = rows.assign(at=forms[form])
    path = tmp_path / f"rows.{ending}"
    frame.to_parquet(path) if ending == "parquet" else frame.to_csv(path, index=False)
    time = TimeColumn(name="at", timezone="UTC", unit=dt.timedelta(hours=1), origin=dt.date(2024, 1, 1))
    table = read(path, day(1), time)
    assert table.column("id").to_pylist() == list(range(24, 48))
    assert table.schema.field("at").type == pa.timestamp("us", tz="UTC")


def test_local_days_follow_the_zone(tmp_path, rows, day):
    """A naive column is taken in the declared zone, so that a UTC day is shifted by the offset."""
    rows.assign(at=rows["at"].dt.tz_localize(None)).to_parquet(tmp_path / "rows.parquet")
    table = read(tmp_path / "rows.parquet", day(1), TimeColumn(name="at", timezone="America/New_York"))
    assert table.column("id").to_pylist() == list(range(19, 43))


def test_adjacent_windows_share_no_row_and_lose_none(tmp_path, rows, day):
    """Read day by day, every row comes exactly once."""
    rows.to_parquet(tmp_path / "rows.parquet", row_group_size=10)
    ids = [value for number in range(4) for value in read(tmp_path / "rows.parquet", day(number))["id"].to_pylist()]
    assert ids == list(range(96))


def test_columns_are_pruned(tmp_path, rows, day):
    """Only the wanted columns and the time are read."""
    rows.to_parquet(tmp_path / "rows.parquet")
    assert read(tmp_path / "rows.parquet", day(0), columns=["amount"]).column_names == ["at", "amount"]


def test_a_window_without_rows_keeps_the_schema(tmp_path, rows, day):
    """Nothing in the window is an empty table with all columns."""
    rows.to_parquet(tmp_path / "rows.parquet")
    empty = read(tmp_path / "rows.parquet", day(30))
    assert empty.num_rows == 0
    assert empty.column_names == list(rows.columns)


def test_files_may_differ_in_columns(tmp_path, rows, day):
    """A column that one file lacks is null there; one whose type differs is kept as text."""
    rows[:24].drop(columns="shop").to_parquet(tmp_path / "0.parquet")
    rows[24:48].assign(amount="much").to_parquet(tmp_path / "1.parquet")
    table = read(tmp_path / "*.parquet", day(0, 2))
    assert table.num_rows == 48
    assert table["shop"].null_count == 24
    assert set(table["amount"].to_pylist()[24:]) == {"much"}
    assert read(tmp_path / "*.parquet", day(0, 2), columns=["shop"])["shop"].null_count == 24


def test_files_outside_the_window_have_no_say_in_the_columns(tmp_path, rows, day):
    """An old file with other columns and types changes nothing for the rows of today."""
    rows[:24].drop(columns="shop").assign(amount="much", gone=1).to_parquet(tmp_path / "0.parquet")
    rows[24:48].to_parquet(tmp_path / "1.parquet")
    table = read(tmp_path / "*.parquet", day(1))
    assert table.column_names == list(rows.columns)
    assert table.schema.field("amount").type == pa.float64()
    assert read(tmp_path / "*.parquet", day(9)).column_names == list(rows.columns)


def test_folders_and_nested_globs(tmp_path, rows, day):
    """A folder stands for the data files below it, and `**` reaches any depth."""
    (tmp_path / "2024" / "01").mkdir(parents=True)
    rows[:24].to_parquet(tmp_path / "2024" / "01" / "a.parquet")
    rows[24:].to_csv(tmp_path / "2024" / "b.csv", index=False)
    (tmp_path / "README.md").write_text("not data")
    assert read(tmp_path, day(0, 4)).num_rows == 96
    assert read(tmp_path / "**" / "*.parquet", day(0, 4)).num_rows == 24


def test_relative_paths_are_looked_up_beside_the_model_files_first(tmp_path, rows, day, monkeypatch):
    """A relative path is found in the folder of the model files; an error lists both places."""
    monkeypatch.setenv("RETRAINING_MODELS", str(tmp_path))
    rows.to_parquet(tmp_path / "rows.parquet")
    assert read("rows.parquet", day(0)).num_rows == 24
    with pytest.raises(SourceError, match=r"no file matches 'gone.parquet'; looked at .* and at ") as caught:
        read("gone.parquet", day(0))
    assert str(tmp_path / "gone.parquet") in str(caught.value)


def test_missing_columns_are_named(tmp_path, rows, day):
    """A missing column or time column comes with the nearest name and the list of columns."""
    rows.to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(SourceError, match=r"'ammount' \(did you mean 'amount'\?\); it has id, at, amount"):
        read(tmp_path / "rows.parquet", day(0), columns=["ammount"])
    with pytest.raises(SourceError, match="no column 'time'"):
        read(tmp_path / "rows.parquet", day(0), TimeColumn(name="time"))


@pytest.mark.parametrize(("name", "content"), [("a.parquet", b"PAR1 half"), ("a.csv", b""), ("b.csv", b"at,n\n1,2\n3")])
def test_a_damaged_file_is_named(tmp_path, day, name, content):
    """A truncated or empty file is an error with its path."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=f"{name} cannot be read"):
        read(tmp_path / name, day(0))


def test_unknown_endings_need_a_format(tmp_path, rows, day):
    """A file of unknown ending is refused until its format is declared."""
    rows.to_csv(tmp_path / "rows.txt", index=False, sep=";")
    with pytest.raises(SourceError, match="set `format: parquet` or `format: csv`"):
        read(tmp_path / "rows.txt", day(0))
    assert read(tmp_path / "rows.txt", day(0), format="csv", delimiter=";").num_rows == 24


def test_rows_without_a_time_are_reported(tmp_path, rows, day, caplog):
    """A row without a time is in no window, and a warning counts it."""
    rows.assign(at=rows["at"].where(rows["id"] != 5)).to_parquet(tmp_path / "rows.parquet")
    assert read(tmp_path / "rows.parquet", day(0)).num_rows == 23
    assert "1 rows have no at" in caplog.text


def test_type_inference_of_csv_sees_all_rows(tmp_path, day):
    """A column that turns from numbers to text late in a large CSV file is text, not an error."""
    lines = [f"2024-01-01T00:00:00Z,{'x' if number == 199_999 else number}" for number in range(200_000)]
    (tmp_path / "rows.csv").write_text("\n".join(["at,n", *lines]))
    table = read(tmp_path / "rows.csv", day(0))
    assert table.num_rows == 200_000
    assert table.schema.field("n").type == pa.string()


def test_the_time_filter_reaches_parquet(tmp_path, rows, day):
    """Row groups far from the window are not read: a damaged one does no harm."""
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pandas(rows), path, row_group_size=24, compression="none")
    first = pq.ParquetFile(path).metadata.row_group(0).column(0)
    damaged = bytearray(path.read_bytes())
    offset = first.dictionary_page_offset or first.data_page_offset
    damaged[offset : offset + 20] = b"\xff" * 20
    path.write_bytes(damaged)
    assert read(path, day(3)).num_rows == 24
    with pytest.raises(SourceError, match="cannot be read"):
        read(path, day(0))


def test_object_stores_are_read_through_airflow(rows, day):
    """Files in an object store are found by glob and read like local ones."""
    import fsspec
    from airflow.sdk.io import attach

    store = fsspec.filesystem("memory")
    attach("memory", fs=store)
    for number in range(2):
        store.pipe_file(f"/bucket/rows/{number}.parquet", rows[number * 24 : (number + 1) * 24].to_parquet())
    assert read("memory://bucket/rows/*.parquet", day(0, 4)).num_rows == 48
    assert read("memory://bucket/rows", day(0, 4)).num_rows == 48
    with pytest.raises(SourceError, match="no object matches"):
        read("memory://bucket/gone/*.parquet", day(0))


def test_a_missing_provider_is_named(day):
    """A scheme whose package is not installed says what to install."""
    with pytest.raises(SourceError, match="install the Airflow provider"):
        read("nosuch://bucket/rows.parquet", day(0))
