"""Printed figures of a distribution -> center and SD of a reference, or a within-person SD."""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()


def log_sd_of_cv(cv: float) -> float:
    """SD of the natural logarithm of a log-normal reading whose coefficient of variation is `cv`.

    >>> round(log_sd_of_cv(0.304), 4)  # sqrt(ln(1 + 0.092416)) = sqrt(0.088391)
    0.2973
    """
    return math.sqrt(math.log1p(cv**2))


def lognormal_of_shares(low: float, above_low: float, high: float, above_high: float) -> tuple[float, float]:
    """Median and log SD of the log-normal that leaves given shares of people above two values.

    Half lie above 100 and 2.275 % (two SDs) above 100 e^0.4, so the log SD is 0.2:

    >>> [round(x, 3) for x in lognormal_of_shares(100, 0.5, 149.1825, 0.0227501)]
    [100.0, 0.2]
    """
    z_low, z_high = -_NORMAL.inv_cdf(above_low), -_NORMAL.inv_cdf(above_high)
    sd = math.log(high / low) / (z_high - z_low)
    return low * math.exp(-z_low * sd), sd


def lognormal_of_quartiles(median: float, lower: float, upper: float, undetected: float = 0.0) -> tuple[float, float]:
    """Median and log SD of a log-normal from its printed median and quartiles.

    Where a share `undetected` lies below the detection limit and the figures are printed for the rest, they are
    quantiles of everyone further up.

    >>> [round(x, 3) for x in lognormal_of_quartiles(1.8, 1.2, 2.9)]  # ln(2.9 / 1.2) / (2 * 0.6745)
    [1.8, 0.654]
    >>> [round(x, 3) for x in lognormal_of_quartiles(1.0, 0.5, 2.0, undetected=0.2)]  # the 40th, 60th, 80th percentile
    [0.726, 1.266]
    """
    z_lower, z_median, z_upper = (_NORMAL.inv_cdf(undetected + (1 - undetected) * q) for q in (0.25, 0.5, 0.75))
    sd = math.log(upper / lower) / (z_upper - z_lower)
    return median * math.exp(-z_median * sd), sd


def lognormal_of_interval(low: float, high: float, inside: float) -> tuple[float, float]:
    """Median and log SD of the log-normal whose central share `inside` lies between two values.

    >>> [round(x, 3) for x in lognormal_of_interval(0.36, 1.24, 0.95)]  # sqrt(0.4464); ln(3.444) / 3.92
    [0.668, 0.316]
    """
    return math.sqrt(low * high), math.log(high / low) / (2 * _NORMAL.inv_cdf((1 + inside) / 2))


def normal_of_t_scores(at_minus_one: float, at_minus_two: float) -> tuple[float, float]:
    """Mean and SD of young adults from the values printed at T-scores of -1 and -2.

    >>> [round(x, 2) for x in normal_of_t_scores(7.87, 6.94)]
    [8.8, 0.93]
    """
    return 2 * at_minus_one - at_minus_two, at_minus_one - at_minus_two


def logarithmic(mean: float, sd: float) -> tuple[float, float]:
    """Median and log SD of a log-normal with the given mean and SD.

    >>> [round(x, 3) for x in logarithmic(46.2, 13.8)]  # log SD of CV 0.2987: 0.2923; 46.2 e^-0.0427
    [44.267, 0.292]
    """
    log_sd = log_sd_of_cv(sd / mean)
    return mean * math.exp(-(log_sd**2) / 2), log_sd


def linear_between(low: float, at_low: float, high: float, at_high: float, x: float) -> float:
    """Value at `x` on the line through two printed points.

    >>> linear_between(25, 48.0, 75, 24.4, 50)  # half way
    36.2
    """
    return at_low + (at_high - at_low) * (x - low) / (high - low)


def after_percent(value: float, percent: float) -> float:
    """Value after a change in percent.

    >>> after_percent(20.0, -15.0)
    17.0
    """
    return value * (1 + percent / 100)


def insulin_of_homa_ir(homa_ir: float, glucose: float, divisor: float) -> float:
    """Fasting insulin at which HOMA-IR takes a value, at a given fasting glucose.

    >>> round(insulin_of_homa_ir(2.5, 101.25, 405), 2)  # 1012.5 / 101.25
    10.0
    """
    return homa_ir * divisor / glucose


def joined_sd(within: float, between: float) -> float:
    """SD of the sum of two independent deviations.

    >>> joined_sd(0.3, 0.4)
    0.5
    """
    return math.hypot(within, between)


def ratio(numerator: float, denominator: float) -> float:
    """One printed figure over another.

    >>> ratio(126, 7.0)
    18.0
    """
    return numerator / denominator
