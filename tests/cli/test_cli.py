"""The command line: what it writes, what it says, and how it answers bad input."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.retraining.cli import main
from include.retraining.cli.tables import read_reference
from include.retraining.data.store import open_store
from include.retraining.flow import run_interval
from include.retraining.results.run import Launch
from include.retraining.settings import PROJECT
from include.retraining.spec.loading import load_spec
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import Workplace
from tests.world import interval_of

SHORT = """\
name: roast
task: regression
schedule: "0 0 * * *"
start_date: 2024-01-11
end_date: 2024-01-14
data:
  features: {use: files, uri: rows.parquet}
  time: at
  target: moisture
  ignore: [id]
labels: {expected_delay: 1d, minimum: 100}
retrain: {window: {minimum_rows: 300}}
"""


@pytest.fixture
def models(tmp_path: Path, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one model file and its data."""
    rows.to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "roast.yaml").write_text(SHORT)
    monkeypatch.setenv("RETRAINING_MODELS", str(tmp_path))
    return tmp_path


def test_a_backtest_tells_of_every_interval(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model file of fewer than 15 lines, wherever it lies, is enough to replay history into JSON and a report."""
    monkeypatch.setenv("RETRAINING_MODELS", str(models / "elsewhere"))
    assert len(SHORT.splitlines()) < 15
    arguments = ["backtest", str(models / "roast.yaml"), "--against", "never", "--store", str(models / "work")]
    arguments += ["--json", str(models / "b.json"), "--html", str(models / "b.html"), "--processes", "1"]
    assert main(arguments) == 0
    found = json.loads((models / "b.json").read_text())
    assert [interval["start"][:10] for interval in found["intervals"]] == ["2024-01-11", "2024-01-12", "2024-01-13"]
    declared, never = found["policies"]
    assert (declared["name"], never["name"]) == ("declared", "never")
    assert declared["figures"][0] is None
    assert declared["figures"][1:] == never["figures"][1:] != [None, None]
    assert found["rows"] == [0, 240, 240]
    assert "roast" in (models / "b.html").read_text()
    said = capsys.readouterr().out
    assert "Recommended: `declared`" in said or "Recommended: `never`" in said
    assert "3 intervals" in said
    assert "--fresh" in said


def test_ctrl_c_ends_a_backtest_at_once_and_it_goes_on_later(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The interrupt reaches all processes of the terminal; what is said is a sentence, and no traceback."""
    command = [sys.executable, "-m", "include.retraining", "backtest", str(models / "roast.yaml"), "--processes", "1"]
    work = models / "work"
    with subprocess.Popen([*command, "--store", str(work)], stderr=subprocess.PIPE, text=True, start_new_session=True,
                          cwd=PROJECT) as running:  # fmt: skip
        while not list(work.rglob("history/*--plain.json")):  # the first interval has ended
            assert running.poll() is None
            time.sleep(0.1)
        os.killpg(running.pid, signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    assert running.returncode == 130
    assert "Interrupted. Without --fresh the same command goes on from here" in said
    assert "Traceback" not in said
    ended = {path.name: path.stat().st_mtime_ns for path in work.rglob("history/*--plain.json")}
    assert 1 <= len(ended) < 3
    assert main(["backtest", str(models / "roast.yaml"), "--processes", "1", "--store", str(work)]) == 0
    assert "3 intervals" in capsys.readouterr().out
    now = {path.name: path.stat().st_mtime_ns for path in work.rglob("history/*--plain.json")}
    assert len(now) == 3
    assert {name: now[name] for name in ended} == ended


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["backtest", "roats"], ["no model 'roats'", "roast"]),
        (["backtest", "roast", "--against", "nevr"], ["no rule 'nevr'", "did you mean 'never'"]),
        (["backtest", "roast", "--policy", "declard"], ["no policy 'declard'", "did you mean 'declared'"]),
        (["backtest", "roast", "--from", "2024-02-01", "--until", "2024-02-01"], ["no interval", "widen"]),
        (["drift", "--reference", "none.parquet", "--current", "none.csv"], ["no file none.parquet"]),
        (["drift", "--reference", "roast.yaml", "--current", "none.csv"], ["roast.yaml", "Parquet"]),
        (
            ["drift", "--reference", "broken.json", "--current", "none.csv"],
            ["broken.json", "no drift profile", "save-profile"],
        ),
        (["new", "roast", "--data", "x", "--time", "at", "--target", "y"], ["exists", "another name"]),
    ],
)
def test_bad_input_ends_with_a_sentence(
    models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: list[str],
) -> None:
    """The exit code is 2, and standard error says what is wrong and what to do."""
    (models / "broken.json").write_text("[1, 2")
    monkeypatch.chdir(models)
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    for word in words:
        assert word in said


def test_a_budget_is_a_number_of_trainings(capsys: pytest.CaptureFixture[str]) -> None:
    """A negative one would leave no policy to recommend."""
    with pytest.raises(SystemExit):
        main(["backtest", "roast", "--budget", "-1"])
    assert "'-1' is no number of trainings" in capsys.readouterr().err


@pytest.mark.usefixtures("models")
def test_check_passes_what_can_be_made(capsys: pytest.CaptureFixture[str]) -> None:
    """A sound model file is reported as such."""
    assert main(["check"]) == 0
    assert "roast: ok" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("expected_delay", "expected_dely", "Did you mean 'expected_delay'"),
        ("uri: rows.parquet", "url: rows.parquet", "uri"),
        ("task: regression", "task: regression\ntrainer: {params: {max_itr: 5}}", "max_iter"),
        ("task: regression", "task: regression\ntrainer: {search: {params: {max_itr: [5, 9]}}}", "max_iter"),
        ("task: regression", "task: regression\nperformance: {metric: roc_auc}", "roc_auc"),
        (
            "task: regression",
            "task: regression\nvalidation: {expectations: [{type: expect_column_to_exsist, column: a}]}",
            "expect_column_to_exist",
        ),
    ],
)
def test_check_names_what_cannot_be_made(
    models: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, word: str
) -> None:
    """Sources, trainers, metrics and expectations are made once, so that mistakes show before the first run."""
    (models / "roast.yaml").write_text(SHORT.replace(old, new))
    assert main(["check"]) == 2
    assert word in capsys.readouterr().out


def test_drift_of_two_files(models: Path, rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    """Two files are compared without a model file, whatever their formats."""
    rows.drop(columns=["id", "at"]).to_parquet(models / "then.parquet")
    now = rows.drop(columns=["id", "at"]).tail(500)
    now.assign(heat=now["heat"] + 5).to_csv(models / "now.csv", index=False)
    arguments = ["drift", "--reference", str(models / "then.parquet"), "--current", str(models / "now.csv")]
    out, page = models / "drift.json", models / "drift.html"
    assert main([*arguments, "--ignore", "moisture", "--json", str(out), "--html", str(page)]) == 0
    found = json.loads(out.read_text())
    drifted = [column["column"] for column in found["columns"] if any(one["drifted"] for one in column["findings"])]
    assert drifted == ["heat"]
    assert "heat" in capsys.readouterr().out
    assert "heat" in page.read_text()


def test_of_a_large_reference_rows_are_drawn_evenly(tmp_path: Path) -> None:
    """As many as are allowed, in their order, the same at each reading and however the file is cut into row groups."""
    table = pa.table({"row": np.arange(50_000), "half": np.arange(50_000) % 2})
    drawn = []
    for size in (700, 50_000):
        pq.write_table(table, tmp_path / "rows.parquet", row_group_size=size)
        drawn.append(read_reference(tmp_path / "rows.parquet", values=20_000))
    assert drawn[0].equals(drawn[1])
    rows = drawn[0].column("row").to_numpy()
    assert len(rows) == pytest.approx(10_000, rel=0.03)
    assert (np.diff(rows) > 0).all()
    assert np.histogram(rows, 10, (0, 50_000))[0] == pytest.approx([len(rows) / 10] * 10, rel=0.1)
    assert drawn[0].column("half").to_numpy().mean() == pytest.approx(0.5, abs=0.02)
    assert read_reference(tmp_path / "rows.parquet").num_rows == 50_000


def test_a_kept_profile_stands_for_the_reference(models: Path, rows: pd.DataFrame) -> None:
    """It gives the same findings; `--fail-on-drift` tells a script."""
    rows.drop(columns=["id"]).to_parquet(models / "then.parquet")
    rows.assign(heat=rows["heat"] + 5).drop(columns=["id"]).to_parquet(models / "now.parquet")
    files = {name: str(models / name) for name in ("then.parquet", "now.parquet", "profile.json", "a.json", "b.json")}
    options = ["--time", "at", "--period", "1d", "--save-profile", files["profile.json"], "--json", files["a.json"]]
    assert main(["drift", "--reference", files["then.parquet"], "--current", files["now.parquet"], *options]) == 0
    again = ["--current", files["now.parquet"], "--json", files["b.json"], "--fail-on-drift"]
    assert main(["drift", "--reference", files["profile.json"], *again]) == 1
    first, second = (json.loads((models / name).read_text()) for name in ("a.json", "b.json"))
    assert first == second
    assert "at" not in {column["column"] for column in first["columns"]}


def test_new_writes_a_model_file_that_loads(models: Path) -> None:
    """The task, the start and the time zone follow from the data."""
    data = str(models / "rows.parquet")
    assert main(["new", "again", "--data", data, "--time", "at", "--target", "moisture", "--key", "id"]) == 0
    spec = load_spec(models / "again.yaml")
    assert (spec.task, str(spec.start_date)) == ("regression", "2024-01-11")


def test_the_exported_schema_is_current() -> None:
    """Editors complete against the same fields that are checked."""
    exported = json.loads((PROJECT / "include/models/model.schema.json").read_text())
    assert exported == ModelSpec.model_json_schema()


def test_reproduce_says_whether_predictions_agree(
    models: Path, rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 while the source is as it was, 1 once it has changed, 2 for what is not there."""
    model, store, page = str(models / "roast.yaml"), str(models / "store"), models / "found.json"
    workplace = Workplace(load_spec(models / "roast.yaml"), open_store(store).child("roast"), None)
    assert run_interval(workplace, interval_of(10), Launch(kind="scheduled")).promoted
    (models / "roast.yaml").write_text(SHORT + "trainer: {seed: 7}\n")
    arguments = ["reproduce", model, "champion", "--store", store, "--json", str(page)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "rows         the same" in said
    assert "trainer.seed 0 then, 7 now; what was declared then was used" in said
    assert said.count("predictions  agree") == 2
    assert json.loads(page.read_text())["rows"]["train_then"] > 0
    rows.assign(size=rows["size"] + (rows["id"] < 500)).to_parquet(models / "rows.parquet")
    assert main(arguments) == 1
    assert "changed in the source since" in capsys.readouterr().out
    assert main([*arguments[:2], "12", *arguments[3:]]) == 2
    assert "no version '12'" in capsys.readouterr().err
