"""The 95% interval of a mean after Student, the quantile found by halving the distribution function."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from decimal import Decimal


def mean_interval(values: Sequence[Decimal], confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the interval around the mean of `values`; None under two values."""
    count = len(values)
    if count < 2:
        return None
    numbers = [float(value) for value in values]
    mean = math.fsum(numbers) / count
    variance = math.fsum((number - mean) ** 2 for number in numbers) / (count - 1)
    half = quantile(1 - (1 - confidence) / 2, count - 1) * math.sqrt(variance / count)
    return mean - half, mean + half


@functools.cache
def quantile(probability: float, degrees: int) -> float:
    """Return the quantile above the median of Student's t with `degrees` degrees of freedom."""
    low, high = 0.0, 1e4
    for _ in range(200):
        middle = (low + high) / 2
        if distribution(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def distribution(t: float, degrees: int) -> float:
    """Return P(T <= t) for t >= 0: a finite sum in the angle whose tangent is t / sqrt(degrees)."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine, sine = math.cos(angle), math.sin(angle)
    if degrees % 2 == 1:
        term, between = cosine, 0.0
        for k in range(1, (degrees - 1) // 2 + 1):
            between += term
            term *= cosine * cosine * (2 * k) / (2 * k + 1)
        between = (angle + sine * between) * 2 / math.pi
    else:
        term, between = 1.0, 0.0
        for k in range(1, degrees // 2 + 1):
            between += term
            term *= cosine * cosine * (2 * k - 1) / (2 * k)
        between *= sine
    return 0.5 + between / 2
