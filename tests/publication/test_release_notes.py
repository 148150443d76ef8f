"""What a release tells of itself: the figures it changes, those that are new by scope, and its attack."""

import json

import pytest

from publication.release import current
from publication.release_notes import scope_of
from tests.support.published_homes import copy_first_release


@pytest.mark.parametrize(
    ("figure", "scope"),
    [
        ("persons_served?age_band=ALL&area=ALL&period=2025&sex=ALL&territory=instance:bari", "instance:bari"),
        ("public_figure?indicator=residual&period_type=year&scope=9900&scope_type=funder", "funder:9900"),
        ("spend_delivered?area=ALL&period=2025&provider=9901&territory=network", "provider:9901"),
        ("outcome_pairs?award=grant:bari:GR-1&outcome=ALL&period=2025", "grant:bari:GR-1"),
        ("persons_served?area=ALL&period=2025&territory=network", "network"),
    ],
)
def test_a_figure_is_of_one_scope(figure, scope):
    assert scope_of(figure) == scope


def test_a_first_release_changes_nothing(tmp_path):
    made = current(copy_first_release(tmp_path / "home"))
    notes = json.loads((made.path / "public" / "changes.json").read_text(encoding="utf-8"))
    assert notes["before"] is None
    assert notes["changes"] == []
    assert notes["release_id"] == made.release_id
    attack = json.loads((made.path / "public" / "attack.json").read_text(encoding="utf-8"))
    assert attack["findings"] == 0
    assert attack["cells"] > attack["hidden"] > 0
