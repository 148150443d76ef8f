"""Every indicator is said in plain words, Italian and English, in the registry itself."""

from orchestration.registry_macro import read_registry


def test_every_indicator_is_defined_in_both_languages() -> None:
    entries = read_registry()
    assert len(entries) > 90
    what_to_do = "write both definitions in plain words, each a sentence: docs/how-to/add-an-indicator.md"
    for indicator, entry in entries.items():
        italian, english = (entry.get(f"definition_{lang}", "") for lang in ("it", "en"))
        assert italian and english and italian != english, f"{indicator}: {what_to_do}"
        for text in (italian, english):
            assert text.endswith("."), f"{indicator}: {what_to_do}"
            # A formula names columns and functions; words do not.
            assert "_" not in text and "sum(" not in text, f"{indicator}: {what_to_do}"


def test_the_definition_of_a_wait_says_who_is_left_out_of_it() -> None:
    """A curve censors those who were turned down or went away: it is no half of all who asked."""
    entries = read_registry()
    for indicator in ("wait_to_assessment_p50", "wait_to_service_p50", "wait_to_service_p90"):
        assert "respinte o ritirate" in entries[indicator]["definition_it"], indicator
        assert "rejected or withdrawn" in entries[indicator]["definition_en"], indicator
