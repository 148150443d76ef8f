"""The declaration of sources and their credentials: what is accepted, what is said, what never shows."""

import re

import pytest
import yaml

from ingestion.sources.kinds.kind import KINDS, Source, SourcesError
from ingestion.sources.kinds.s3 import S3Source
from ingestion.sources.kinds.sftp import SftpCredentials, SftpSource
from ingestion.sources.settings import credentials_of, read_sources

SECRET = "secret-that-must-not-show"
BUCKET = {"instance": "rho", "url": "s3://welfare/rho/", "endpoint": "https://s3.example.it"}
PRINT = "SHA256:" + "A" * 43


def declare(home, **sources):
    content = {"sources": {name.replace("_", "-"): entry for name, entry in sources.items()}}
    home.sources_file.write_text(yaml.safe_dump(content), encoding="utf-8")


def secret_file(home, name: str, text: str, mode: int = 0o600):
    home.source_secrets.mkdir(exist_ok=True)
    path = home.source_secrets / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_no_file_means_no_source(home):
    assert read_sources(home) == {}


def test_each_kind_is_read(home):
    declare(
        home,
        a=BUCKET | {"region": "it-mil-1"},
        b={"instance": "rho", "url": "sftp://vetro@sftp.example.it:2222/out/rho/", "host_key": PRINT},
        c={"instance": "matera", "url": "sftp://vetro@sftp.example.it/~/out", "host_key": [PRINT, PRINT]},
        d={"instance": "matera", "url": "/srv/ftp/matera"},
        e={"instance": "matera", "url": "file:///srv/ftp/matera"},
    )
    found = read_sources(home)
    assert {name: (source.name, source.instance, source.protocol) for name, source in found.items()} == {
        "a": ("a", "rho", "s3"),
        "b": ("b", "rho", "sftp"),
        "c": ("c", "matera", "sftp"),
        "d": ("d", "matera", "file"),
        "e": ("e", "matera", "file"),
    }
    assert (found["a"].root, found["a"].endpoint) == ("welfare/rho", "https://s3.example.it")
    assert found["a"].region == "it-mil-1"
    assert (found["b"].root, found["b"].port, found["b"].host_key) == ("/out/rho", 2222, (PRINT,))
    assert (found["c"].root, found["c"].port, found["c"].address.username) == ("out", 22, "vetro")
    assert found["d"].root == found["e"].root == "/srv/ftp/matera"


def test_a_place_has_the_text_under_which_the_log_of_fetches_knows_it(home):
    declare(
        home,
        a=BUCKET,
        b={"instance": "rho", "url": "sftp://vetro@sftp.example.it/out/", "host_key": PRINT},
        c={"instance": "rho", "url": "/srv/ftp/rho/"},
    )
    assert [source.place for source in read_sources(home).values()] == [
        "s3://@https://s3.example.it:22/welfare/rho",
        "sftp://vetro@sftp.example.it:22//out",
        "file://@:22//srv/ftp/rho",
    ]


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({"url": "s3://welfare"}, "url"),
        ({"instance": "rho"}, "url"),
        (BUCKET | {"instance": "milano"}, "instances.yaml"),
        (BUCKET | {"secret_key": SECRET}, "secrets/"),
        (BUCKET | {"endpoint": "http://s3.example.it"}, "https"),
        (BUCKET | {"endpoint": f"https://user:{SECRET}@s3.example.it"}, "https"),
        (BUCKET | {"region": 5}, "text"),
        ({"instance": "rho", "url": f"sftp://vetro:{SECRET}@sftp.example.it/out"}, "password"),
        ({"instance": "rho", "url": f"s3://welfare/rho?key={SECRET}"}, "parameters"),
        ({"instance": "rho", "url": "sftp://sftp.example.it/out"}, "user"),
        ({"instance": "rho", "url": "sftp://vetro@sftp.example.it:99999/out"}, "address"),
        ({"instance": "rho", "url": "ftp://vetro@ftp.example.it/out"}, "sftp://"),
        ({"instance": "rho", "url": "sftp://[::1/out"}, "address"),
        ({"instance": "rho", "url": "relative/folder"}, "absolute"),
        ({"instance": "rho", "url": "sftp://v@sftp.example.it/out", "host_key": "AAAA"}, "fingerprint"),
    ],
)
def test_a_wrong_declaration_is_said_in_both_languages_without_its_values(home, entry, where):
    declare(home, rho_source=entry)
    with pytest.raises(SourcesError) as caught:
        read_sources(home)
    said = str(caught.value)
    assert re.match(r"sources\.yaml:[2-5]:[0-9]+, sources\.rho-source", said)
    assert " / " in said and where in said
    assert SECRET not in said


def test_a_folder_inside_the_home_is_no_source(home):
    declare(home, rho_source={"instance": "rho", "url": str(home.landing / "rho")})
    with pytest.raises(SourcesError, match="VETRO_HOME"):
        read_sources(home)


@pytest.mark.parametrize("text", ["sources: [", "a", "sources: []", "- x"])
def test_a_file_that_is_not_readable_is_said(home, text):
    home.sources_file.write_text(text, encoding="utf-8")
    with pytest.raises(SourcesError, match="sources"):
        read_sources(home)


def bucket() -> Source:
    return S3Source(instance="rho", url="s3://welfare/rho").named("rho-bucket.1")


def test_the_settings_come_before_the_file(home):
    values = {"access_key": "a", "secret_key": SECRET}
    secret_file(home, "rho-bucket.1.yaml", "access_key: b\nsecret_key: c\n")
    assert credentials_of(home, bucket(), {}).access_key == "b"
    for name in ("rho-bucket.1", "rho_bucket_1"):
        assert credentials_of(home, bucket(), {name: values}).access_key == "a"


def test_credentials_never_show_in_a_repr():
    for kind in (kind.credentials for kind in KINDS.values()):
        everything = kind(**dict.fromkeys(kind.model_fields, SECRET))
        assert SECRET not in repr(everything) and SECRET not in str(everything)


@pytest.mark.parametrize(
    "text",
    [
        f"access_key: {SECRET}\n",
        f"password: {SECRET}\n",
        f"secret: {SECRET}\n",
        f"access_key: [{SECRET}\n",
        f"- {SECRET}\n",
        f"{SECRET}: access_key\n",
        f"{SECRET}: a\n{SECRET}: b\n",
        "access_key: a\nsecret_key: 123456\n",
        "",
    ],
)
def test_credentials_that_cannot_be_used_are_said_without_them(home, text):
    secret_file(home, "rho-bucket.1.yaml", text)
    with pytest.raises(SourcesError) as caught:
        credentials_of(home, bucket(), {})
    assert SECRET not in str(caught.value) and "123456" not in str(caught.value)
    assert "rho-bucket.1" in str(caught.value) and " / " in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_can_read_is_not_used(home, mode):
    secret_file(home, "rho-bucket.1.yaml", "access_key: a\nsecret_key: b\n", mode)
    with pytest.raises(SourcesError, match="chmod 600"):
        credentials_of(home, bucket(), {})


def test_a_secret_that_is_a_link_is_not_used(home, tmp_path):
    outside = tmp_path / "elsewhere.yaml"
    outside.write_text("access_key: a\nsecret_key: b\n", encoding="utf-8")
    outside.chmod(0o600)
    home.source_secrets.mkdir()
    (home.source_secrets / "rho-bucket.1.yaml").symlink_to(outside)
    with pytest.raises(SourcesError, match="collegamento"):
        credentials_of(home, bucket(), {})


@pytest.mark.parametrize("name", ["../pseudonym.key", "/etc/ssh/key", "sub/key", "missing"])
def test_a_private_key_stands_beside_the_other_secrets(home, name):
    home.source_secrets.mkdir()
    source = SftpSource(instance="rho", url="sftp://vetro@sftp.example.it/~/out").named("rho-sftp")
    with pytest.raises(SourcesError, match="secrets/sources/"):
        source.private_key(home, SftpCredentials(key=name))
