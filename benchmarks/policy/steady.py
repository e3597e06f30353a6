"""How often a model of a steady world is called stale by chance, and how many trainings that costs.

`python -m benchmarks.policy.steady --worlds 240`
"""

import argparse
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.policy.replay import World, declare, replay, staleness
from benchmarks.policy.streams import Stream

BATCHES, ROWS, FIRST = 50, 150, 12


def needless(seed: int) -> int | None:
    """Trainings that staleness calls for in one steady world; None where it is not called stale."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(BATCHES * ROWS, 5))
    chance = 1 / (1 + np.exp(-(features[:, 0] + features[:, 1] * features[:, 2])))
    y = (rng.random(BATCHES * ROWS) < chance).astype(float)
    stream = Stream(f"steady{seed}", features, (), y, y, np.arange(0, BATCHES * ROWS + 1, ROWS), FIRST, "roc_auc")
    with tempfile.TemporaryDirectory() as folder:
        world = World(stream, Path(folder))
        spec = declare(stream, when=["stale"])
        return len(replay(world, spec).trained) if staleness(world, spec).shown else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=240)
    worlds = parser.parse_args(arguments).worlds
    with ProcessPoolExecutor() as pool:
        found = [count for count in pool.map(needless, range(worlds)) if count is not None]
    print(f"{len(found)} of {worlds} called stale; their trainings in {BATCHES - FIRST - 3} batches: {sorted(found)}")


if __name__ == "__main__":
    main()
