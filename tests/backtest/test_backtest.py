"""A whole backtest on a small world: who trains when, what it brought, and that work is done once."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from threading import Event

import numpy as np
import pandas as pd
import pytest

from include.retraining.backtest import ground as ground_module
from include.retraining.backtest import history as history_module
from include.retraining.backtest import replay as replay_module
from include.retraining.backtest import run as run_module
from include.retraining.backtest.ground import Ground
from include.retraining.backtest.history import keep_history
from include.retraining.backtest.judge import Contest, share_out
from include.retraining.backtest.policies import Policy, read_policy, read_rule
from include.retraining.backtest.recommend import recommend
from include.retraining.backtest.replay import backtest
from include.retraining.backtest.run import Plan, run
from include.retraining.data.reading import read_batch, read_labelled
from include.retraining.data.snapshot import read_training_rows
from include.retraining.data.store import open_store
from include.retraining.data.validation import validate_rows
from include.retraining.errors import SourceError, UnknownNameError
from include.retraining.flow import intervals
from include.retraining.metrics.catalogue import MAE
from include.retraining.results.run import Interval
from include.retraining.steps.workplace import Workplace
from include.retraining.training.learn import fit_rows
from include.retraining.training.plan import plan_training
from include.retraining.training.predict import predict
from include.retraining.training.windows import EARLIEST, choose_window
from tests.world import TURN

RULES = ("never", "always", "every:2", "adwin")
DAYS = 27
FIRST = 16  # day of the first interval


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A relation that turns on day 20, two policies and five rules, replayed once for all tests here."""
    from tests import world

    folder = tmp_path_factory.mktemp("backtest")
    rows = world.make_rows(DAYS)
    rows.to_parquet(folder / "rows.parquet")
    spec = world.ModelSpec.model_validate(
        {
            "name": "roast",
            "task": "regression",
            "schedule": "0 0 * * *",
            "start_date": "2024-01-17",
            "data": {
                "features": {"use": "files", "uri": str(folder / "rows.parquet")},
                "key": "id",
                "time": "at",
                "target": "moisture",
                "segments": ["origin"],
            },
            "labels": {"expected_delay": "1d", "minimum": 100},
            "retrain": {
                "when": ["performance_drop"],
                "window": {"use": "sliding", "maximum": "4d", "minimum_rows": 300, "holdout": "1d"},
            },
            "trainer": {"use": "linear"},
        }
    )
    resting = folder / "resting.yaml"
    resting.write_text(
        "retrain: {when: [{age: 300d}], window: {use: sliding, maximum: 4d, minimum_rows: 300, holdout: 1d}}\n"
    )
    covered = tuple(intervals(spec, spec.first_moment, datetime(2024, 1, 28, tzinfo=UTC)))
    policies = (Policy("declared", spec), read_policy(str(resting), spec))
    plan = Plan(spec, policies, tuple(map(read_rule, RULES)), covered, folder / "work")
    seen = []
    found = run(plan, processes=2, budget=None, on_progress=lambda *told: seen.append(told))
    return plan, found, seen


@pytest.fixture
def results(world):
    """Each policy's result by its name."""
    return {one.name: one for one in world[1].result.policies}


def test_every_policy_is_judged_on_the_same_rows(world, results):
    """All have a figure for the same intervals: those after the first champion's promotion."""
    told = {name: [value is not None for value in one.figures] for name, one in results.items()}
    assert len(set(map(tuple, told.values()))) == 1
    assert sum(told["never"]) == DAYS - FIRST - 1
    assert world[1].result.rows[1:] == (240,) * (DAYS - FIRST - 1)


def test_a_policy_that_retrains_after_the_turn_is_recommended(world, results):
    """Of those with few trainings; it is far better than never and than the policy that waits."""
    assert world[1].result.recommended not in ("never", "resting")
    assert recommend(world[1].result.policies, MAE, budget=4)[0] in ("declared", "adwin")
    assert results["declared"].mean < 0.9 * results["never"].mean
    assert results["resting"].mean == pytest.approx(results["never"].mean, rel=1e-6)
    assert 0.3 < results["declared"].captured < results["adwin"].captured <= 1.05
    assert results["never"].captured == 0
    assert 1 <= len(results["declared"].retrainings) < len(results["always"].retrainings) == DAYS - FIRST - 1


def test_a_training_that_helped_says_by_how_much_and_how_late(results):
    """The first one after the turn: the gain is that over the old model, the delay that of the label and the look."""
    helped = [one for one in results["declared"].retrainings if not one.needless]
    assert helped
    assert helped[0].at >= datetime(2024, 1, 1 + TURN + 1, tzinfo=UTC)
    assert helped[0].gain.low > 0.3
    assert helped[0].delay is not None
    assert helped[0].delay <= 3


def test_trainings_before_the_turn_are_needless(results):
    """While nothing changes, none of the rule's trainings is shown to be better."""
    early = [one for one in results["every:2"].retrainings if one.at < datetime(2024, 1, 1 + TURN, tzinfo=UTC)]
    assert early
    assert sum(one.needless for one in early) >= len(early) - 1
    assert results["every:2"].needless < len(results["every:2"].retrainings)


def test_what_two_policies_trained_alike_is_weighed_once(world):
    """Rules that train at the same times share their models: each gain is measured for the first that has it."""
    plan, found, _ = world
    one, other = (Contest("a", "b", found.result.intervals[-count:]) for count in (2, 1))
    assert share_out([[one, None, one], [other, one], [one]]) == [[one], [other], []]
    twice = run(
        Plan(plan.spec, plan.policies[:1], tuple(map(read_rule, ("always", "every:1"))), plan.intervals, plan.root),
        processes=1, budget=None, on_progress=lambda *told: None,
    ).result.policies  # fmt: skip
    gains = {one.name: [trained.gain for trained in one.retrainings] for one in twice}
    assert gains["always"] == gains["every:1"]
    assert any(gain is not None for gain in gains["always"])


def test_a_detector_alarms_after_the_turn(results):
    """ADWIN retrains only when the error has grown."""
    moments = [one.at for one in results["adwin"].retrainings]
    assert moments
    assert min(moments) >= datetime(2024, 1, 1 + TURN, tzinfo=UTC)


def test_progress_is_told(world):
    """Each policy by itself, up to its end."""
    _, _, seen = world
    ends = {name: (done, total) for name, done, total in seen}
    assert ends["declared"] == ends["resting"] == (DAYS - FIRST, DAYS - FIRST)
    assert ends["judging"] == (6, 6)


def test_figures_are_those_of_the_stored_predictions(world, results):
    """Recomputed from the store by hand for one day."""
    plan, found, _ = world
    place = plan.place(plan.policies[0])
    day = found.result.intervals[8]
    run_ = next(one for one in plan.ground.batches if one.interval == day)
    predictions = place.of(run_).read_frame("predictions.parquet")
    rows = pd.read_parquet(plan.root.parent / "rows.parquet").set_index("id")
    errors = np.abs(rows.loc[predictions["id"], "moisture"].to_numpy() - predictions["__prediction"].to_numpy())
    assert results["declared"].figures[8] == pytest.approx(errors.mean())


def test_the_same_backtest_again_trains_and_replays_nothing(world, monkeypatch):
    """What is finished is found again, with the same result."""
    plan, found, _ = world

    def must_not(*_args, **_more):
        raise AssertionError("this was done before")

    monkeypatch.setattr(replay_module, "run_interval", must_not)
    monkeypatch.setattr(history_module, "_copy", must_not)
    for policy in plan.policies:
        assert len(backtest(plan.place(policy), plan.intervals, checked=plan.checked)) == len(plan.intervals)
    monkeypatch.setattr("include.retraining.backtest.ground.fit_rows", must_not)
    again = [plan.ground.learn(one, sliding=False) for one in plan.ground.batches]
    assert None not in again
    keep_history(plan.spec, plan.intervals, plan.folder / "history")
    assert found.copied.rows["features"] == DAYS * 240


def test_rules_learn_what_a_training_of_production_would(world, tmp_path, monkeypatch):
    """Rows are gathered for some runs at once; at each interval's end they are those that production reads then."""
    plan, _, _ = world
    place = plan.place(plan.policies[0])
    monkeypatch.setattr(ground_module, "PART", 4)
    ground = Ground(place, open_store(str(tmp_path)), plan.intervals)
    for run_ in plan.ground.batches[::3]:
        held = place.quarantined_keys(run_) | place.held_keys(run_)
        read = read_training_rows(place.spec, choose_window(place.spec, run_.interval), run_.interval.end, held)
        sound, _ = validate_rows(read, place.spec)
        for known in (plan.ground.known(run_), ground.known(run_)):
            pd.testing.assert_frame_equal(known, sound.reset_index(drop=True))
        assert 0 < len(sound) < DAYS * 240
    assert ground.models.names() == ["rows-0.parquet", "rows-1.parquet", "rows-2.parquet"]


def test_rules_are_trained_while_the_policy_that_they_stand_on_is_under_way(world, monkeypatch):
    """Whole parts of the runs so far at once, the rest when the policy has ended."""
    plan, _, _ = world
    released, before, after = Event(), [], []

    def replay(_plan, _policy):
        assert released.wait(60)

    def learn(_plan, run_, sliding):
        assert not sliding
        (after if released.is_set() else before).append(run_)
        if len(before) == 2 * 4:
            released.set()

    monkeypatch.setattr(run_module, "PART", 4)
    monkeypatch.setattr(ground_module, "PART", 4)
    monkeypatch.setattr(run_module, "_replay_policy", replay)
    monkeypatch.setattr(run_module, "_learn", learn)
    monkeypatch.setattr(run_module, "_gather", lambda plan, part: None)
    with ThreadPoolExecutor(3) as pool:
        run_module._Crew(plan, pool, lambda *told: None).learn()
    runs = plan.ground.batches
    assert len(runs) % 4
    assert sorted(before, key=runs.index) == list(runs[:8])
    assert after == list(runs[:7:-1])


def test_what_failed_in_a_policy_is_what_is_raised(world, tmp_path, monkeypatch):
    """However early: without any champion the rules would have an error of their own."""
    plan, _, _ = world
    empty = Plan(plan.spec, plan.policies, plan.rules, plan.intervals, tmp_path)

    def fail(_plan, _policy):
        message = "the source has gone"
        raise SourceError(message)

    monkeypatch.setattr(run_module, "_replay_policy", fail)
    with ThreadPoolExecutor(2) as pool:
        crew = run_module._Crew(empty, pool, lambda *told: None)
        wait(crew._replays)
        with pytest.raises(SourceError, match="the source has gone"):
            crew.learn()


def test_what_the_policy_has_trained_is_not_trained_again(world, tmp_path):
    """Where it learned all rows that a rule asks for, the rule takes its model: that of a fit of its own."""
    plan, _, _ = world
    spec, aged = plan.place(plan.policies[0]).spec, tmp_path / "aged.yaml"
    aged.write_text("retrain: {when: [{age: 2d}], window: {use: expanding, minimum_rows: 300, holdout: 1d}}\n")
    place = Workplace(read_policy(str(aged), spec).spec, open_store(str(tmp_path / "policy")), None)
    covered = plan.intervals[:5]
    trained = {one.interval: one.training for one in backtest(place, covered) if one.training is not None}
    ground = Ground(place, open_store(str(tmp_path / "rules")), covered)
    assert any(run_.interval in trained for run_ in ground.batches)
    assert any(run_.interval not in trained for run_ in ground.batches)
    for run_ in ground.batches:
        fitted, rows = ground.learn(run_, sliding=False), ground.known(run_)
        assert fitted.rows == len(rows)
        if run_.interval not in trained:
            assert fitted.model_id.startswith("rule-")
            continue
        assert fitted.model_id == trained[run_.interval].training_id
        assert 0 < fitted.seconds < trained[run_.interval].seconds
        columns, _, model = ground.model(fitted.model_id)
        fresh = fit_rows(plan_training(rows, place.spec, run_.interval), place.spec, rows)
        again = predict(fresh, rows, columns, "regression")
        np.testing.assert_allclose(predict(model, rows, columns, "regression"), again, rtol=1e-9)


def test_what_another_policy_has_trained_is_not_trained_again_either(world, tmp_path, monkeypatch):
    """Its model is kept under the rule's own name, and only where trainer, parameters and seed are the same."""
    plan, _, _ = world
    spec, window = plan.place(plan.policies[0]).spec, "{use: expanding, minimum_rows: 300, holdout: 1d}"
    policies = {"aged": "2d", "resting": "300d"}
    for name, age in policies.items():
        (tmp_path / f"{name}.yaml").write_text(f"retrain: {{when: [{{age: {age}}}], window: {window}}}\n")
    shared, covered = open_store(str(tmp_path / "shared")), plan.intervals[:5]
    aged, resting = (
        Workplace(
            read_policy(str(tmp_path / f"{name}.yaml"), spec).spec, open_store(str(tmp_path / name)), None, shared
        )
        for name in policies
    )
    trained = {one.interval: one.training for one in backtest(aged, covered) if one.training is not None}
    backtest(resting, covered)
    ground = Ground(resting, open_store(str(tmp_path / "rules")), covered)
    run_ = next(one for one in ground.batches if one.interval in trained)
    rows = ground.known(run_)
    own = fit_rows(plan_training(rows, spec, run_.interval), spec, rows)
    other = spec.model_copy(update={"trainer": spec.trainer.model_copy(update={"seed": 7})})
    elsewhere = Ground(Workplace(other, resting.folder, None, shared), open_store(str(tmp_path / "other")), covered)

    def refuse(*_):
        message = "nothing is to be fitted"
        raise AssertionError(message)

    monkeypatch.setattr(ground_module, "fit_rows", refuse)
    fitted = ground.learn(run_, sliding=False)
    assert fitted.model_id.startswith("rule-")
    assert 0 < fitted.seconds < trained[run_.interval].seconds
    columns, _, model = ground.model(fitted.model_id)
    expected = predict(own, rows, columns, "regression")
    np.testing.assert_allclose(predict(model, rows, columns, "regression"), expected, rtol=1e-9)
    with pytest.raises(AssertionError, match="nothing is to be fitted"):
        elsewhere.learn(run_, sliding=False)


def test_an_interrupted_replay_goes_on(world, tmp_path, monkeypatch):
    """Stopped after some intervals, the rest alone is run, and ends like an undisturbed one."""
    plan, found, _ = world
    spec = plan.place(plan.policies[0]).spec
    place = Workplace(spec, open_store(str(tmp_path / "again")), None)
    backtest(place, plan.intervals[:4])
    done, real = [], replay_module.run_interval

    def counted(workplace, interval, *more):
        done.append(interval)
        return real(workplace, interval, *more)

    monkeypatch.setattr(replay_module, "run_interval", counted)
    outcomes = backtest(place, plan.intervals)
    assert done == list(plan.intervals[4:])
    told = [(one.decision.action, one.promoted, one.champion_id) for one in outcomes]
    assert told == [(one.decision.action, one.promoted, one.champion_id) for one in found.outcomes]


def test_policies_share_their_checks_while_the_same_champions_reign(world):
    """`resting` follows `declared` until the turn: up to there one of them checked, and both found the same."""
    plan, _, _ = world
    shared = {name.rpartition("-")[0]: 0 for name in plan.checked.names()}
    for name in plan.checked.names():
        shared[name.rpartition("-")[0]] += 1
    counts = [shared[interval.key] for interval in plan.intervals]
    assert counts[: TURN - FIRST] == [1] * (TURN - FIRST)
    assert max(counts) == 2


def test_other_code_starts_anew(world, monkeypatch):
    """Nothing that other code found counts."""
    plan, _, _ = world
    monkeypatch.setattr(run_module, "_code", lambda: "other")
    assert Plan(plan.spec, plan.policies, plan.rules, plan.intervals, plan.root).folder != plan.folder


def test_an_error_of_one_policy_ends_the_backtest(world, tmp_path):
    """It says what went wrong, and nothing is reported."""
    plan, _, _ = world
    broken = plan.spec.model_copy(
        update={"trainer": plan.spec.trainer.model_copy(update={"use": "include.retraining.errors:Missing"})}
    )
    bad = Plan(plan.spec, (Policy("broken", broken),), (), plan.intervals, tmp_path)
    with pytest.raises(UnknownNameError, match=r"policy 'broken': .*Missing"):
        run(bad, processes=1, budget=None, on_progress=lambda *_: None)


def test_without_any_champion_rules_have_nothing_to_start_from(world, tmp_path):
    """The message says where to look."""
    plan, _, _ = world
    empty = Workplace(plan.spec, open_store(str(tmp_path)), None)
    with pytest.raises(Exception, match="no first champion"):
        _ = Ground(empty, open_store(str(tmp_path / "rules")), ()).first


class TestHistory:
    """The copy reads like the source."""

    def test_batches_and_labels_are_those_of_the_source(self, spec, tmp_path):
        """Row by row, in the same order and types."""
        covered = tuple(intervals(spec, spec.first_moment, datetime(2024, 1, 20, tzinfo=UTC)))
        kept, copied = keep_history(spec, covered, tmp_path / "history")
        for interval in covered[:3]:
            mine, theirs = (pd.concat([t.to_pandas() for t in read_batch(one, interval)]) for one in (kept, spec))
            pd.testing.assert_frame_equal(mine.reset_index(drop=True), theirs.reset_index(drop=True))
        span, known = Interval(start=EARLIEST, end=covered[-1].end), Interval(start=EARLIEST, end=covered[4].end)
        pd.testing.assert_frame_equal(read_labelled(kept, span, known)[0], read_labelled(spec, span, known)[0])
        assert copied.rows == {"features": 19 * 240}

    def test_a_column_of_another_type_in_one_interval_stays_there(self, spec, tmp_path):
        """A feed that sends text for a day must not turn the other days' numbers into text."""
        rows = pd.read_parquet(tmp_path / "rows.parquet")
        (tmp_path / "many").mkdir()
        days = rows["at"].dt.floor("D")
        for number, (day, some) in enumerate(rows.groupby(days)):
            bad = day == pd.Timestamp("2024-01-13", tz="UTC")
            (some.assign(heat=some["heat"].astype(str)) if bad else some).to_parquet(
                tmp_path / "many" / f"{number:03d}.parquet"
            )
        many = spec.model_copy(
            update={
                "data": spec.data.model_copy(
                    update={"features": spec.data.features.model_copy(update={"uri": str(tmp_path / "many")})}
                )
            }
        )
        covered = tuple(intervals(spec, spec.first_moment, datetime(2024, 1, 16, tzinfo=UTC)))
        kept, _ = keep_history(many, covered, tmp_path / "history")
        kinds = [str(next(iter(read_batch(kept, one))).schema.field("heat").type) for one in covered]
        assert kinds[0] == kinds[1] == kinds[3] == "double"
        assert "string" in kinds[2]

    def test_an_unfinished_copy_is_made_again(self, spec, tmp_path):
        """A folder without its manifest does not count."""
        covered = tuple(intervals(spec, spec.first_moment, datetime(2024, 1, 14, tzinfo=UTC)))
        (tmp_path / "history" / "features").mkdir(parents=True)
        (tmp_path / "history" / "features" / "000001.parquet").write_bytes(b"half")
        _, copied = keep_history(spec, covered, tmp_path / "history")
        assert copied.rows["features"] == 13 * 240

    def test_stored_predictions_are_left_behind(self, spec, tmp_path):
        """In a replay the replayed champion predicts; the column is no feature either."""
        rows = pd.read_parquet(tmp_path / "rows.parquet")
        rows.assign(said=1.0).to_parquet(tmp_path / "rows.parquet")
        with_predictions = spec.model_copy(update={"data": spec.data.model_copy(update={"prediction": "said"})})
        covered = tuple(intervals(spec, spec.first_moment, datetime(2024, 1, 14, tzinfo=UTC)))
        kept, _ = keep_history(with_predictions, covered, tmp_path / "history")
        assert kept.data.prediction is None
        assert "said" in kept.data.ignore
