"""The roastery on ordinary days: lots of beans, settings of the machine, the weather, and the laboratory.

Every column has a random stream of its own, so that more days, or another scenario, leave all earlier values as they
were.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from include.demo.roaster.scenarios import DELAY_DAYS, LATE_DAYS

Floats = np.ndarray
START = pd.Timestamp("2025-05-26", tz="UTC")  # a Monday
HISTORY_DAYS = 67  # of which sixty have their labels when the watch begins
ROASTS_A_DAY = 150
SAMPLED = 5  # the laboratory gets one roast in so many
DELAY = pd.Timedelta(days=DELAY_DAYS)
LATE = pd.Timedelta(days=LATE_DAYS)
ORIGINS = {"Brazil": 0.40, "Vietnam": 0.22, "Colombia": 0.18, "Ethiopia": 0.10, "Guatemala": 0.06, "Kenya": 0.04}
STATIONS = {"north": 0.40, "east": 0.35, "south": 0.25}
WARMEST_DAY = 56  # after START: the year turns amid the simulation, so that the watch meets the history's weather again
NOISE = 0.06  # standard deviation of the laboratory, in per cent of weight
_DAY, _WEEK, _YEAR = 1.0, 7.0, 365.25


@dataclass(frozen=True)
class Sieve:
    """Sizes of beans that a supplier delivers, in millimetres: a normal distribution between two sieves."""

    mean: float = 6.5
    deviation: float = 0.32
    low: float = 5.6
    high: float = 7.2

    def sizes(self, shares: Floats) -> Floats:
        """Give the sizes below which these shares of all beans lie."""
        low, high = (ndtr((edge - self.mean) / self.deviation) for edge in (self.low, self.high))
        found: Floats = self.mean + self.deviation * ndtri(low + shares * (high - low))
        return found


def stream(seed: int, *names: str) -> np.random.Generator:
    """Open the random stream of a column."""
    return np.random.default_rng([seed, *"/".join(names).encode()])


def days_of(count: int) -> Floats:
    """Number the days of all roasts, from 0 at START."""
    return np.repeat(np.arange(count), ROASTS_A_DAY)


def lots(seed: int, count: int, sieve: Sieve, name: str = "lots") -> pd.DataFrame:
    """Draw origin, bean size and moisture of the green beans of every roast.

    A day's beans have something in common: sizes by 0.03 mm, moisture by 0.08%.
    """
    day = days_of(count)
    rows = len(day)
    shares = stream(seed, name, "size").uniform(size=rows)
    common = np.clip(stream(seed, name, "size of a day").normal(0, 0.03, count), -0.06, 0.06)
    sizes = np.clip(sieve.sizes(shares) + common[day], sieve.low, sieve.high)
    moisture = stream(seed, name, "moisture").normal(11.2, 0.75, rows)
    moisture += stream(seed, name, "moisture of a day").normal(0, 0.08, count)[day]
    origins = stream(seed, name, "origin").choice(list(ORIGINS), rows, p=list(ORIGINS.values()))
    return pd.DataFrame({"origin": origins, "bean_size": sizes.round(2), "inlet_humidity": moisture.round(2)})


def conditions(seed: int, count: int) -> pd.DataFrame:
    """Draw time, settings and weather of every roast, with the rhythms of day, week and year."""
    day = days_of(count)
    rows = len(day)
    second = np.sort(stream(seed, "time").integers(6 * 3600, 22 * 3600, (count, ROASTS_A_DAY))).ravel()
    moment = day + second / 86_400
    weekend = day % 7 >= 5
    warmth = 5 * _wave(moment - WARMEST_DAY, _YEAR) + 4 * _wave(moment - 15 / 24, _DAY)
    weather = _weather(stream(seed, "weather"), count)[day]
    return pd.DataFrame(
        {
            "roast_id": np.char.mod("R%07d", np.arange(rows)).astype(object),
            "roasted_at": START + pd.to_timedelta(day * 86_400 + second, unit="s"),
            "roaster_temperature": (
                stream(seed, "temperature").normal(215, 4.6, rows) + 0.8 * _wave(moment - 16 / 24, _DAY)
            ).round(1),
            "drum_speed": stream(seed, "speed").normal(55, 1.8, rows).round(1),
            "batch_mass": (stream(seed, "mass").normal(60, 3.5, rows) - 1.5 * weekend).round(1),
            "ambient_temperature": (17 + warmth + weather + stream(seed, "warmth").normal(0, 1, rows)).round(1),
            "ambient_humidity": np.clip(
                58 - 1.8 * (warmth + weather) + stream(seed, "humidity").normal(0, 5, rows), 15, 98
            ).round(1),
        }
    )


def samples(seed: int, rows: int) -> pd.DataFrame:
    """Choose what the laboratory gets: position of the roast, station, error in standard deviations, jitter."""
    position = np.arange(SAMPLED - 1, rows, SAMPLED)
    count = len(position)
    stations = stream(seed, "station").choice(list(STATIONS), count, p=list(STATIONS.values()))
    jitter = pd.to_timedelta(stream(seed, "jitter").integers(0, 7_200, count), unit="s")
    error = stream(seed, "error").normal(size=count)
    return pd.DataFrame({"position": position, "station": stations, "error": error, "jitter": jitter})


def _wave(days: Floats, period: float) -> Floats:
    """Cosine with its crest at 0."""
    wave: Floats = np.cos(2 * np.pi * days / period)
    return wave


def _weather(generator: np.random.Generator, count: int) -> Floats:
    """Deviation of each day's warmth, in degrees; a warm day follows a warm day."""
    return np.convolve(generator.normal(0, 1.5, count + 2), np.full(3, 3**-0.5), "valid")
