"""A version of a statutory list is a file, and one that cannot be used says where."""

import re
from datetime import date

import pytest

from core.yaml_models import FileUnusable
from publication.statutory_schema import SCHEMAS, load_statutory_schemas

DAY = date(2026, 9, 30)


def test_another_version_of_a_list_is_another_file(tmp_path):
    text = (SCHEMAS / "l124_grants-1.yaml").read_text(encoding="utf-8")
    (tmp_path / "l124_grants-1.yaml").write_text(text, encoding="utf-8")
    newer = text.replace('version: "1"', 'version: "2"').replace("2019-05-01", "2027-01-01")
    newer = newer.replace("name: received_eur", "name: importo").replace("10000", "5000")
    (tmp_path / "l124_grants-2.yaml").write_text(newer, encoding="utf-8")

    def versions(day: date) -> list[tuple]:
        return [
            (schema.version, schema.named("amount"), schema.rules.at_least_eur)
            for schema in load_statutory_schemas(day, tmp_path)
        ]

    assert versions(date(2019, 4, 30)) == []
    assert versions(date(2026, 12, 31)) == [("1", "received_eur", 10000)]
    assert versions(date(2027, 1, 1)) == [("2", "importo", 5000)]


@pytest.mark.parametrize(
    "was, becomes, key",
    [
        ("source: payee_name", "source: iban", "columns[2].source"),
        ("    source: mark\n", "    source: reasons\n", "columns"),
        ("printed_together: [year]", "printed_together: [anno]", "printed_together"),
    ],
)
def test_a_schema_that_cannot_be_used_says_where(tmp_path, was, becomes, key):
    text = (SCHEMAS / "l124_grants-1.yaml").read_text(encoding="utf-8")
    assert was in text
    (tmp_path / "l124.yaml").write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(FileUnusable, match=re.escape(key)) as error:
        load_statutory_schemas(DAY, tmp_path)
    assert "l124.yaml:" in str(error.value)
