"""How readers sign in: what the provider of identities must be told of us, as Streamlit's server reads it.

A secret file or variables arrive, the `[auth]` section that `st.login` reads leaves. Who may see what does
not belong here.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import StringConstraints, model_validator

from core.loopback import LOOPBACK
from core.secret_files import read_secret_file
from core.yaml_models import FileUnusable, Several, YamlModel, checked, problem, read_yaml

CALLBACK = "/oauth2callback"
Text = Annotated[str, StringConstraints(min_length=1)]


class SignInError(FileUnusable):
    """What the provider must be told is missing or wrong; no sentence quotes a value."""


class SignIn(YamlModel):
    """One OpenID Connect client: what was registered at the provider.

    metadata_url -- the provider's `.well-known/openid-configuration`; redirect_uri -- where it sends readers
    back, our address and /oauth2callback; cookie_secret -- at least 32 random characters of our own.
    """

    metadata_url: Text
    client_id: Text
    client_secret: Text
    redirect_uri: Text
    cookie_secret: Annotated[str, StringConstraints(min_length=32)]
    scopes: Several[Text] = ("openid", "email", "profile")
    prompt: Text = "login"

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        for key in ("metadata_url", "redirect_uri"):
            parts = urlsplit(getattr(self, key))
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
                raise problem(
                    "serve un indirizzo https (http solo su questa macchina)",
                    "an https address is needed (http on this machine only)",
                    key,
                )
        if not urlsplit(self.redirect_uri).path.endswith(CALLBACK):
            raise problem(f"deve finire con {CALLBACK}", f"must end with {CALLBACK}", "redirect_uri")
        return self

    def as_secrets(self) -> str:
        """Return the TOML that Streamlit reads as its secrets."""
        pairs = {
            "redirect_uri": self.redirect_uri,
            "cookie_secret": self.cookie_secret,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "server_metadata_url": self.metadata_url,
        }
        # A JSON string is a TOML string.
        lines = [f"{key} = {json.dumps(value)}" for key, value in pairs.items()]
        client = {"scope": " ".join(self.scopes), "prompt": self.prompt}
        told = ", ".join(f"{key} = {json.dumps(value)}" for key, value in client.items())
        return "\n".join(["[auth]", *lines, f"client_kwargs = {{ {told} }}", ""])


def read_sign_in(path: Path, given: Mapping[str, str]) -> SignIn:
    """Return how readers sign in, from variables where any is given, else from a secret file.

    Raises SignInError, or SecretFileError where the file is missing or others can read it.
    """
    if given:
        told: dict[str, Any] = dict(given)
        if "scopes" in told:
            told["scopes"] = told["scopes"].split()
        return checked(told, "VETRO_SIGN_IN", SignIn, SignInError)
    return read_yaml(read_secret_file(path), str(path), SignIn, SignInError)
