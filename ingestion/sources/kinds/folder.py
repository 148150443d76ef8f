"""A folder of this machine, which somebody else's server fills."""

from pathlib import Path
from typing import Any, ClassVar

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from pydantic import ValidationInfo, field_validator

from core.home import VetroHome
from core.yaml_models import problem
from ingestion.sources.kinds.kind import Source, register, split_address


@register
class FolderSource(Source):
    """A folder outside the home; it takes no credentials."""

    protocol: ClassVar[str] = "file"
    form: ClassVar[tuple[str, str]] = ("una cartella assoluta", "an absolute folder")

    @property
    def root(self) -> str:
        """The folder."""
        return str(Path(self.address.path))

    def connect(self, home: VetroHome, credentials: Any) -> AbstractFileSystem:
        """Return the file system of this machine."""
        return LocalFileSystem(skip_instance_cache=True)

    @field_validator("url")
    @classmethod
    def _is_outside(cls, url: str, info: ValidationInfo) -> str:
        address = split_address(url)
        folder = Path(address.path)
        home = info.context["home"].root if info.context else None
        if address.netloc or not folder.is_absolute() or (home and folder.resolve().is_relative_to(home)):
            raise problem(
                "serve una cartella assoluta fuori da VETRO_HOME; in landing/ si depone senza fonte",
                "an absolute folder outside VETRO_HOME is needed; landing/ needs no source",
            )
        return url
