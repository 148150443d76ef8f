"""The disclosure policy: `policy.yaml` arrives, a checked and immutable policy leaves.

The legal floor stands here in code, so that no file can undercut it. What a rule is applied to does not
belong here.
"""

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import yaml

POLICY_FILE = Path(__file__).with_name("policy.yaml")
LEGAL_FLOOR = 3


class PolicyError(Exception):
    """The policy cannot be used; says which value and what it must be."""


@dataclass(frozen=True)
class DisclosurePolicy:
    """Thresholds in persons, shares between 0 and 1, calendar in days after the end of a period."""

    normal: int
    high: int
    high_areas: frozenset[str]
    high_sensitivity: str
    one_contributor: float
    two_contributors: float
    protection: float
    population_floor: int
    wait_bands: tuple[int, ...]
    calendar: dict[str, int]
    frozen: bool
    sha256: str

    @property
    def wait_band_names(self) -> tuple[str, ...]:
        """The bands as the tables name them: up_to_30, 31_to_60, 61_to_90, over_90."""
        between = [f"{low + 1}_to_{high}" for low, high in pairwise(self.wait_bands)]
        return (f"up_to_{self.wait_bands[0]}", *between, f"over_{self.wait_bands[-1]}")

    def as_record(self) -> dict[str, object]:
        """Return the policy as it stands in release.json."""
        return {
            "thresholds": {"normal": self.normal, "high": self.high, "legal_floor": LEGAL_FLOOR},
            "high": {"areas": sorted(self.high_areas), "sensitivity": self.high_sensitivity},
            "amounts": {
                "one_contributor": self.one_contributor,
                "two_contributors": self.two_contributors,
                "protection": self.protection,
            },
            "population_floor": self.population_floor,
            "wait_bands": list(self.wait_bands),
            "calendar": dict(self.calendar),
            "frozen": self.frozen,
            "sha256": self.sha256,
        }


def load_policy(path: Path = POLICY_FILE) -> DisclosurePolicy:
    """Read and check the policy. Raises PolicyError for a threshold under the legal floor or a share out of
    range."""
    content = path.read_bytes()
    document = yaml.safe_load(content)
    policy = DisclosurePolicy(
        normal=document["thresholds"]["normal"],
        high=document["thresholds"]["high"],
        high_areas=frozenset(document["high"]["areas"]),
        high_sensitivity=document["high"]["sensitivity"],
        one_contributor=document["amounts"]["one_contributor"],
        two_contributors=document["amounts"]["two_contributors"],
        protection=document["amounts"]["protection"],
        population_floor=document["population_floor"],
        wait_bands=tuple(document["wait_bands"]),
        calendar=document["calendar"],
        frozen=document["frozen"],
        sha256=hashlib.sha256(content).hexdigest(),
    )
    _check(policy)
    return policy


def _check(policy: DisclosurePolicy) -> None:
    if policy.normal < LEGAL_FLOOR or policy.high < policy.normal:
        raise PolicyError(
            f"thresholds: normal must be at least {LEGAL_FLOOR}, the legal floor, and high at least normal / "
            f"soglie: la normale almeno {LEGAL_FLOOR}, minimo di legge, e l'alta almeno pari alla normale"
        )
    shares = {
        "one_contributor": policy.one_contributor,
        "two_contributors": policy.two_contributors,
        "protection": policy.protection,
    }
    for name, share in shares.items():
        if not 0 < share < 1:
            raise PolicyError(f"amounts.{name} must lie between 0 and 1 / deve stare fra 0 e 1")
    graces = [policy.calendar[kind] for kind in ("month", "quarter", "year")]
    if graces != sorted(graces):
        raise PolicyError(
            "calendar: a quarter must not be published sooner than its months, nor a year than its quarters "
            "/ calendar: un trimestre non esce prima dei suoi mesi, né un anno prima dei suoi trimestri"
        )
    bands = policy.wait_bands
    if len(bands) != 3 or bands[0] < 1 or list(bands) != sorted(set(bands)):
        raise PolicyError(
            "wait_bands must be three numbers of days, each larger than the one before / "
            "wait_bands: tre numeri di giorni, ciascuno maggiore del precedente"
        )
