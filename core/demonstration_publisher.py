"""Who publishes where a home has no `publisher.yaml`: nobody, and it says so.

The keys are those of that file, which docs/how-to/publish-open-data.md explains.
"""

from types import MappingProxyType

SITE_URL = "https://casa-di-vetro.example/"
DEMONSTRATION_PUBLISHER = MappingProxyType(
    {
        "name_it": "Ente dimostrativo (titolare non indicato)",
        "name_en": "Demonstration body (no rights holder named)",
        "identifier": "demo",
        "email": "dati@casa-di-vetro.example",
        "homepage": SITE_URL,
        "site_url": SITE_URL,
    }
)
