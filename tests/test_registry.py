"""Names resolve to what they stand for, or to a helpful error."""

import pytest

from include.retraining.errors import UnknownNameError
from include.retraining.registry import TABLES, check_name, resolve


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, table in TABLES.items() for name in table])
def test_every_registered_name_resolves(kind: str, name: str) -> None:
    """No table entry points to nothing."""
    assert resolve(kind, name) is not None


def test_an_unknown_name_suggests_the_nearest() -> None:
    """A typing error is answered with the name that was meant, and with all that exist."""
    with pytest.raises(UnknownNameError, match=r"Did you mean 'random_forest'.*linear"):
        check_name("trainer", "random_forrest")


@pytest.mark.parametrize(
    ("path", "words"),
    [("include.custom.nowhere:build", "no module"), ("include.retraining.registry:resolv", "Did you mean 'resolve'")],
)
def test_a_wrong_dotted_path_says_what_is_missing(path: str, words: str) -> None:
    """Missing modules and missing attributes are told apart."""
    with pytest.raises(UnknownNameError, match=words):
        resolve("trainer", path)
