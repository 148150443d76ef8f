"""The kinds of places from which exports are fetched. A module of this folder is a kind.

Each registers one class under its protocol (`kind.register`): what `sources.yaml` says of such a source, what
opens it, and how it is spoken with. So a further kind is a further module, and nothing else changes.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
