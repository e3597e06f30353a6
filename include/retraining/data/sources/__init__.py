"""Where rows come from: one file for each kind of source."""

from include.retraining.data.sources.base import Source, TimeColumn, make_source, time_column

__all__ = ["Source", "TimeColumn", "make_source", "time_column"]
