"""What the columns of one model say about each other's variation.

Thirty chunks leave a variance uncertain by a quarter, and that uncertainty costs power. Where many columns vary
alike, they tell together what each alone cannot; where there are several kinds of columns, each is told by its own.
"""

from collections.abc import Sequence

from include.retraining.drift.calibration import Evidence, Prior, flat_prior, likelihoods

_SMALLEST_MODEL = 30
"""Fewest columns of a model in which columns say something about each other. Among eight, one that alone knew weekends
was called drifted on one weekend day of eight, where its few chunks showed little of them; by itself it was on one of
190. Among fifty, each of which has a smaller level, one of ten categorical columns was on one of 480, and on none by
itself."""
_FEWEST = 8
"""Fewest columns with the same test that say something about a further one."""
_UNLIKE = 2
"""Columns unlike all others that are reckoned with beside those seen."""
_STEPS = 100
"""Steps of the EM algorithm; twice as many change critical values by less than a hundredth."""


def shared_prior(columns: Sequence[Evidence], size: int) -> Prior | None:
    """Estimate how columns differ in their variation over noise; None for too few columns.

    The estimate takes no form for granted: it is the likeliest law over all ratios to noise, when to the columns seen
    some are added of which nothing is known. So the more columns there are, the less likely is a further one to be
    unlike all of them (A. Gelman et al., "Bayesian Data Analysis", 2013, section 23.2, for such an urn).

    Parameters
    ----------
    columns
        What one test found in those of the model's columns on which it runs.
    size
        How many columns the model has.

    References
    ----------
    M. Lu and M. Stephens, "Variance adaptive shrinkage (vash): flexible empirical Bayes estimation of variances",
    Bioinformatics 32 (2016); A. P. Dempster, N. M. Laird and D. B. Rubin, "Maximum likelihood from incomplete data
    via the EM algorithm", Journal of the Royal Statistical Society B 39 (1977).
    """
    usable = [evidence for evidence in columns if evidence.calibrates]
    if size < _SMALLEST_MODEL or len(usable) < _FEWEST:
        return None
    flat = flat_prior(max(evidence.found / evidence.noise for evidence in usable))
    found, weights = likelihoods(usable, flat.ratios), flat.weights
    for _ in range(_STEPS):
        expected = weights * ((1 / (found @ weights)) @ found)
        weights = (expected + _UNLIKE * flat.weights) / (len(usable) + _UNLIKE)
    return Prior(flat.ratios, weights)
