"""The form of the ids by which instances, exports and sources are called.

It stands apart from the registry because much that only names an instance reads none.
"""

import re

INSTANCE_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,99}$")
