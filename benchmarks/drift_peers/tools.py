"""Who is measured, and what is counted for each."""

from dataclasses import dataclass

from benchmarks.drift_peers.sizes import PEERS_MOST_ROWS, Size


@dataclass(frozen=True)
class Tool:
    """One line of the tables.

    `module` is the script in this package, `step` what a process of it does (see `measuring`), `environment` where it
    is installed (None: with the project), `most_rows` the largest batch that it gets.
    """

    name: str
    module: str
    step: str
    counted: str
    environment: str | None = None
    most_rows: int | None = PEERS_MOST_ROWS

    @property
    def prepares(self) -> bool:
        """Whether the reference is summarised beforehand."""
        return self.step != "whole"

    def takes(self, size: Size) -> bool:
        """Whether it is measured at this size."""
        return self.most_rows is None or size.rows <= self.most_rows


OURS = "ours"
_BOTH = "reads the reference and the batch; "
_STORED = "the reference was summarised beforehand, which is not counted; reads that and the batch; "

TOOLS = (
    Tool(OURS, "ours", "prepared", _STORED + "columns, correlations, reconstruction error; on its threads", None, None),
    Tool("ours, with the classifier", "ours", "classified", _STORED + "the same and the domain classifier"),
    Tool("ours, reference read too", "ours", "whole", _BOTH + "builds the profile in the same process"),
    Tool("Evidently", "evidently", "whole", _BOTH + "DataDriftPreset as it comes; keeps no summary", "evidently"),
    Tool("NannyML", "nannyml", "whole", _BOTH + "univariate, Jensen-Shannon, fit and calculate", "nannyml"),
    Tool("NannyML, fitted before", "nannyml", "prepared", _STORED + "calculate alone", "nannyml"),
    Tool("alibi-detect", "alibi_detect", "whole", _BOTH + "TabularDrift; would store the rows", "alibi_detect"),
    Tool("whylogs", "whylogs", "whole", _BOTH + "two profiles and drift scores", "whylogs"),
    Tool("whylogs, profiled before", "whylogs", "prepared", _STORED + "one profile and drift scores", "whylogs"),
    Tool("scipy loop", "scipy_loop", "whole", _BOTH + "Kolmogorov-Smirnov and chi-squared", "scipy"),
    Tool("decoding alone", "floor", "whole", "decodes every column of the batch on one thread: the floor", None, None),
)


def named(names: list[str]) -> tuple[Tool, ...]:
    """The tools of these modules, in the usual order; all when none is named."""
    return tuple(tool for tool in TOOLS if not names or tool.module in names)
