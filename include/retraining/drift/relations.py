"""How columns move together: what is compared beside each column by itself."""

from dataclasses import replace
from typing import TYPE_CHECKING

from include.retraining.drift import correlation, reconstruction
from include.retraining.drift.batch import BatchProfile
from include.retraining.drift.judging import Examined
from include.retraining.drift.profile import Profile

if TYPE_CHECKING:
    from include.retraining.spec.drift import DriftSpec

_NUMERIC = "numeric features together"
_ALL = "all features together"


def examine_relations(profile: Profile, batch: BatchProfile, spec: "DriftSpec") -> list[Examined]:
    """Test correlations, the reconstruction error and, unless the model file switches it off, the domain classifier."""
    return [*_correlation(profile, batch), *_reconstruction(profile, batch, spec), *_classifier(profile, batch, spec)]


def _correlation(profile: Profile, batch: BatchProfile) -> list[Examined]:
    if profile.pairs is None or batch.pairs is None:
        return []
    changed = correlation.measure(profile.pairs, batch.pairs)
    if changed is None:
        return []
    names, test = changed
    return [Examined(" and ".join(names), "relation", "numeric", (replace(test, involved=names),))]


def _reconstruction(profile: Profile, batch: BatchProfile, spec: "DriftSpec") -> list[Examined]:
    if profile.reconstruction is None or batch.errors is None or batch.pairs is None or not batch.errors.valid:
        return []
    test = reconstruction.measure(profile.reconstruction, batch.errors, batch.pairs, spec.minimum_effect)
    return [] if test is None else [Examined(_NUMERIC, "relation", "numeric", (test,))]


def _classifier(profile: Profile, batch: BatchProfile, spec: "DriftSpec") -> list[Examined]:
    if not spec.classifier or profile.classifier is None or batch.sample is None:
        return []
    from include.retraining.drift import classifier  # what it needs takes its time to load

    test = classifier.measure(profile.classifier, batch.sample)
    return [] if test is None else [Examined(_ALL, "relation", "numeric", (test,))]
