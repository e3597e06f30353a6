"""The default policy, and what is left of it when one part is taken away; beside policies that know the time alone."""

from collections.abc import Callable, Mapping

from benchmarks.policy.replay import Result, World, declare, every, fixed, replay
from benchmarks.policy.streams import Stream

Policy = Callable[[World], Result]


def _sliding(stream: Stream) -> dict[str, object]:
    return {"use": "sliding", "maximum": f"{stream.init}d"}


RECENT = {"candidates": ["expanding", "recent", "sliding", "since_change"]}
POLICIES: Mapping[str, Policy] = {
    "default": lambda world: replay(world, declare(world.stream)),
    "without the probe": lambda world: replay(world, declare(world.stream, when=["stale", "refresh"])),
    "without staleness": lambda world: replay(world, declare(world.stream, when=["outperformed", "refresh"])),
    "without refreshes": lambda world: replay(world, declare(world.stream, when=["outperformed", "stale"])),
    "expanding window only": lambda world: replay(world, declare(world.stream, window={"use": "expanding"})),
    "sliding window only": lambda world: replay(world, declare(world.stream, window=_sliding(world.stream))),
    "with recency": lambda world: replay(world, declare(world.stream, window=RECENT)),
    "without refit": lambda world: replay(world, declare(world.stream, window={"refit": False})),
    "gate: always a proven gain": lambda world: replay(world, declare(world.stream), "better"),
    "without a budget": lambda world: replay(world, declare(world.stream, budget={"trainings": 1000})),
    "every 5th, growing": lambda world: every(world, 5, "grow"),
    "every 5th, sliding": lambda world: every(world, 5, "slide"),
    "every, growing": lambda world: every(world, 1, "grow"),
    "every, sliding": lambda world: every(world, 1, "slide"),
    "never": lambda world: fixed(world, lambda batch: None),
}


def captured(world: World, mean: float, bounds: Mapping[str, float]) -> float:
    """Share of the gain of retraining every batch, by the better window, over never doing it."""
    sign = -1.0 if world.stream.regression else 1.0
    best = max(bounds["every, growing"], bounds["every, sliding"], key=lambda figure: sign * figure)
    return (mean - bounds["never"]) / (best - bounds["never"])
