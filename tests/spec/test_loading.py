"""Model files: good ones load, bad ones say what to mend and where."""

from pathlib import Path

import pytest

from include.retraining import settings
from include.retraining.errors import SpecError
from include.retraining.spec.loading import load_spec, load_specs

GOOD = """\
name: demand
task: regression
schedule: "0 0 * * *"
start_date: 2020-01-01
data:
  features: {use: files, uri: demand.parquet}
  time: at
  target: count
retrain: {when: [performance_drop, {age: 90d}], cooldown: 14d}
"""


def write(folder: Path, text: str, name: str = "demand") -> Path:
    """Write a model file."""
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return path


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    """Everything that is left out has a default."""
    spec = load_spec(write(tmp_path, GOOD))
    assert spec.metric == "mae"
    assert spec.retrain.maximum_age is not None
    assert spec.retrain.maximum_age.days == 90
    assert spec.data.features.params == {"uri": "demand.parquet"}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("task: regression", "task: regresion", 2, ["Did you mean 'regression'?", "binary_classification"]),
        ('"0 0 * * *"', "hourly", 3, ["no cron expression", "five fields"]),
        ("use: files", "use: file", 6, ["unknown source 'file'", "Did you mean 'files'?", "sql"]),
        ("  time: at", "  tiem: at", 7, ["unknown field", "Did you mean 'time'?"]),
        ("  target: count\n", "", 5, ["data.target: missing", "What the model predicts"]),
        ("age: 90d", "age: 90", 9, ["not a duration", "7d"]),
        ("[performance_drop,", "[performance_dorp,", 9, ["Did you mean 'performance_drop'?"]),
        ("target: count", "target: count\n  timezone: Mars/Base", 9, ["no time zone", "Europe/Berlin"]),
        ("target: count", "target: count\n  numeric: [a, count]", 5, ["count", "cannot be features"]),
        ("name: demand", "name: Demand!", 1, ["does not match"]),
        ("cooldown: 14d", "cooldown: 14d, cooldown: 7d", 9, ["stands twice"]),
        ("data:", "data: [", 7, ["not valid YAML"]),
    ],
)
def test_a_problem_names_line_reason_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, words: list[str]
) -> None:
    """Each mistake is reported with its file, its line, the reason and what is allowed."""
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(SpecError) as caught:
        load_spec(path)
    message = str(caught.value)
    assert str(path) in message
    assert f"line {line}:" in message
    for word in words:
        assert word in message


def test_a_labels_source_needs_a_key_and_an_arrival_time(tmp_path: Path) -> None:
    """Labels that live elsewhere cannot be joined without a key."""
    text = GOOD.replace("  time: at", "  labels: {use: files, uri: labels.parquet}\n  time: at")
    with pytest.raises(SpecError, match="`key` must name the column"):
        load_spec(write(tmp_path, text))


def test_a_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    """Sound models load although one file is broken, and the broken one is reported by path."""
    write(tmp_path, GOOD)
    broken = write(tmp_path, GOOD.replace("regression", "guess"), "broken")
    loaded = load_specs(tmp_path)
    assert set(loaded.specs) == {"demand"}
    assert set(loaded.errors) == {broken}


@pytest.mark.parametrize("source", ["labels", "relabels"])
@pytest.mark.parametrize(("there", "missing"), [("", "`key`"), ("  key: id\n", "`label_time`")])
def test_labels_from_elsewhere_are_joined_and_dated(tmp_path: Path, source: str, there: str, missing: str) -> None:
    """Those made again too."""
    text = GOOD.replace("  time: at", f"  {source}: {{use: files, uri: other.parquet}}\n{there}  time: at")
    with pytest.raises(SpecError, match=f"`{source}` is a source of its own: {missing}"):
        load_spec(write(tmp_path, text))


def test_the_name_must_be_the_file_name(tmp_path: Path) -> None:
    """A model is found by its file name, so both must agree."""
    path = write(tmp_path, GOOD, "other")
    assert "rename the file to demand.yaml" in load_specs(tmp_path).errors[path]


def test_every_shipped_model_file_is_sound() -> None:
    """The project's own model files load."""
    loaded = load_specs(settings.models_folder())
    assert not loaded.errors
    assert "flight_delay" in loaded.specs


@pytest.mark.parametrize("text", ["", "- a\n", "\t"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    """Empty files and lists get a message, not a traceback."""
    with pytest.raises(SpecError):
        load_spec(write(tmp_path, text))


def test_an_impossible_date_is_refused(tmp_path: Path) -> None:
    """YAML's own scalar errors become a SpecError too."""
    with pytest.raises(SpecError, match="day is out of range"):
        load_spec(write(tmp_path, GOOD.replace("2020-01-01", "2020-02-30")))
