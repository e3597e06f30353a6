"""Sources are built from model files, and say what they accept."""

import pytest

from include.retraining.data.sources import make_source
from include.retraining.data.sources.base import require_columns
from include.retraining.data.sources.files import FilesSource
from include.retraining.errors import SourceError, SpecError, UnknownNameError
from include.retraining.spec.data import SourceSpec


def spec(**params):
    """Declare a source as a model file does."""
    return SourceSpec.model_validate(params)


def test_builds_the_named_source():
    """A known name and its parameters give the source, without touching any file."""
    assert make_source(spec(use="files", uri="nowhere/*.parquet")) == FilesSource(uri="nowhere/*.parquet")


def test_names_the_accepted_parameters():
    """A misspelt parameter is named with the nearest accepted one and the whole list."""
    with pytest.raises(SpecError) as caught:
        make_source(spec(use="sql", conn_id="shop", qurey="rows.sql"))
    message = str(caught.value)
    assert "'qurey'" in message
    assert "did you mean 'query'" in message
    assert "conn_id, query, chunk_rows" in message


def test_names_a_missing_parameter():
    """A parameter without a default that is left out is named."""
    with pytest.raises(SpecError, match="uri"):
        make_source(spec(use="files"))


def test_refuses_values_of_the_wrong_type():
    """A value that cannot be what the parameter needs is an error of the model file."""
    with pytest.raises(SpecError, match="chunk_rows"):
        make_source(spec(use="sql", conn_id="shop", query="rows.sql", chunk_rows="many"))


def test_takes_a_dotted_path():
    """A source of the user's own is named by its path."""
    path = "include.retraining.data.sources.files:FilesSource"
    assert make_source(spec(use=path, uri="a.csv")) == FilesSource(uri="a.csv")


def test_a_path_that_leads_nowhere_is_an_error():
    """A dotted path to nothing is an unknown name."""
    with pytest.raises(UnknownNameError):
        make_source(spec(use="include.retraining.data.sources.files:FileSource", uri="a.csv"))


def test_reports_missing_and_repeated_columns():
    """Missing columns come with the nearest existing name; a repeated name is refused."""
    with pytest.raises(SourceError, match=r"no column 'carier' \(did you mean 'carrier'\?\); it has origin, carrier"):
        require_columns(["carier"], ["origin", "carrier"], "rows.csv")
    with pytest.raises(SourceError, match="more than one column named a"):
        require_columns([], ["a", "b", "a"], "rows.csv")
