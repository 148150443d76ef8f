"""What chance alone would let each instance show, were it like the others: with the statistics libraries.

Figures of instances and years arrive; the rows of `marts.comparison` leave. Families: counts of people among
residents, shares of trials, means of what people bring with them.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from tests.second_computation.cells import Figure
from tests.second_computation.compared_people import Means, expected_persons, person_means
from tests.second_computation.network_facts import Network
from tests.second_computation.reporting import FullKey
from tests.second_computation.whole_network import SecondComputation

SHARES = ("acceptance_rate", "unmet_share", "autonomy_rate", "satisfaction", "no_show_rate")
FEW, RELIABLE, DRAWN_IN = 5, 0.7, 0.1
SMALL, LARGE = 50_000, 250_000
MACRO_REGIONS = {"north": range(1, 9), "centre": range(9, 13), "south": range(13, 21)}
# Indicator, item, area, year, instance.
RowKey = tuple[str, str, str, date, str]


@dataclass(frozen=True)
class Observed:
    """What one instance shows, with its own chance (means) or what is expected of it (counts)."""

    family: str
    numerator: float
    denominator: float
    expected: float | None = None
    variance: float | None = None


@dataclass(frozen=True)
class Compared:
    """One row of `marts.comparison`."""

    peer_group: str
    numerator: Decimal
    denominator: Decimal
    value: float
    peer_median: float | None
    network_value: float
    expected: float
    adjusted: float
    lo95: float | None
    hi95: float | None
    lo998: float | None
    hi998: float | None
    overdispersion: float | None
    overdispersion_low: float | None
    overdispersion_high: float | None
    reliability: float | None
    position: str
    reliable_rank: int | None
    widening: float
    chance_lo95: float | None
    chance_hi95: float | None
    chance_lo998: float | None
    chance_hi998: float | None
    chance_position: str


def compare(computed: SecondComputation, figures: Mapping[FullKey, Figure]) -> dict[RowKey, Compared]:
    """Return every row of the comparison."""
    network = computed.network
    groups: dict[tuple, dict[str, Observed]] = defaultdict(dict)
    for key, figure in figures.items():
        indicator, kind, instance, item, area, period, start, population = key
        if (
            indicator in SHARES
            and (kind, period, population) == ("instance", "year", "ALL")
            and figure.denominator
        ):
            share = Observed("share", float(figure.numerator or 0), float(figure.denominator))
            groups[indicator, item, area, start][instance] = share
    _add_people(network, figures, groups)
    rows = {}
    for key, observed in groups.items():
        if len(observed) > 1:
            for instance, row in _one_comparison(network, observed).items():
                rows[*key, instance] = row
    return rows


def _add_people(
    network: Network, figures: Mapping[FullKey, Figure], groups: dict[tuple, dict[str, Observed]]
) -> None:
    served: dict[tuple[str, str, date], int] = {
        (key[2], key[4], key[6]): int(figure.numerator or 0)
        for key, figure in figures.items()
        if key[0] == "persons_served" and key[1] == "instance" and key[5] == "year" and key[7] == "ALL"
    }
    # Who delivers anything in a year is compared wherever somebody does: nothing delivered is 0, not unknown.
    active = {(instance, start) for instance, _, start in served}
    areas = {(area, start) for _, area, start in served}
    means: Means = person_means(network)
    residents = {name: network.residents_of(("instance", name)) for name in network.territories}
    for instance, start in active:
        if not residents[instance]:
            continue
        for area in (area for area, year in areas if year == start):
            reached = float(served.get((instance, area, start), 0))
            expected = expected_persons(network, instance, area, start.year, active)
            groups["persons_per_1000", "ALL", area, start][instance] = Observed(
                "count", reached, residents[instance] / 1000, expected
            )
            nothing = Observed("mean", 0.0, float(residents[instance]))
            groups["spend_municipal_per_resident", "ALL", area, start][instance] = nothing
    for (indicator, item, area, start, instance), sums in means.items():
        amount = sum((a for a, _ in sums.values()), Decimal(0))
        if indicator == "spend_municipal_per_resident":
            weight = Decimal(residents[instance] or 0)
            residuals = [float(a) for a, _ in sums.values()]
        else:
            weight = sum((w for _, w in sums.values()), Decimal(0))
            # The difference in decimals: where everybody pays the same there is no variance.
            residuals = (
                [float((a * weight - w * amount) / weight) for a, w in sums.values()] if weight else []
            )
        if weight > 0 and start <= network.as_of:
            variance = math.fsum(r * r for r in residuals) / float(weight) ** 2 if len(sums) >= FEW else None
            groups[indicator, item, area, start][instance] = Observed(
                "mean", float(amount), float(weight), variance=variance
            )


def _one_comparison(network: Network, observed: dict[str, Observed]) -> dict[str, Compared]:
    # All the others of an instance: their events, trials and, for means, chance.
    scored = {}
    for instance, own in observed.items():
        rest = [other for name, other in observed.items() if name != instance]
        above, below = math.fsum(o.numerator for o in rest), math.fsum(o.denominator for o in rest)
        chance = math.fsum((o.variance or 0.0) * o.denominator**2 for o in rest) / below**2
        target = above / below
        expected = own.expected if own.expected is not None else own.denominator * target
        value = own.numerator / own.denominator
        adjusted = target * own.numerator / expected if expected > 0 else value
        scored[instance] = (own, above, below, target, expected, value, adjusted, chance)
    variances = {name: _own_variance(*row) for name, row in scored.items()}
    deviations = {name: _deviation(*row) for name, row in scored.items()}
    z = [(row[6] - row[3]) / deviations[name] for name, row in scored.items() if deviations[name]]
    phi = low = high = None
    if z:
        phi = float(np.mean(np.asarray(stats.mstats.winsorize(np.array(z), limits=DRAWN_IN)) ** 2))
        low, high = (phi * len(z) / stats.chi2.ppf(tail, len(z)) for tail in (0.975, 0.025))
    between = _between([(scored[name][6], v) for name, v in variances.items() if v])
    rows = {}
    for instance, row in scored.items():
        own, above, _, target, expected, value, adjusted, _ = row
        own_variance = variances[instance]
        reliability = None
        if between is not None and own_variance is not None and between + own_variance > 0:
            reliability = between / (between + own_variance)
        unknown = own.variance is None if own.family == "mean" else expected <= 0 or above < FEW
        widening, too_small = math.sqrt(max(1.0, phi or 1.0)), own.family != "mean" and expected < FEW
        limits, chance = (
            (None,) * 4 if unknown else _limits(row, deviations[instance], wider) for wider in (widening, 1.0)
        )
        rows[instance] = Compared(
            _peer_group(network, instance),
            _observed(own.numerator),
            _observed(own.denominator),
            value,
            _peer_median(network, instance, {name: each[5] for name, each in scored.items()}),
            target,
            expected,
            adjusted,
            *limits,
            phi,
            low,
            high,
            reliability,
            _position(adjusted, limits, too_small=too_small),
            None,
            widening,
            *chance,
            _position(adjusted, chance, too_small=too_small),
        )
    return _ranked(rows)


def _observed(number: float) -> Decimal:
    # Euro and counts; residents are told in thousands.
    return Decimal(number).quantize(Decimal("0.0001"))


def _own_variance(own, above, below, target, expected, value, adjusted, chance) -> float | None:
    if own.family == "count":
        return target**2 / expected if expected > 0 else None
    return target * (1 - target) / own.denominator if own.family == "share" else own.variance


def _deviation(own, above, below, target, expected, value, adjusted, chance) -> float | None:
    if own.family == "count":
        return target * math.sqrt(1 / expected + 1 / above) if expected > 0 and above > 0 else None
    if own.family == "share":
        return math.sqrt(target * (1 - target) * (1 / own.denominator + 1 / below))
    return math.sqrt(own.variance + chance) if own.variance is not None else None


def _between(effects: list[tuple[float, float]]) -> float | None:
    if len(effects) < 2:
        return None
    values, variances = (np.array(column) for column in zip(*effects, strict=True))
    with np.errstate(all="ignore"):
        # What it says beside tau2 has no meaning where tau2 is below 0, and it says so in warnings.
        return max(0.0, float(combine_effects(values, variances, method_re="dl", use_t=False).tau2))


def _limits(row: tuple, deviation: float | None, widened: float) -> tuple[float | None, ...]:
    own, above, below, target, expected, _, _, _ = row
    limits = []
    for tail in (0.025, 0.001):
        if own.family == "mean":
            reach = stats.norm.ppf(1 - tail) * (deviation or 0.0)
            low, high = target - reach, target + reach
        elif own.family == "count":
            share = above / (above + expected)
            low, high = (
                target * float(stats.nbinom.ppf(p, n, share)) / expected
                for p, n in ((tail, above), (1 - tail, above + 1))
            )
        else:
            lost, trials = below - above, own.denominator
            low = _beta_binomial(tail, trials, above, lost + 1) / trials
            high = _beta_binomial(1 - tail, trials, above + 1, lost) / trials
        # Only away from the target: near nothing the exact limit may lie on its near side.
        low = max(0.0, low - max(0.0, target - low) * (widened - 1))
        high = high + max(0.0, high - target) * (widened - 1)
        limits += [low, min(1.0, high) if own.family == "share" else high]
    return tuple(limits)


def _beta_binomial(probability: float, trials: float, above: float, below: float) -> float:
    # Where the others never fail there is no distribution of their share: all that can happen is success.
    return float(stats.betabinom.ppf(probability, trials, above, below)) if below > 0 else trials


def _position(adjusted: float, limits: tuple[float | None, ...], *, too_small: bool) -> str:
    lo95, hi95, lo998, hi998 = limits
    if too_small or lo95 is None or hi95 is None or lo998 is None or hi998 is None:
        return "too_small"
    # A value on a limit is inside; the last digits of a double are not a difference.
    slack = 1e-9 * max(1.0, abs(adjusted))
    for name, beyond in (
        ("above998", adjusted > hi998 + slack),
        ("below998", adjusted < lo998 - slack),
        ("above95", adjusted > hi95 + slack),
        ("below95", adjusted < lo95 - slack),
    ):
        if beyond:
            return name
    return "inside"


def _ranked(rows: dict[str, Compared]) -> dict[str, Compared]:
    rankable = [
        name
        for name, row in rows.items()
        if row.position != "too_small" and (row.reliability or 0.0) >= RELIABLE
    ]
    rankable.sort(key=lambda name: (-rows[name].adjusted, name))
    places = {name: place for place, name in enumerate(rankable, start=1)}
    return {
        name: Compared(**{**row.__dict__, "reliable_rank": places.get(name)}) for name, row in rows.items()
    }


def _peer_group(network: Network, instance: str) -> str:
    residents = network.residents_of(("instance", instance))
    if residents is None:
        return "unknown"
    ((_, region),) = network.territory(instance, "region")
    size = "small" if residents < SMALL else "medium" if residents < LARGE else "large"
    return f"{size}-{next(name for name, regions in MACRO_REGIONS.items() if int(region) in regions)}"


def _peer_median(network: Network, instance: str, values: dict[str, float]) -> float | None:
    own = _peer_group(network, instance)
    peers = [
        value for name, value in values.items() if name != instance and _peer_group(network, name) == own
    ]
    return statistics.median(peers) if peers and own != "unknown" else None
