"""Keys that came with several labels that contradict each other."""

from scipy.stats import binomtest

from include.retraining.results.audit import Evidence
from include.retraining.results.run import JoinHealth

# Share of contradictions that ordinary corrections and double entries make; more than this is evidence.
TOLERATED = 0.01


def conflicting_labels(join: JoinHealth, level: float) -> Evidence:
    """Judge the count of contradicting labels; the join has already left them out."""
    count, total = join.conflicting_keys, join.labels
    p_value = float(binomtest(count, total, TOLERATED, alternative="greater").pvalue) if total else 1.0
    text = f"{count:,} of {total:,} keys came with labels that contradict each other; the join left them out."
    if not count:
        text = "No key came with labels that contradict each other."
    return Evidence(
        test="conflicts",
        found=p_value <= level,
        statistic=count / total if total else 0.0,
        unit="share of the keys",
        p_value=p_value,
        text=text,
    )
