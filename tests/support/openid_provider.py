"""A provider of identities as a real process: npm's oidc-provider, certified for OpenID Connect.

It needs node, and the folder `node_modules` that VETRO_OIDC_PROVIDER names.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboards.access.sign_in import SignIn

_SCRIPT = Path(__file__).with_name("openid_provider.mjs")


def missing() -> str:
    """Return why no provider can be started, or nothing."""
    if shutil.which("node") is None:
        return "node is not installed"
    modules = os.environ.get("VETRO_OIDC_PROVIDER", "")
    if not (Path(modules) / "oidc-provider" / "lib" / "index.js").is_file():
        return "VETRO_OIDC_PROVIDER names no node_modules with oidc-provider (npm install oidc-provider)"
    return ""


def client_of(provider_port: int, port: int) -> SignIn:
    """Return the client of the pages at a port."""
    return SignIn(
        metadata_url=f"http://127.0.0.1:{provider_port}/.well-known/openid-configuration",
        client_id="casa-di-vetro",
        client_secret="secret-of-the-client-of-the-tests",
        redirect_uri=f"http://127.0.0.1:{port}/oauth2callback",
        cookie_secret="secret-of-the-cookies-of-the-tests",
    )


@contextmanager
def provider(port: int, client: SignIn, accounts: dict[str, dict[str, object]]) -> Iterator[None]:
    """Run a provider. accounts -- claims by the name with which somebody signs in."""
    told = {
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "redirect_uris": [client.redirect_uri],
        "post_logout_redirect_uris": [client.redirect_uri],
    }
    command = ["node", str(_SCRIPT), os.environ["VETRO_OIDC_PROVIDER"], str(port)]
    process = subprocess.Popen(
        [*command, json.dumps(told), json.dumps(accounts)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)
