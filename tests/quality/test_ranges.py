"""Every range of the gate's policy chooses figures that there are: one that chooses none always holds."""

import pytest
import yaml

from orchestration.registry_macro import read_registry
from quality.policy import POLICY_FILE

RANGES = yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8"))["marts"]["ranges"]
PERIODS = ["month", "quarter", "year"]


def chosen(limit: dict) -> set[str]:
    """The indicators of which a range judges figures."""
    return {
        indicator
        for indicator, entry in read_registry().items()
        if indicator in limit.get("indicators", [indicator])
        and entry["unit"] in limit.get("units", [entry["unit"]])
        and set(entry["scopes"]) & set(limit.get("scopes", entry["scopes"]))
        and set(entry.get("periods", PERIODS)) & set(limit.get("periods", PERIODS))
    }


@pytest.mark.parametrize("limit", RANGES, ids=lambda limit: limit["name"])
def test_a_range_chooses_figures_that_there_are(limit: dict) -> None:
    unseen = set(limit.get("indicators", [])) - chosen(limit)
    assert chosen(limit) and not unseen, (
        f"{limit['name']} judges no figure of {sorted(unseen) or 'any indicator'}: compare units, scopes and "
        "periods with dbt_project/indicators.yaml (docs/how-to/add-a-quality-rule.md)"
    )


def test_a_range_over_periods_that_an_indicator_has_not_got_is_found() -> None:
    assert chosen({"indicators": ["quarantine_rate"], "periods": ["month"]}) == {"quarantine_rate"}
    assert not chosen({"indicators": ["quarantine_rate"], "periods": ["year"]})
