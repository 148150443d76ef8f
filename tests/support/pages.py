"""A page of the apps, run without a browser: what to open arrives, its text and its HTML leave."""

import re
from collections.abc import Callable
from html import unescape

from streamlit.testing.v1 import AppTest

Open = Callable[..., "Page"]


class Page:
    """A page that was run: its text without tags, its HTML, the app itself."""

    def __init__(self, app: AppTest) -> None:
        self.app = app
        drawn = "\n".join(str(element.proto.body) for element in app.get("html"))
        self.html = re.sub(r"<(style|script)>.*?</\1>", "", drawn, flags=re.DOTALL)
        self.text = unescape(re.sub(r"<[^>]+>", " ", self.html))
