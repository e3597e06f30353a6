"""The demo: a year of real flights replayed through Airflow. Nothing in the library knows it."""

from include.retraining.errors import RetrainingError


class DemoError(RetrainingError):
    """The demo cannot go on: data cannot be fetched, or a server does not start or answer."""
