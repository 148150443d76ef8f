"""The gate of what landed is open over correct data, month after month, and finds what was planted."""

import pytest

from quality.policy import load_policy
from tests.support.landed_profiles import FAULTS, Fault, LandedNetwork, months_judged

LIMITS = load_policy().landed


@pytest.fixture(scope="module")
def network() -> LandedNetwork:
    return LandedNetwork(0.1, seed=4)


def test_no_month_of_correct_data_is_red(network: LandedNetwork) -> None:
    red = {
        (month, *finding)
        for month in months_judged(network.months)
        for finding in network.findings(month, LIMITS)
    }
    assert red == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_where_it_is_and_nowhere_else(network: LandedNetwork, fault: Fault) -> None:
    found = network.findings(network.months - 1, LIMITS, fault, "milano")
    assert (fault.check, "milano") in {finding[:2] for finding in found}
    assert {instance for _, instance, _ in found} == {"milano"}


def test_what_is_found_names_entity_and_column(network: LandedNetwork) -> None:
    hundredfold = next(fault for fault in FAULTS if fault.name == "amounts times 100")
    found = network.findings(network.months - 1, LIMITS, hundredfold, "milano")
    assert ("values", "milano", "service_delivery.amount_total") in found
