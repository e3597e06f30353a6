"""Invented data of a coffee roaster: `python -m include.demo.roasts` writes roasts.parquet beside this file.

A roast dries beans: their moisture falls towards an equilibrium by the thin-layer law of W. K. Lewis,
"The Rate of Drying of Solid Materials", Industrial & Engineering Chemistry 13 (1921), with a rate that grows
with temperature and airflow and falls with bean size. A laboratory measures the final moisture two days later.
In April a new supplier's beans are larger (the features drift, the law holds); in June an overhauled roaster
dries faster than its settings say (the law itself changes).
"""

from pathlib import Path

import numpy as np
import pandas as pd

FILE = Path(__file__).with_name("roasts.parquet")
START = pd.Timestamp("2025-01-06", tz="UTC")  # a Monday
DAYS = 26 * 7
ROASTS_A_DAY = 40
LARGER_BEANS_FROM = 91  # days after START
OVERHAUL_FROM = 147
RATE = 0.10  # per minute, at 215 degrees Celsius for beans of 6.5 mm
OVERHAUL_FACTOR = 1.25
NOISE = 0.10  # standard deviation of the laboratory, in per cent of weight
SEED = 20250106


def roasts(seed: int = SEED) -> pd.DataFrame:
    """Simulate half a year of roasts, in time order; `moisture` is what the laboratory found, in per cent."""
    generator = np.random.default_rng(seed)
    day = np.repeat(np.arange(DAYS), ROASTS_A_DAY)
    count = len(day)
    second = np.sort(generator.integers(6 * 3600, 20 * 3600, (DAYS, ROASTS_A_DAY))).ravel()
    frame = pd.DataFrame(
        {
            "roasted_at": START + pd.to_timedelta(day * 86_400 + second, unit="s"),
            "origin": generator.choice(["Brazil", "Colombia", "Ethiopia"], count, p=[0.5, 0.3, 0.2]),
            "bean_size": generator.normal(np.where(day < LARGER_BEANS_FROM, 6.5, 6.9), 0.3).round(2),
            "green_moisture": generator.normal(11.2, 0.5, count).round(2),
            "temperature": generator.normal(215, 4, count).round(1),
            "minutes": generator.normal(12, 0.6, count).round(2),
            "airflow": generator.normal(1, 0.05, count).round(3),
        }
    )
    rate = _rate(frame) * np.where(day < OVERHAUL_FROM, 1.0, OVERHAUL_FACTOR)
    equilibrium = 1.0
    moisture = equilibrium + (frame["green_moisture"] - equilibrium) * np.exp(-rate * frame["minutes"])
    return frame.assign(moisture=(moisture + generator.normal(0, NOISE, count)).round(2))


def _rate(frame: pd.DataFrame) -> pd.Series:
    """Drying rate per minute: one per cent more a degree, quadratic in size, square root of airflow."""
    size = (frame["bean_size"] / 6.5) ** -2
    rate: pd.Series = RATE * np.exp(0.01 * (frame["temperature"] - 215)) * size * np.sqrt(frame["airflow"])
    return rate


def main() -> None:
    """Write the file that the model file `roast_moisture.yaml` reads."""
    roasts().to_parquet(FILE, index=False, compression="zstd")


if __name__ == "__main__":
    main()
