"""dbt's documentation is one page that says everything about the tables and nothing of what is in them."""

import re
import threading
import urllib.request
from pathlib import Path

import pytest

from core.errors import VetroError
from core.settings import Settings
from orchestration import documentation
from tests.measures.conftest import Measured


def test_every_published_table_and_exposure_is_documented(measured: Measured) -> None:
    text = measured.page.read_text(encoding="utf-8")
    tables = measured.connection.execute(
        "select table_name from information_schema.tables where table_schema in ('marts', 'quality')"
    ).fetchall()
    assert len(tables) > 30
    assert [name for (name,) in tables if f'"name": "{name}"' not in text and f'"{name}"' not in text] == []
    assert "exposure.casa_di_vetro.page_foundation" in text


def test_no_key_of_a_person_no_tax_code_and_no_path_stands_in_the_page(measured: Measured) -> None:
    text = measured.page.read_text(encoding="utf-8")
    values = measured.connection.execute(
        "select person_key from marts.dim_person union all select tax_code from marts.dim_organisation"
    ).fetchall()
    assert len(values) > 100
    assert [value for (value,) in values if value and value in text] == []
    assert str(measured.home.root) not in text


def test_the_page_asks_no_other_host_and_counts_no_reader(measured: Measured) -> None:
    text = measured.page.read_text(encoding="utf-8")
    assert re.search(r'"send_anonymous_usage_stats": ?false', text)
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']?https?:", text)


def test_the_page_is_served_to_this_machine_alone_and_nothing_beside_it(measured: Measured) -> None:
    with documentation.server(measured.page, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        assert host == "127.0.0.1"
        with urllib.request.urlopen(f"http://{host}:{port}/", timeout=5) as answer:
            assert answer.read() == measured.page.read_bytes()
        server.shutdown()
    assert [path.name for path in measured.page.parent.iterdir()] == ["index.html"]


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(VetroError, match="vetro build"):
        documentation.write(Settings(home=tmp_path))
