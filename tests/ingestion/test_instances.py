"""The registry of the territories: what is wrong in it is told with its place."""

from datetime import date

import pytest

from core.home import VetroHome
from core.yaml_models import FileUnusable
from ingestion.instances import read_instances, register_instances

RHO = """\
instances:
  rho:
    name: Rho
    seat: 015182
    comuni: [015182, "015011"]
"""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("instances: [\n", "instances.yaml:2:1:"),
        ("- rho", "instances.yaml:1:1:"),
        (RHO.replace("  rho:", "  Rho Town:"), "instances.yaml:2:3, instances.Rho Town:"),
        (RHO.replace("seat: 015182", "seat: 15182"), "instances.yaml:4:11, instances.rho.seat:"),
        (RHO.replace("    seat: 015182\n", ""), "instances.yaml:2:3, instances.rho.seat:"),
        (RHO.replace('"015011"', "Milano"), "instances.yaml:5:22, instances.rho.comuni[1]:"),
        (RHO.replace('[015182, "015011"]', "[]"), "instances.yaml:5:5, instances.rho.comuni:"),
        (RHO + "    active_from: October\n", "instances.yaml:6:18, instances.rho.active_from:"),
        (RHO + "    active_form: 2026-10-01\n", "instances.yaml:6:5, instances.rho.active_form:"),
        (RHO + "    mapping: [a]\n", "instances.yaml:6:5, instances.rho.mapping:"),
        (RHO + RHO.split("\n", 1)[1], "instances.yaml:6:3:"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_in_two_languages(tmp_path, text: str, place: str) -> None:
    home = VetroHome.at(tmp_path)
    home.instances_file.write_text(text, encoding="utf-8")
    with pytest.raises(FileUnusable) as raised:
        read_instances(home)
    assert str(raised.value).startswith(f"{place} ") and " / " in str(raised.value)


@pytest.mark.parametrize("text", ["", "instances:", "{}"])
def test_an_empty_registry_has_nobody(tmp_path, text: str) -> None:
    home = VetroHome.at(tmp_path)
    home.instances_file.write_text(text, encoding="utf-8")
    assert read_instances(home) == {}


def test_what_is_registered_keeps_its_codes_and_leaves_the_others_as_they_are(tmp_path) -> None:
    home = VetroHome.at(tmp_path)
    home.instances_file.write_text(RHO, encoding="utf-8")
    before = read_instances(home)
    matera = {"name": "Matera", "seat": "077014", "comuni": ["077014"], "active_from": date(2026, 1, 1)}
    assert register_instances(home, {"rho": matera, "matera": matera}) == ["matera"]
    found = read_instances(home)
    assert found["rho"] == before["rho"] and found["rho"].comuni == ("015182", "015011")
    assert (found["matera"].seat, found["matera"].active_from) == ("077014", date(2026, 1, 1))
    assert '"015182"' in home.instances_file.read_text(encoding="utf-8")
