"""How often the gate of what landed is red over correct data, and how often it finds a planted fault.

Simulated networks of three sizes and three seeds are judged month by month, as if each of the last 18 months
had just landed; then a fault is planted in the last export of the largest territory, in two of the months. No
file is written and nothing is built: the same profiles are judged by the same rules. Ends 1 where a critical
check is red without a fault, or a fault is not found.
"""

import argparse
import sys
import time
from collections import Counter

from quality.policy import load_policy
from tests.support.landed_profiles import FAULTS, LandedNetwork, months_judged

SCALES = (0.1, 0.2, 0.4)
SEEDS = (1, 2, 3)
INSTANCE = "milano"


def main(arguments: list[str] | None = None) -> int:
    """Print both rates and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate_rates", description=__doc__)
    parser.add_argument("--scales", type=float, nargs="+", default=SCALES)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    asked = parser.parse_args(arguments)
    limits = load_policy().landed
    clock = time.perf_counter()
    red: list[tuple] = []
    months = 0
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for scale in asked.scales:
        for seed in asked.seeds:
            network = LandedNetwork(scale, seed)
            judged = months_judged(network.months)
            for month in judged:
                months += 1
                red += [(scale, seed, month, *finding) for finding in network.findings(month, limits)]
            for fault in FAULTS:
                for month in (judged[0], judged[-1]):
                    planted[fault.name] += 1
                    seen = network.findings(month, limits, fault, INSTANCE)
                    found[fault.name] += any(each[:2] == (fault.check, INSTANCE) for each in seen)
    print(f"{months} months of {len(asked.scales)} scales and {len(asked.seeds)} seeds, 13 territories each")
    red_months = len({finding[:3] for finding in red})
    print(f"red without a fault: {red_months} of {months} months ({red_months / months:.1%})")
    for finding in red:
        print("  scale {}, seed {}, month {}: {} {} {}".format(*finding))
    for name in planted:
        print(f"found: {found[name]} of {planted[name]} times '{name}'")
    print(f"{time.perf_counter() - clock:.0f} s")
    return int(bool(red) or found != planted)


if __name__ == "__main__":
    sys.exit(main())
