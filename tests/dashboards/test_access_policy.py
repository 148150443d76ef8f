"""Who may see what: the policy says so, by what the provider vouches for, and nobody else gets in."""

import json
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from core.loopback import is_loopback
from core.secret_files import SecretFileError
from dashboards import queries
from dashboards.access import log
from dashboards.access.identity import judged
from dashboards.access.policy import AccessPolicyError, read_policy
from dashboards.access.sign_in import SignInError, read_sign_in
from dashboards.access.viewer import Viewer
from dashboards.settings import StaffSettings

EXAMPLE = Path(log.__file__).with_name("access.example.yaml")
NOW = 1_800_000_000


def write(folder: Path, *entries: str, claims: str = "") -> Path:
    file = folder / "access.yaml"
    listed = "".join(f"  - {{{entry}}}\n" for entry in entries)
    file.write_text(f"{claims}access:\n{listed}", encoding="utf-8")
    return file


def test_the_example_is_a_policy_in_which_every_role_occurs() -> None:
    policy = read_policy(EXAMPLE)
    (rho,) = policy.viewers({"sub": "1", "groups": ["ambito-rho"]})
    assert rho == Viewer("municipality", instances=("rho",), sees_persons=True)
    assert {entry.role for entry in policy.access} == {
        "foundation",
        "municipality",
        "network",
        "provider",
        "operations",
    }


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": "x"},
        {"sub": "x", "groups": []},
        {"sub": "x", "groups": "other"},
        {"sub": "x", "groups": {"f": True}},
        {"sub": "x", "groups": 7},
        {"groups": ["F"]},
        {"email": "a@comune.example"},
        {"email": "a@comune.example", "email_verified": False},
        {"email": "a@comune.example", "email_verified": "yes"},
        {"email": "a@sub.comune.example", "email_verified": True},
        {"email": "a@comune.example.evil.org", "email_verified": True},
        {"email": "comune.example", "email_verified": True},
        {"email": "", "email_verified": True},
    ],
)
def test_whom_no_entry_names_is_nobody(tmp_path: Path, claims: dict) -> None:
    entries = (
        "role: network, groups: [f], subjects: [s]",
        "role: municipality, email_domains: [comune.example], instances: [rho]",
    )
    assert read_policy(write(tmp_path, *entries)).viewers(claims) == ()


def test_an_identity_is_known_by_group_subject_address_or_domain_under_the_names_of_its_provider(
    tmp_path: Path,
) -> None:
    file = write(
        tmp_path,
        "role: network, groups: [rete]",
        "role: provider, subjects: [s], providers: ['99008000103']",
        "role: municipality, emails: [Anna@Ente.example], instances: [rho]",
        "role: municipality, email_domains: [ente.example], instances: [bari]",
        claims="claims: {groups: realm_access.roles}\n",
    )
    policy = read_policy(file)
    assert policy.viewers({"realm_access": {"roles": ["rete"]}}) == (Viewer("network"),)
    assert policy.viewers({"sub": "s"}) == (Viewer("provider", providers=("99008000103",)),)
    anna = policy.viewers({"email": "anna@ente.example", "email_verified": True})
    assert anna == (Viewer("municipality", instances=("bari", "rho")),), "entries of one role are one viewer"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("role: king, groups: [g]", "access.yaml:2:12, access[0].role"),
        ("role: foundation, groups: [g]", "access[0]: su che cosa?"),
        ("role: foundation, funders: ['99000002008']", "who is it?"),
        ("role: foundation, groups: [g], funders: [99000002008]", "in quotes where it is digits"),
        ("role: foundation, groups: [g], funders: ['9900']", "access[0].funders[0]"),
        ("role: foundation, groups: [g], funders: ['99000002008'], instances: [rho]", "not of this role"),
        ("role: foundation, groups: [g], funders: ['99000002008'], persons: as_they_are", "always protected"),
        ("role: network, groups: [g], persons: as_they_are", "always protected"),
        ("role: network, group: [g]", "unknown key"),
        ("role: network, groups: ['']", "access[0].groups[0]"),
        ("role: network, email_domains: ['@ente.example']", "access[0].email_domains[0]"),
    ],
)
def test_a_mistake_is_said_with_its_place(tmp_path: Path, entry: str, told: str) -> None:
    with pytest.raises(AccessPolicyError, match=r"access\.yaml:2:") as error:
        read_policy(write(tmp_path, entry))
    assert told in str(error.value)


def test_a_session_ends_and_a_change_of_the_policy_holds_at_once(tmp_path: Path) -> None:
    file = write(tmp_path, "role: network, groups: [g]")
    settings = StaffSettings(access=file, session_hours=8)
    claims = {"sub": "s", "groups": ["g"], "iat": NOW}
    assert judged(claims, settings, NOW + 8 * 3600).viewers == (Viewer("network"),)
    assert judged(claims, settings, NOW + 8 * 3600 + 1).state == "over"
    assert judged({**claims, "iat": None}, settings, NOW).state == "over"
    write(tmp_path, "role: network, groups: [other]")
    assert judged(claims, settings, NOW).state == "unknown"
    file.write_text("access: [", encoding="utf-8")
    assert judged(claims, settings, NOW).state == "closed"
    file.unlink()
    assert judged(claims, settings, NOW).state == "closed"
    assert judged(claims, StaffSettings(), NOW).state == "closed"


SIGN_IN = {
    "metadata_url": "https://id.example/.well-known/openid-configuration",
    "client_id": "casa",
    "client_secret": "the-secret-of-the-client",
    "redirect_uri": "https://casa.example/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
}


def test_what_the_provider_is_told_comes_from_a_file_of_its_owner_or_from_variables(tmp_path: Path) -> None:
    file = tmp_path / "sign_in.yaml"
    with pytest.raises(SecretFileError, match="missing"):
        read_sign_in(file, {})
    file.write_text(json.dumps(SIGN_IN), encoding="utf-8")
    file.chmod(0o640)
    with pytest.raises(SecretFileError, match="chmod 600"):
        read_sign_in(file, {})
    file.chmod(0o600)
    assert read_sign_in(file, {}) == read_sign_in(tmp_path / "none", SIGN_IN)
    told = read_sign_in(file, SIGN_IN | {"client_secret": 'with "quotes"\n', "scopes": "openid groups"})
    assert 'client_secret = "with \\"quotes\\"\\n"' in told.as_secrets()
    assert 'scope = "openid groups"' in told.as_secrets()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("metadata_url", "http://id.example/x"),
        ("redirect_uri", "https://casa.example/elsewhere"),
        ("redirect_uri", "http://casa.example/oauth2callback"),
        ("cookie_secret", "too-short"),
        ("client_secret", ""),
    ],
)
def test_what_is_not_safe_is_refused_and_no_secret_is_quoted(key: str, value: str) -> None:
    with pytest.raises(SignInError, match=key) as error:
        read_sign_in(Path("none"), SIGN_IN | {key: value})
    assert not [text for text in SIGN_IN.values() if text in str(error.value)]


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1:8501", True),
        ("127.0.0.2", True),
        ("localhost", True),
        ("[::1]:8501", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.168.1.4:8501", False),
        ("casa.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_only_this_machine_is_open_without_signing_in(host: str, is_ours: bool) -> None:
    assert is_loopback(host) is is_ours


def test_the_log_counts_pages_by_role_and_month_whoever_writes_at_once(tmp_path: Path) -> None:
    folder, old = tmp_path / "access", tmp_path / "access" / "2023-01.jsonl"
    folder.mkdir()
    old.write_text("", encoding="utf-8")
    write_one = partial(_record, folder)
    with ProcessPoolExecutor(3) as pool:
        list(pool.map(write_one, range(60), chunksize=5))
    # In Rome it is November already; half a line is of a disk that was full.
    log.record(
        folder, role="network", page="network", release="r", at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    )
    with (folder / "2026-11.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"at": "2026-11-0')
    assert queries.opened_pages(folder, date(2026, 11, 1)) == [
        {"role": "foundation", "page": "foundation", "month": date(2026, 11, 1), "views": 60},
        {"role": "network", "page": "network", "month": date(2026, 11, 1), "views": 1},
    ]
    assert not old.exists(), "what is older than two years is removed"
    assert queries.opened_pages(None, date(2026, 1, 1)) == queries.opened_pages(old, date(2026, 1, 1)) == []


def _record(folder: Path, n: int) -> None:
    at = datetime(2026, 11, 1 + n % 28, 12, tzinfo=UTC)
    log.record(folder, role="foundation", page="foundation", release="2026-10-31-0badcafe", at=at)
