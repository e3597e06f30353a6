"""On request: what each feature told on the holdout, and tells on the newest labels."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.retraining.cli import main
from include.retraining.errors import DataError
from include.retraining.flow import run_interval
from include.retraining.results.concept import Explanation
from include.retraining.results.run import Launch
from include.retraining.steps.explain import explain
from include.retraining.steps.workplace import HELD_FILE, Workplace
from tests.world import ROWS_A_DAY, interval_of

LOST = 11  # day from which `size` says nothing about the target any more


@pytest.fixture
def lived(workplace: Workplace, tmp_path: Path) -> Workplace:
    """A champion of day 10, and labels of the days after it in which one feature has lost its meaning."""
    rows = pd.read_parquet(tmp_path / "rows.parquet")
    lost = rows["id"] >= LOST * ROWS_A_DAY
    shuffled = np.random.default_rng(0).permutation(rows.loc[lost, "size"].to_numpy())
    rows.loc[lost, "size"] = shuffled
    rows.to_parquet(tmp_path / "rows.parquet")
    for day in (10, 11, 12, 13):
        run_interval(workplace, interval_of(day), Launch(kind="scheduled"))
    return workplace


def test_a_feature_that_lost_its_meaning_comes_first(lived: Workplace) -> None:
    """It told most then and tells nothing now; without it nothing is lost any more. Held labels play no part."""
    found = explain(lived)
    assert found.interval == interval_of(13)
    assert found.rows_now >= ROWS_A_DAY
    first = found.cause.features[0]
    assert first.feature == "size"
    assert None not in (first.alone_then, first.alone_now, first.without_then, first.without_now)
    assert first.alone_now > 1.5 * first.alone_then
    assert first.without_now == pytest.approx(found.cause.all_now, rel=0.1)
    assert first.without_then > 1.5 * found.cause.all_then
    (point,) = lived.history(interval_of(13).end)[-1:]
    held = lived.folder.child(point.folder)
    held.write_frame(HELD_FILE, pd.DataFrame({"id": np.arange(LOST * ROWS_A_DAY, 40 * ROWS_A_DAY)}))
    fewer = explain(lived)
    assert fewer.rows_now < found.rows_now


def test_the_command_line_tells_it(lived: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a table and as JSON, and of an earlier interval too."""
    model = tmp_path / "roast.yaml"
    model.write_text(lived.spec.model_dump_json())
    store, page = str(tmp_path / "store"), tmp_path / "found.json"
    arguments = ["explain", str(model), "--store", store, "--json", str(page)]
    assert main(arguments) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"roast, {interval_of(13)}, ")
    assert said[3].split()[0] == "size"
    assert Explanation.model_validate_json(page.read_text()).cause.features[0].feature == "size"
    assert json.loads(page.read_text())["interval"]["start"].startswith("2024-01-14")
    assert main([*arguments, "--at", "2024-01-13"]) == 0
    assert str(interval_of(11)) in capsys.readouterr().out


def test_what_cannot_be_explained_is_said(workplace: Workplace) -> None:
    """Nothing looked at, and nothing judged by labels."""
    with pytest.raises(DataError, match="no interval has been looked at"):
        explain(workplace)
    run_interval(workplace, interval_of(10), Launch(kind="scheduled"))
    with pytest.raises(DataError, match="no champion had been judged by labels"):
        explain(workplace)
    with pytest.raises(DataError, match="by 2024-01-02"):
        explain(workplace, interval_of(0).end)
