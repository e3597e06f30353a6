"""How dry a roast comes out: the thin-layer law, with a bend for beans larger than any sieve used to let through.

Moisture falls towards an equilibrium at a rate that depends on beans and machine: W. K. Lewis, "The Rate of Drying of
Solid Materials", Industrial & Engineering Chemistry 13 (1921). Rates and exponents are invented, of plausible size:
the standard deviation that each input gives to the result stands beside it.
"""

import numpy as np
import pandas as pd

Floats = np.ndarray
MINUTES = 12.0
RATE = 0.15  # per minute, for the settings below: 2.6% are left of 11.2%
SIZE, TEMPERATURE, SPEED, MASS, AMBIENT = 6.5, 215.0, 55.0, 60.0, 22.0  # mm, °C, rpm, kg, °C
SIZE_EXPONENT = 1.1  # larger beans dry slower: 0.16 of moisture, half of the result's standard deviation
TEMPERATURE_FACTOR = 0.012  # in the logarithm of the rate, for each degree: 0.17
SPEED_EXPONENT = 0.5  # 0.05
MASS_EXPONENT = -0.4  # 0.07
AMBIENT_FACTOR = 0.002  # 0.03
ORIGIN_FACTORS = {
    "Brazil": 0.02,
    "Vietnam": -0.04,
    "Colombia": 0.0,
    "Ethiopia": 0.03,
    "Guatemala": -0.01,
    "Kenya": 0.02,
}
BEND_AT = 7.2  # mm; from here on the core of a bean stays wet
BEND = 0.2  # what each further millimetre takes from the logarithm of the rate


def outlet_humidity(roasts: pd.DataFrame, turned: Floats | float = 0.0) -> Floats:
    """Give the moisture after roasting, in per cent of weight, as no laboratory knows it.

    Parameters
    ----------
    roasts
        Inputs, one row a roast.
    turned
        How far the role of bean size has turned round, row by row: 0 as ever, 1 the opposite.

    Returns
    -------
    ndarray of shape (n,)
    """
    equilibrium = 0.5 + 0.008 * roasts["ambient_humidity"].to_numpy()
    rate = RATE * np.exp(_log_factor(roasts, turned))
    humidity: Floats = equilibrium + (roasts["inlet_humidity"].to_numpy() - equilibrium) * np.exp(-rate * MINUTES)
    return humidity


def _log_factor(roasts: pd.DataFrame, turned: Floats | float) -> Floats:
    """Logarithm of the rate, 0 at the usual settings."""
    size = roasts["bean_size"].to_numpy()
    factor: Floats = (
        -SIZE_EXPONENT * (1 - 2 * np.asarray(turned)) * np.log(size / SIZE)
        - BEND * np.maximum(size - BEND_AT, 0)
        + TEMPERATURE_FACTOR * (roasts["roaster_temperature"].to_numpy() - TEMPERATURE)
        + SPEED_EXPONENT * np.log(roasts["drum_speed"].to_numpy() / SPEED)
        + MASS_EXPONENT * np.log(roasts["batch_mass"].to_numpy() / MASS)
        + AMBIENT_FACTOR * (roasts["ambient_temperature"].to_numpy() - AMBIENT)
        + roasts["origin"].map(ORIGIN_FACTORS).to_numpy(dtype=float)
    )
    return factor
