"""What may be published is said in plain words, Italian and English, in the registry itself."""

from pathlib import Path

import yaml

PRODUCT = Path(__file__).resolve().parents[2]
REGISTRY = yaml.safe_load((PRODUCT / "dbt_project" / "indicators.yaml").read_text(encoding="utf-8"))
LIST = yaml.safe_load((PRODUCT / "publication" / "tables.yaml").read_text(encoding="utf-8"))


def test_every_indicator_that_may_be_published_is_defined_in_both_languages() -> None:
    entries = {entry["id"]: entry for entries in REGISTRY.values() for entry in entries}
    published = {indicator for indicator, entry in entries.items() if entry["protect"] == "none"}
    published |= {name for name in LIST["measures"] if name in entries}
    published |= {figure["indicator"] for figure in LIST["derived"]} | {"outcome_improved"}
    assert len(published) > 25
    for indicator in published:
        italian, english = (entries[indicator].get(f"definition_{lang}", "") for lang in ("it", "en"))
        assert italian and english and italian != english, indicator
        for text in (italian, english):
            assert text.endswith("."), indicator
            # A formula names columns and functions; words do not.
            assert "_" not in text and "sum(" not in text, indicator
