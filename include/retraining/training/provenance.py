"""By which code a model was trained: hashes that tell later whether it is still the same."""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from include.retraining import settings
from include.retraining.registry import TRAINERS, resolve

# What rows pass through on their way into a model.
PARTS = ("columns.py", "data", "metrics", "training")


def code_hashes(trainer: str) -> dict[str, str]:
    """Hash the trainer's code, and each part of the library that rows pass through on their way into a model."""
    library = settings.PROJECT / "include" / "retraining"
    return {"trainer": hash_trainer(trainer), **{part: _hash_files(_files(library / part)) for part in PARTS}}


def hash_trainer(trainer: str) -> str:
    """Hash the trainer's module and those beside it: who changes the code wants the same rows trained again."""
    resolve("trainer", trainer)
    module = sys.modules[TRAINERS.get(trainer, trainer).partition(":")[0]]
    return _hash_files(Path(module.__file__ or "").parent.glob("*.py"))


def _files(part: Path) -> Iterable[Path]:
    return part.rglob("*.py") if part.is_dir() else [part]


def _hash_files(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()
