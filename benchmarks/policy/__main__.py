"""When to retrain, and on what: the default policy on many streams, whole and with parts left out.

`python -m benchmarks.policy --data FOLDER --cache FOLDER` replays streams of a folder (`streams.py` says which) and
prints, for each policy and stream, the share of the gain of retraining at every batch that it captured, and at what
share of the batches it trained. Every moment at which candidates were fitted counts as one retraining, promoted or not;
probes do not, as they are never candidates. Production decides, chooses windows and judges; models are fitted once and
kept in the cache.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from benchmarks.policy.replay import World
from benchmarks.policy.streams import GAINING, OTHERS, STABLE, read_stream
from benchmarks.policy.variants import POLICIES, captured

BOUNDS = ("never", "every, growing", "every, sliding")


def bounds(world: World) -> dict[str, float]:
    """The figures that all others are measured by, kept in the cache."""
    path = world.fits.folder / f"bounds-{world.stream.init}-{world.delay}.json"
    if not path.exists():
        path.write_text(json.dumps({name: POLICIES[name](world).mean for name in BOUNDS}))
    found: dict[str, float] = json.loads(path.read_text())
    return found


def run(world: World, names: Sequence[str]) -> dict[str, tuple[float, float, int, int]]:
    """Captured, share, trainings and promotions of each policy on one stream."""
    scale, found = bounds(world), {}
    for name in names:
        result = POLICIES[name](world)
        share = len(result.trained) / world.chances
        found[name] = captured(world, result.mean, scale), share, len(result.trained), len(result.promoted)
        moments = " ".join(
            f"{'+' if t in result.promoted else '-'}{t}:{reason}"
            for t, reason in zip(result.trained, result.reasons, strict=False)
        )
        print(f"| {world.stream.name} | {name} | {found[name][0]:.2f} | {share:.0%} | {moments} |", flush=True)
        world.keep()
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--streams", nargs="+", default=[*GAINING, *STABLE, *OTHERS])
    parser.add_argument("--policies", nargs="+", default=["default"], choices=list(POLICIES))
    parser.add_argument("--delay", type=int, default=2)
    parser.add_argument("--first", type=int, help="batches that the first model learns, where not the stream's own")
    chosen = parser.parse_args(arguments)
    results = {}
    for name in chosen.streams:
        stream = read_stream(chosen.data, name)
        world = World(replace(stream, init=chosen.first or stream.init), chosen.cache, chosen.delay)
        results[name] = run(world, chosen.policies)
    gaining = [name for name in chosen.streams if name in GAINING]
    for policy in chosen.policies:
        if not gaining:
            break
        shares = [results[name][policy] for name in gaining]
        mean, worst, share = fmean(one[0] for one in shares), min(one[0] for one in shares), fmean(s[1] for s in shares)
        print(f"{policy}: captured {mean:.2f} on {len(gaining)} streams, worst {worst:.2f}, at {share:.0%}")


if __name__ == "__main__":
    main()
