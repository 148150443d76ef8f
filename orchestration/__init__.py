"""The one package that knows all others: settings arrive, assets, checks, jobs and the `vetro` command leave.

Logic does not belong here.
"""

from orchestration.own_packages import require_own

# Before anything of ours is imported by a name that another distribution may have too.
require_own()
