"""The sums of public money that a reader can write down, and the persons whose money must not be in print.

Publications arrive, rows of the linear system leave: grants add up to the territory that their name
begins with and to their funder, territories to the network, months to quarters and years. Solving does
not belong here.
"""

from collections import defaultdict
from collections.abc import Set
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from publication.attack.published import Name, Publication, UnreadableReleaseError
from publication.attack.unknowns import Knowledge

FIGURE = "public_figure"
TOLD_LATE = "told_late"
ADDITIVE = {"deliberated", "disbursed", "reported", "admitted", "out_of_window"}
# Of these a grant of a person may show nothing but nothing.
ABOUT_MONEY = ADDITIVE | {
    "disbursement_rate",
    "eligible_cost_rate",
    "residual",
    "residual_at_risk",
    "budget_reported",
}
CENT = 0.01
LONGER = {"month": "quarter", "quarter": "year"}


def write_money(knowledge: Knowledge, publications: list[Publication]) -> None:
    """Add the sums in which something is hidden, where the printed ones bear them out."""
    funders = {}
    for publication in publications:
        for child, parent in publication.hierarchies.get("award", {}).items():
            if child.startswith("grant:") and parent.startswith("funder:"):
                funders[child.removeprefix("grant:")] = parent.removeprefix("funder:")
    sums: dict[Name, dict[str, set[Name]]] = defaultdict(lambda: defaultdict(set))
    for name in [name for name in knowledge.unknowns if name[0] == FIGURE]:
        place = dict(name[1])
        if place.get("indicator") not in ADDITIVE:
            continue
        for kind, above in _above(place, funders):
            whole = (FIGURE, tuple(sorted(above.items())))
            if whole in knowledge.unknowns:
                sums[whole][kind].add(name)
    blurred = {
        (
            place["indicator"],
            place["scope_type"],
            place["scope"],
            kind,
            _first_day(place["period_start"], kind),
        )
        for (measure, at), unknown in knowledge.unknowns.items()
        if measure == TOLD_LATE and unknown.hidden
        for place in [dict(at)]
        for kind in ("month", "quarter", "year")
    }
    broken = set()
    for whole, kinds in sums.items():
        for kind, parts in kinds.items():
            first, *others = [knowledge.unknowns[name] for name in (whole, *parts)]
            if first.known and all(place.known for place in others) and not _is_among(whole, blurred):
                excess = first.lowest - sum(place.lowest for place in others)
                if abs(excess) > CENT / 2:
                    broken.add((dict(whole[1])["indicator"], kind))
    for whole, kinds in sorted(sums.items()):
        for kind, parts in kinds.items():
            places = [knowledge.unknowns[name] for name in (whole, *sorted(parts))]
            if any(place.hidden for place in places) and (dict(whole[1])["indicator"], kind) not in broken:
                terms = dict.fromkeys(sorted(parts), -1.0) | {whole: 1.0}
                rows = knowledge.doubtful if _is_among(whole, blurred) else knowledge.rows
                rows.append((terms, 0.0, 0.0))


def _is_among(whole: Name, blurred: Set[tuple[str, ...]]) -> bool:
    """Whether it may hold money told late of which nothing is said, beyond its parts."""
    place = dict(whole[1])
    at = tuple(place[d] for d in ("indicator", "scope_type", "scope", "period_type", "period_start"))
    return at in blurred


def _above(place: dict[str, str], funders: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    scope, own = place["scope_type"], place["scope"]
    above = []
    if scope == "grant":
        above.append(("grants", place | {"scope_type": "instance", "scope": own.split(":")[0]}))
        if own in funders:
            above.append(("funded", place | {"scope_type": "funder", "scope": funders[own]}))
    elif scope == "instance":
        above.append(("instances", place | {"scope_type": "network", "scope": "network"}))
    longer = LONGER.get(place["period_type"])
    if longer:
        first = _first_day(place["period_start"], longer)
        above.append((longer, place | {"period_type": longer, "period_start": first}))
    return above


def _first_day(start: str, kind: str) -> str:
    """The first day of the period of that kind in which a month starts."""
    year, month, day = start.split("-")
    first = {"month": month, "quarter": f"{3 * ((int(month) - 1) // 3) + 1:02d}", "year": "01"}[kind]
    return f"{year}-{first}-{day}"


def persons_in_print(release: Path, publication: Publication) -> list[tuple[Name, float]]:
    """Return the amounts in print of grants that a person leads or funds.

    The private side says which; without it nobody can know.
    """
    path = release / "private" / "casa-di-vetro.duckdb"
    if not path.exists():
        return []
    try:
        with connect(path, read_only=True) as connection:
            columns = {name for name, *_ in connection.execute("describe marts.dim_grant").fetchall()}
            # Releases made before funders were looked at know the leads alone.
            is_person = "is_of_person" if "is_of_person" in columns else "lead_tax_code is null"
            persons = {
                grant
                for (grant,) in connection.execute(
                    f"select grant_key from marts.dim_grant where {is_person}"
                ).fetchall()
            }
    except duckdb.Error as error:
        raise UnreadableReleaseError(
            f"{release.name}: {path.name} cannot be read / {path.name} non si legge"
        ) from error
    found = []
    for name, said in sorted(publication.printed.items()):
        place = dict(name[1])
        if name[0] == FIGURE and place["scope_type"] == "grant" and place["scope"] in persons:
            found += [
                (name, printed.value)
                for printed in said
                if printed.value and place["indicator"] in ABOUT_MONEY
            ]
    return found
