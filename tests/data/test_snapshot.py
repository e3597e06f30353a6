"""A snapshot is what one run saw: complete, sealed, and the same when taken again."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest

from include.retraining.data import reading
from include.retraining.data.snapshot import read_training_rows, take_snapshot
from include.retraining.data.store import Folder
from include.retraining.errors import SourceError, StoreError
from include.retraining.results.run import Interval, Launch, Snapshot


def opened(run, store):
    """Read a run's manifest and both its files."""
    folder = store.child(run.folder)
    snapshot = folder.read_record("snapshot.json", Snapshot)
    folder.verify(snapshot.files)
    return snapshot, folder.read_frame("batch.parquet"), folder.read_frame("labelled.parquet")


def content(path):
    """Map every file below a path to its bytes and the time of its last change."""
    return {str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in path.rglob("*") if file.is_file()}


@pytest.fixture
def store(tmp_path):
    """Give a model's folder in an empty store."""
    return Folder(tmp_path / "store")


@pytest.fixture
def one_file(tmp_path, rows, make_spec):
    """Build a model whose target stands in its feature rows, written to one file."""

    def build(frame=rows, delay="12h", **data):
        frame.to_parquet(tmp_path / "rows.parquet")
        features = {"use": "files", "uri": str(tmp_path / "rows.parquet")}
        return make_spec({"features": features, **data}, labels={"expected_delay": delay})

    return build


def test_batch_and_arrived_labels(two_files, day, launch, store):
    """The batch holds the day's rows; the labelled rows are those whose label came that day."""
    snapshot, batch, labelled = opened(take_snapshot(two_files, day(1), launch, store), store)
    assert batch["id"].tolist() == list(range(24, 48))
    assert labelled["id"].tolist() == list(range(12, 36))
    assert {"amount", "shop", "bought", "known_at"} <= set(labelled)
    assert (snapshot.rows, snapshot.labelled_rows, snapshot.join.matched) == (24, 24, 24)
    assert list(snapshot.columns) == ["id", "at", "amount", "shop"]
    assert (snapshot.columns["at"], snapshot.columns["amount"]) == ("timestamp[us, tz=UTC]", "double")
    assert str(batch["at"].dt.tz) == "UTC"


def test_taking_it_again_finds_the_same_folder(two_files, day, launch, store, tmp_path):
    """A rerun of the same interval on the same source writes nothing and names the same folder."""
    run = take_snapshot(two_files, day(1), launch, store)
    before = content(tmp_path / "store")
    assert take_snapshot(two_files, day(1), launch, store) == run
    assert content(tmp_path / "store") == before
    assert run.folder.startswith("intervals/20240102T000000Z_20240103T000000Z/")


def test_another_store_gets_identical_bytes(two_files, day, launch, tmp_path):
    """Two stores that took the same snapshot hold the same bytes under the same name."""
    runs = [take_snapshot(two_files, day(1), launch, Folder(tmp_path / name)) for name in "ab"]
    assert runs[0].folder == runs[1].folder
    for name in ("batch.parquet", "labelled.parquet", "snapshot.json"):
        assert len({(tmp_path / store / runs[0].folder / name).read_bytes() for store in "ab"}) == 1


def test_changed_data_and_asked_for_runs_get_their_own_folder(one_file, rows, day, launch, store):
    """Other content, a forced run and another forced run all lie apart, and keep the digest of the data."""
    spec = one_file()
    plain = take_snapshot(spec, day(0), launch, store)
    forced = [
        take_snapshot(spec, day(0), Launch(kind="manual", force_retrain=True, run_id=run_id), store) for run_id in "ab"
    ]
    by_hand = take_snapshot(spec, day(0), Launch(kind="manual", run_id="c"), store)
    changed = take_snapshot(one_file(rows.assign(amount=0.0)), day(0), launch, store)
    assert len({run.folder for run in (plain, *forced, changed)}) == 4
    assert by_hand.folder == plain.folder
    assert opened(forced[0], store)[0].sha256 == opened(plain, store)[0].sha256
    assert opened(changed, store)[0].sha256 != opened(plain, store)[0].sha256


@pytest.mark.parametrize("failing", ["batch.parquet", "labelled.parquet", "snapshot.json"])
def test_a_crash_between_files_leaves_no_snapshot(two_files, day, launch, store, monkeypatch, failing):
    """A crash before any of the files leaves nothing that reads as a snapshot, and the next try succeeds."""
    complete = take_snapshot(two_files, day(1), launch, Folder(f"{store}-elsewhere"))
    for method in ("write_file", "write_record"):
        original = getattr(Folder, method)

        def crash(self, name, *args, original=original):
            if name == failing:
                raise OSError("disk full")
            return original(self, name, *args)

        monkeypatch.setattr(Folder, method, crash)
    with pytest.raises(OSError, match="disk full"):
        take_snapshot(two_files, day(1), launch, store)
    assert not store.child(complete.folder).exists("snapshot.json")
    monkeypatch.undo()
    assert take_snapshot(two_files, day(1), launch, store) == complete
    assert opened(complete, store)[0].rows == 24


def test_damage_is_noticed_on_a_rerun(two_files, day, launch, store):
    """A rerun never trusts a sealed file that has changed."""
    run = take_snapshot(two_files, day(1), launch, store)
    store.child(run.folder).write_bytes("batch.parquet", b"damaged")
    with pytest.raises(StoreError, match="not the file that was sealed"):
        take_snapshot(two_files, day(1), launch, store)


def test_an_interval_without_rows_is_a_snapshot(two_files, day, launch, store):
    """Nothing to read gives no rows, but all columns: the validation decides what that means."""
    snapshot, batch, labelled = opened(take_snapshot(two_files, day(30), launch, store), store)
    assert (snapshot.rows, snapshot.labelled_rows, snapshot.join.labels) == (0, 0, 0)
    assert batch.columns.tolist() == ["id", "at", "amount", "shop"]
    assert labelled.columns.tolist() == ["id", "at", "amount", "shop", "bought", "known_at"]


def test_own_targets_arrive_after_the_expected_delay(one_file, day, launch, store):
    """Without label times, a target counts as known the expected delay after its row."""
    spec = one_file(ignore=["known_at", "id"])
    snapshot, batch, labelled = opened(take_snapshot(spec, day(1), launch, store), store)
    assert labelled["id"].tolist() == list(range(12, 36))
    assert batch["__key"].tolist()[0] == "2024-01-02T00:00:00.000000Z#0"
    assert batch["bought"].notna().tolist() == [True] * 12 + [False] * 12
    assert "__label_time" not in batch
    assert (snapshot.join.labels, snapshot.join.matched, snapshot.join.orphans) == (24, 24, 0)


def test_own_targets_with_a_time_are_hidden_until_then(one_file, rows, day, launch, store):
    """A target whose label time is after the interval is not in the batch, though the source has it by now."""
    late = rows["known_at"] + pd.Timedelta(hours=6)
    spec = one_file(rows.assign(known_at=late.dt.tz_localize(None)), label_time="known_at", key="id", timezone="UTC")
    _, batch, labelled = opened(take_snapshot(spec, day(1), launch, store), store)
    assert batch["bought"].notna().sum() == 6
    assert batch["known_at"].notna().sum() == 6
    assert labelled["id"].tolist() == list(range(6, 30))
    assert labelled["known_at"].dt.tz is not None


def test_categories_are_read_by_their_values(one_file, rows, day, launch, store):
    """Columns that the source stores as categories, target and key among them, work like text."""
    frame = rows.assign(bought=rows["bought"].map({0: "no", 1: "yes"}))
    frame = frame.astype({"bought": "category", "shop": "category", "id": str}).astype({"id": "category"})
    _, batch, labelled = opened(take_snapshot(one_file(frame, key="id"), day(1), launch, store), store)
    assert set(batch["bought"].dropna()) == set(labelled["bought"]) == {"no", "yes"}
    assert labelled["id"].tolist() == [str(number) for number in range(12, 36)]


def test_labels_reach_back_no_further_than_the_maximum_delay(two_files, day, launch, store):
    """A label whose row is older than `maximum_delay` before the interval is an orphan."""
    strict = two_files.labels.model_copy(update={"maximum_delay": dt.timedelta(hours=6), "minimum_join_rate": 0.5})
    spec = two_files.model_copy(update={"labels": strict})
    snapshot, _, labelled = opened(take_snapshot(spec, day(1), launch, store), store)
    assert labelled["id"].tolist() == list(range(18, 36))
    assert snapshot.join.orphans == 6
    assert snapshot.join.usable


class Given:
    """A source that gives the tables that the test has put into it."""

    tables = ()

    def read(self, window, time, columns=None):
        """Give the tables, whatever the window."""
        assert window.start < window.end
        assert time.name == "at"
        assert columns is None
        yield from self.tables


def test_rows_without_key_or_time_are_kept(make_spec, day, launch, store, monkeypatch):
    """What a source gives is in the batch, nulls included, so that the validation can name them."""
    at = pa.array([day(0).start, None], pa.timestamp("us", "UTC"))
    monkeypatch.setattr(Given, "tables", (pa.table({"id": ["a", None], "at": at, "bought": [1, 0]}),))
    monkeypatch.setattr(reading, "make_source", lambda _: Given())
    spec = make_spec({"features": {"use": "files"}, "key": "id"})
    snapshot, batch, _ = opened(take_snapshot(spec, day(0), launch, store), store)
    assert snapshot.rows == 2
    assert batch["id"].isna().tolist() == batch["at"].isna().tolist() == [False, True]


def test_columns_that_change_within_a_batch_stay_readable(make_spec, day, launch, store, monkeypatch):
    """A column that goes missing or changes its type between chunks is stored, for the validation to name."""
    at = pa.array([day(0).start], pa.timestamp("us", "UTC"))
    chunks = (
        pa.table({"at": at, "bought": [1], "amount": [1.5], "shop": ["north"]}),
        pa.table({"at": at, "bought": [0], "amount": ["much"]}),
    )
    monkeypatch.setattr(Given, "tables", chunks)
    monkeypatch.setattr(reading, "make_source", lambda _: Given())
    spec = make_spec({"features": {"use": "files"}})
    snapshot, batch, labelled = opened(take_snapshot(spec, day(0), launch, store), store)
    assert batch["amount"].tolist() == ["1.5", "much"]
    assert batch["shop"].isna().tolist() == [False, True]
    assert snapshot.columns["amount"] == "string"
    assert len(labelled) == 2


def test_a_misspelt_target_is_an_error(one_file, day, launch, store):
    """A target that no row has is an error, not an interval without labels."""
    with pytest.raises(SourceError, match=r"'bougth' \(did you mean 'bought'\?\)"):
        take_snapshot(one_file(target="bougth"), day(0), launch, store)


def test_training_rows_know_only_what_was_known(two_files, day):
    """Rows are those of the window whose label had come by then, the last moment included."""
    as_of = day(1).end
    rows = read_training_rows(two_files, day(0, 2), as_of)
    assert rows["id"].tolist() == list(range(37))
    assert (rows["known_at"] <= as_of).all()
    assert rows["at"].is_monotonic_increasing


@pytest.mark.parametrize("own", [True, False])
def test_training_rows_hold_only_what_is_needed(two_files, one_file, day, own):
    """Declared features, segments and checked columns are read, and nothing else."""
    spec = one_file(key="id", label_time="known_at") if own else two_files
    checks = {"expectations": ({"type": "expect_column_values_to_not_be_null", "column": "amount"},)}
    data = spec.data.model_copy(update={"categorical": ("shop",)})
    validation = spec.validation.model_validate(checks)
    declared = spec.model_copy(update={"data": data, "validation": validation})
    rows = read_training_rows(declared, day(0), day(2).end)
    assert set(rows) == {"id", "at", "shop", "amount", "bought", "known_at"}
    ignoring = spec.model_copy(update={"data": spec.data.model_copy(update={"ignore": ("amount", "shop", "id")})})
    assert set(read_training_rows(ignoring, day(0), day(2).end)) == {"id", "at", "bought", "known_at"}


def test_contradicting_labels_never_train(one_file, rows, day):
    """Of repeated keys with one target a single row stays, of those that contradict each other none."""
    twice = pd.concat([rows, rows[:2], rows[2:4].assign(bought=1 - rows["bought"][2:4])])
    training = read_training_rows(one_file(twice, key="id", label_time="known_at"), day(0), day(3).end)
    assert training["id"].tolist() == [0, 1, *range(4, 24)]


def test_training_rows_may_be_none(two_files, day):
    """A window without labelled rows gives an empty frame with its columns."""
    assert len(read_training_rows(two_files, day(30), day(31).end)) == 0
    assert len(read_training_rows(two_files, day(0), day(0).start)) == 0


def test_snapshots_of_adjacent_days_cover_every_label_once(two_files, launch, store, day):
    """Day by day, each row and each label is in exactly one snapshot."""
    taken = [opened(take_snapshot(two_files, day(number), launch, store), store) for number in range(5)]
    assert [value for _, batch, _ in taken for value in batch["id"]] == list(range(96))
    assert [value for _, _, labelled in taken for value in labelled["id"]] == list(range(96))


def test_a_window_may_begin_before_the_first_row(two_files, launch, store, day):
    """An interval that only partly has data is read as far as it goes."""
    interval = Interval(start=day(-5).start, end=day(0).end)
    assert opened(take_snapshot(two_files, interval, launch, store), store)[0].rows == 24


def test_early_labels_wait_until_their_row_is_of_age(two_files, day, launch, store):
    """Each label counts once: when its row is a day and a half old, or when it arrives later than that."""
    patient = two_files.labels.model_copy(update={"maturity": dt.timedelta(hours=36)})
    spec = two_files.model_copy(update={"labels": patient})
    snapshot, _, labelled = opened(take_snapshot(spec, day(2), launch, store), store)
    assert labelled["id"].tolist() == list(range(12, 36))
    assert snapshot.join.labels == 24
    late = two_files.labels.model_copy(update={"maturity": dt.timedelta(hours=6)})
    _, _, labelled = opened(take_snapshot(two_files.model_copy(update={"labels": late}), day(1), launch, store), store)
    assert labelled["id"].tolist() == list(range(12, 36))


@pytest.fixture
def relabelled(two_files, tmp_path):
    """Declare where labels made again arrive, and write them there as text with a line for each."""

    def build(*lines):
        (tmp_path / "again.csv").write_text("\n".join(["id,bought,known_at,remark", *lines]) + "\n")
        relabels = {"use": "files", "uri": str(tmp_path / "again.csv")}
        document = two_files.model_dump(mode="json", exclude_unset=True)
        return type(two_files).model_validate({**document, "data": {**document["data"], "relabels": relabels}})

    return build


def test_labels_made_again_are_sealed_as_they_were_known(relabelled, two_files, day, launch, store):
    """All that were known by the end, however old, of a key the newest; another snapshot than without them."""
    spec = relabelled(
        "5,1,2024-01-01T20:00:00Z,first",
        "5,0,2024-01-02T08:00:00Z,second",
        "9,1,2024-01-03T08:00:00Z,too late",
        "7,,2024-01-02T09:00:00Z,lost",
    )
    runs = [take_snapshot(spec, day(number), launch, store) for number in (0, 1)]
    seals = [store.child(run.folder).read_frame("relabels.parquet").set_index("id")["bought"] for run in runs]
    assert [seal.to_dict() for seal in seals] == [{5: 1}, {5: 0}]
    assert take_snapshot(spec, day(1), launch, store) == runs[1]
    plain = take_snapshot(two_files, day(1), launch, store)
    assert plain.folder != runs[1].folder
    assert not store.child(plain.folder).exists("relabels.parquet")


def test_a_file_with_headings_only_holds_no_labels_made_again(relabelled, day, launch, store):
    """The laboratory has sent nothing yet."""
    run = take_snapshot(relabelled(), day(1), launch, store)
    assert store.child(run.folder).read_frame("relabels.parquet").empty
