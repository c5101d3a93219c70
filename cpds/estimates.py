"""Printed effects with their uncertainty -> log odds and sampling error; what cannot be converted, and why.

Each function takes what a paper prints and gives an `Estimate`. A continuous outcome (HOMA-IR, clamp, CRP) enters as
a standardized mean difference: the effect over the spread among people, times pi / sqrt(3), which is the log odds of
lying beyond any one cut of a logistic scale (Chinn 2000, source chinn_2000). Skewed outcomes are taken on the log
scale, where a percent change is a difference and the spread is that of the logarithm (Higgins 2008, source
higgins_2008). An interval becomes a standard error by its length over 2 x 1.96, of a ratio after taking logarithms
(Cochrane Handbook, source cochrane_intervals).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

from cpds.effects import log_odds_from_correlation, log_odds_from_smd

_Z = NormalDist().inv_cdf(0.975)

NOT_CONVERTIBLE = {
    "risk_ratio": "a ratio of risks over years of follow-up holds no prevalence, and the network has no time",
    "hazard_ratio": "a hazard over years of follow-up holds no prevalence, and the network has no time",
    "incidence": "new cases over years of follow-up are no prevalence, and the network has no time",
    "glycemia": "glucose and HbA1c move with insulin secretion, clearance and drugs as well as with resistance",
    "difference_without_spread": "a difference in units of an assay says nothing without a baseline and a spread",
    "liability": "per unit of liability to a yes-or-no exposure, which no two states of the network span",
    "direction": "no size is printed",
}
"""Scales that are executed by order and sign only, each with the reason."""

NEW_CASES = frozenset({"risk_ratio", "hazard_ratio", "incidence"})
"""Scales of new cases over years: a trial keeps the printed `ratio` of treated to untreated, which orders it."""


class Estimate(NamedTuple):
    """A log odds ratio and its standard deviation, from sampling alone."""

    log_odds: float
    spread: float

    def rounded(self) -> Estimate:
        """To four digits after the point, as the files state them."""
        return Estimate(round(self.log_odds, 4), round(self.spread, 4))


def odds_ratio(odds_ratio: float, low: float, high: float, units: float = 1.0) -> Estimate:
    """Odds ratio with 95 % interval; `units` is how many of the printed units the contrast in question spans.

    >>> odds_ratio(1.26, 1.17, 1.34, units=2.0).rounded()  # 2 ln 1.26; 2 ln(1.34 / 1.17) / 3.92
    Estimate(log_odds=0.4622, spread=0.0692)
    """
    return Estimate(units * math.log(odds_ratio), abs(units) * math.log(high / low) / (2 * _Z))


def smd(smd: float, low: float, high: float) -> Estimate:
    """Standardized mean difference with 95 % interval.

    >>> smd(-0.25, -0.43, -0.06).rounded()  # -0.25 * 1.8138; 0.37 / 3.92 * 1.8138
    Estimate(log_odds=-0.4534, spread=0.1712)
    """
    return Estimate(log_odds_from_smd(smd), log_odds_from_smd((high - low) / (2 * _Z)))


def smd_of_sizes(smd: float, n_1: float, n_2: float) -> Estimate:
    """Standardized mean difference of two groups of known size.

    Its sampling variance is (n - 1) / (n - 3) ((n_1 + n_2) / (n_1 n_2) + d^2 / (2 n)), n = n_1 + n_2 (source
    smd_variance).

    >>> smd_of_sizes(1.0, 10, 10).rounded()  # sqrt(19 / 17 * (0.2 + 0.025)) = 0.50147, times 1.8138
    Estimate(log_odds=1.8138, spread=0.9096)
    """
    n = n_1 + n_2
    variance = (n - 1) / (n - 3) * (n / (n_1 * n_2) + smd**2 / (2 * n))
    return Estimate(log_odds_from_smd(smd), log_odds_from_smd(math.sqrt(variance)))


def smd_of_p(p: float, n_1: float, n_2: float, sign: float) -> Estimate:
    """Standardized mean difference behind a two-sided P value: z sqrt(1 / n_1 + 1 / n_2), normal in place of t.

    >>> smd_of_p(0.05, 50, 50, 1).rounded()  # 1.95996 * 0.2 * 1.8138; sqrt(99 / 97 * (0.04 + 0.00077)) * 1.8138
    Estimate(log_odds=0.711, spread=0.37)
    """
    z = NormalDist().inv_cdf(1 - p / 2)
    return smd_of_sizes(math.copysign(z * math.sqrt(1 / n_1 + 1 / n_2), sign), n_1, n_2)


def means(mean_1: float, sd_1: float, n_1: float, mean_2: float, sd_2: float, n_2: float) -> Estimate:
    """Means and SDs of two groups, first minus second over the pooled SD.

    >>> means(6, 2, 10, 4, 2, 10).rounded()  # d = 1, as in smd_of_sizes
    Estimate(log_odds=1.8138, spread=0.9096)
    """
    pooled = math.sqrt(((n_1 - 1) * sd_1**2 + (n_2 - 1) * sd_2**2) / (n_1 + n_2 - 2))
    return smd_of_sizes((mean_1 - mean_2) / pooled, n_1, n_2)


def means_of_errors(mean_1: float, se_1: float, n_1: float, mean_2: float, se_2: float, n_2: float) -> Estimate:
    """The same with standard errors of the means, SE = SD / sqrt(n).

    >>> means_of_errors(6, 0.5, 16, 4, 0.5, 16).rounded()  # SD 2, d = 1; sqrt(31 / 29 * (0.125 + 1 / 64)) * 1.8138
    Estimate(log_odds=1.8138, spread=0.7032)
    """
    return means(mean_1, se_1 * math.sqrt(n_1), n_1, mean_2, se_2 * math.sqrt(n_2), n_2)


def percent(percent: float, low: float, high: float, log_sd: float, units: float = 1.0) -> Estimate:
    """Percent change with 95 % interval of an outcome whose logarithm has SD `log_sd` among people like these.

    `units` is how many of the printed units the contrast spans (percent per unit, compounded).

    >>> percent(-20, -30, -10, log_sd=0.5).rounded()  # ln 0.8 / 0.5 * 1.8138; ln(0.9 / 0.7) / 3.92 / 0.5 * 1.8138
    Estimate(log_odds=-0.8095, spread=0.2326)
    """
    center, ends = math.log1p(percent / 100), (math.log1p(low / 100), math.log1p(high / 100))
    spread = (ends[1] - ends[0]) / (2 * _Z)
    return Estimate(log_odds_from_smd(units * center / log_sd), log_odds_from_smd(abs(units) * spread / log_sd))


def percent_of_error(percent: float, se: float, log_sd: float) -> Estimate:
    """Percent change with its standard error in percent; the error of ln(1 + p) is se / (1 + p).

    >>> percent_of_error(25, 5, log_sd=0.5).rounded()  # 0.22314 / 0.5 * 1.8138; 0.05 / 1.25 / 0.5 * 1.8138
    Estimate(log_odds=0.8095, spread=0.1451)
    """
    ratio = 1 + percent / 100
    return Estimate(log_odds_from_smd(math.log(ratio) / log_sd), log_odds_from_smd(se / 100 / ratio / log_sd))


def percent_of_sizes(percent: float, n_1: float, n_2: float, log_sd: float) -> Estimate:
    """Percent change without interval: sampling error of two groups of that size.

    A crossover counts as two groups of all its people, since the correlation within people is seldom printed.

    >>> percent_of_sizes(-30, 8, 8, log_sd=0.3).rounded()  # d = -1.18892; sqrt(15 / 13 * (0.25 + 0.04417)) * 1.8138
    Estimate(log_odds=-2.1565, spread=1.0567)
    """
    return smd_of_sizes(math.log1p(percent / 100) / log_sd, n_1, n_2)


def changes(change_1: float, se_1: float, change_2: float, se_2: float, baseline: float, log_sd: float) -> Estimate:
    """Adjusted changes of two arms with standard errors, from one baseline mean: log ratio of where they end.

    >>> changes(5, 1, 0, 1, baseline=20, log_sd=0.5).rounded()  # ln 1.25 / 0.5; hypot(0.04, 0.05) / 0.5
    Estimate(log_odds=0.8095, spread=0.2323)
    """
    end_1, end_2 = baseline + change_1, baseline + change_2
    spread = math.hypot(se_1 / end_1, se_2 / end_2)
    return Estimate(log_odds_from_smd(math.log(end_1 / end_2) / log_sd), log_odds_from_smd(spread / log_sd))


def mean_difference(difference: float, low: float, high: float, sd: float) -> Estimate:
    """Mean difference with 95 % interval over the SD among people like these, both in the outcome's unit.

    >>> mean_difference(-1, -2, 0, sd=5).rounded()  # -0.2 * 1.8138; 2 / 3.92 / 5 * 1.8138
    Estimate(log_odds=-0.3628, spread=0.1851)
    """
    return smd(difference / sd, low / sd, high / sd)


def correlation(r: float, n: float) -> Estimate:
    """Correlation of n people: d = 2 r / sqrt(1 - r^2), its error by Fisher's z, whose SD is 1 / sqrt(n - 3).

    d = 2 sinh(z), so its error is 2 cosh(z) / sqrt(n - 3) = 2 / sqrt((1 - r^2) (n - 3)).

    >>> correlation(0.6, 28).rounded()  # d = 1.5; 2 / (0.8 * 5) = 0.5; both times 1.8138
    Estimate(log_odds=2.7207, spread=0.9069)
    """
    error = 2 / math.sqrt((1 - r**2) * (n - 3))
    return Estimate(log_odds_from_correlation(r), log_odds_from_smd(error))


def correlation_of_steps(r: float, n: float) -> Estimate:
    """Correlation with an exposure that is compared over one SD: slope r / sqrt(1 - r^2), half of what two groups give.

    >>> correlation_of_steps(0.6, 28).rounded()  # half of the two-group figures
    Estimate(log_odds=1.3603, spread=0.4534)
    """
    whole = correlation(r, n)
    return Estimate(whole.log_odds / 2, whole.spread / 2)


def shares(share_1: float, n_1: float, share_2: float, n_2: float) -> Estimate:
    """Shares of two groups; the variance of a log odds is 1 / (n p (1 - p)).

    >>> shares(0.75, 100, 0.5, 100).rounded()  # ln 3; sqrt(1 / 18.75 + 1 / 25)
    Estimate(log_odds=1.0986, spread=0.3055)
    """
    log_odds = math.log(share_1 / (1 - share_1)) - math.log(share_2 / (1 - share_2))
    variance = 1 / (n_1 * share_1 * (1 - share_1)) + 1 / (n_2 * share_2 * (1 - share_2))
    return Estimate(log_odds, math.sqrt(variance))
