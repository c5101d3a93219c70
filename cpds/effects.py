"""Conversions of printed effects to log odds; each gives its formula and where the formula stands."""

from __future__ import annotations

import math


def log_odds_from_odds_ratio(odds_ratio: float) -> float:
    """Log odds ratio of a printed odds ratio.

    >>> round(log_odds_from_odds_ratio(2.0), 4)  # ln 2
    0.6931
    """
    return math.log(odds_ratio)


def log_odds_from_risk_ratio(risk_ratio: float, baseline: float) -> float:
    """Log odds ratio of a risk ratio, given the risk of the unexposed.

    >>> round(log_odds_from_risk_ratio(1.5, 0.2), 4)  # 0.3 / 0.7 over 0.2 / 0.8 = 1.7143; ln 1.7143
    0.539
    """
    exposed = risk_ratio * baseline
    if not 0 < exposed < 1:
        raise ValueError(
            f"risk ratio {risk_ratio} on a baseline of {baseline} gives a risk of {exposed}, not within (0, 1)"
        )
    return log_odds_ratio_from_shares(exposed, baseline)


def log_odds_from_smd(smd: float) -> float:
    """Log odds ratio of a standardized mean difference: d pi / sqrt(3) (source effect_conversions).

    >>> round(log_odds_from_smd(0.5), 4)  # 0.5 * 1.8138
    0.9069
    """
    return smd * math.pi / math.sqrt(3)


def smd_from_correlation(r: float, h: float = 4.0) -> float:
    """Standardized mean difference of a correlation: sqrt(h) r / sqrt(1 - r^2), h = 4 for equal groups.

    >>> round(smd_from_correlation(0.6), 4)  # 2 * 0.6 / 0.8
    1.5
    """
    return math.sqrt(h) * r / math.sqrt(1 - r**2)


def log_odds_from_correlation(r: float) -> float:
    """Log odds ratio of a correlation: that of the standardized mean difference between two equal groups.

    >>> round(log_odds_from_correlation(0.6), 4)  # d = 1.5, times 1.8138
    2.7207
    """
    return log_odds_from_smd(smd_from_correlation(r))


def smd_from_percent_difference(percent: float, coefficient_of_variation: float) -> float:
    """Standardized mean difference of a difference in percent of the mean, the spread given as a share of the mean.

    >>> round(smd_from_percent_difference(-30.0, 0.25), 2)  # -0.30 / 0.25
    -1.2
    """
    return percent / 100.0 / coefficient_of_variation


def log_odds_ratio_from_shares(exposed: float, unexposed: float) -> float:
    """Log odds ratio of two shares.

    >>> round(log_odds_ratio_from_shares(0.75, 0.5), 4)  # odds 3 over odds 1
    1.0986
    """
    return math.log(exposed / (1 - exposed)) - math.log(unexposed / (1 - unexposed))


def value_at_share(share: float, intercept: float, slope: float) -> float:
    """Value at which a logistic regression on it gives a share: (ln(share / (1 - share)) - intercept) / slope.

    >>> round(value_at_share(0.75, -10.0, 2.0), 4)  # (ln 3 + 10) / 2
    5.5493
    """
    return (math.log(share / (1 - share)) - intercept) / slope


def weighted_sum(**parts: float) -> float:
    """Slopes times how far each runs: slope_1 times_1 + slope_2 times_2 + ...

    >>> round(weighted_sum(slope_1=0.5, times_1=2.0, slope_2=-0.1, times_2=3.0), 4)  # 1.0 - 0.3
    0.7
    """
    slopes = {name.removeprefix("slope_"): value for name, value in parts.items() if name.startswith("slope_")}
    return sum(value * parts[f"times_{key}"] for key, value in slopes.items())
