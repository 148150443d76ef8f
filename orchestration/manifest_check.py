"""dbt-bouncer over the dbt project: grain, columns, names, direction of the layers, contracts, keys.

The project is parsed in a scratch home; the rules of `dbt_project/dbt-bouncer.yml` are judged on its
manifest. What a rule says does not belong here. Run by `make check`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from core.settings import DBT_PROJECT, Settings, inherited_environment
from orchestration.warehouse import Warehouse


def main() -> int:
    """Parse, judge, and return dbt-bouncer's exit code: 0 when every rule holds."""
    with tempfile.TemporaryDirectory() as home:
        manifest = Warehouse(Settings(home=Path(home))).parse()
        command = [str(Path(sys.executable).with_name("dbt-bouncer")), "run", "--show-all-failures"]
        rules = ["--config-file", str(DBT_PROJECT / "dbt-bouncer.yml")]
        # It looks for target/manifest.json under what it takes for the project.
        place = {"DBT_PROJECT_DIR": str(manifest.parents[1])}
        return subprocess.run([*command, *rules], env=inherited_environment() | place, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
