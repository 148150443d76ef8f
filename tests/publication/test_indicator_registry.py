"""An entry of the registry that cannot be right is told with its place, before dbt is asked for anything."""

from pathlib import Path

import pytest

from core.yaml_models import FileUnusable
from publication.cubes import REGISTRY, read_registry


@pytest.mark.parametrize(
    ("was", "now", "key", "said"),
    [
        # A comma outside quotes ends a text of the flow form, and the rest of it is a key.
        ("numerator: spend_net,", "numerator: spend, net,", "net", "unknown key"),
        ("id: spend_delivered,", "id: Spend delivered,", "id", "form is"),
        ("id: deliveries,", "id: spend_delivered,", "id", "stands twice"),
        ("kind: sum,", "kind: total,", "kind", "known: sum, distinct"),
        ("area: yes,", "area: always,", "area", "true or false"),
        ("{cube: ", "{kube: ", "kube", "known: cube, part"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, was: str, now: str, key: str, said: str
) -> None:
    text = REGISTRY.read_text(encoding="utf-8")
    assert was in text
    path = tmp_path / "indicators.yaml"
    path.write_text(text.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(FileUnusable, match=rf"^indicators\.yaml:\d+:\d+, .*\.{key}: .*{said}"):
        read_registry(path)
