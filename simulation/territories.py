"""The thirteen simulated territories: where they sit, how large they are and how they work.

Nothing arrives; a table, the registry entries of the instances and the ATS of their comuni leave. What
happens there does not belong here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Territory:
    """One territorial instance.

    persons: people known at scale 1 over three years. pace: waits against the network's. refusal: share of
    requests turned away. scarcity: share of the refusals for lack of money or places. dose: deliveries per
    person against the network's. digital: share of requests by web or app. no_show: share of bookings missed.
    price: prices against the network's. foundations: keys of the foundations that fund there.
    """

    id: str
    name: str
    seat: str
    comuni: tuple[str, ...]
    region: str
    persons: int
    pace: float
    refusal: float
    scarcity: float
    dose: float
    digital: float
    no_show: float
    price: float
    grants: int
    foundations: tuple[str, ...]
    twin: str
    delimiter: str = ";"
    archived: bool = False


TERRITORIES = (
    Territory("milano", "Milano", "015146", ("015146", "015209", "015081", "015192"), "Lombardia", 31_000,
              0.95, 0.21, 0.46, 1.05, 0.46, 0.085, 1.09, 16, ("orizzonte", "brolo", "navigli", "lanterna"),
              "torino"),
    Territory("torino", "Torino", "001272", ("001272", "001156", "001120", "001090", "001164"),
    "Piemonte", 21_000,
              1.00, 0.19, 0.40, 1.10, 0.38, 0.075, 1.02, 13, ("orizzonte", "mole", "vigna"), "milano"),
    Territory("napoli", "Napoli", "063049", ("063049", "063059", "063067"), "Campania", 19_500,
              1.45, 0.29, 0.62, 0.78, 0.27, 0.125, 0.90, 12, ("orizzonte", "golfo", "meridiana"), "milano"),
    Territory("bari", "Bari", "072006", ("072006", "072027", "072012", "072046", "072048"), "Puglia", 12_500,
              1.20, 0.24, 0.52, 0.90, 0.31, 0.105, 0.93, 9, ("orizzonte", "meridiana", "ulivo"), "milano"),
    Territory("padova", "Padova", "028060", ("028060", "028003", "028086", "028016", "028072"),
    "Veneto", 10_500,
              0.80, 0.15, 0.33, 1.12, 0.44, 0.062, 1.04, 8, ("orizzonte", "brenta"), "torino"),
    Territory("salerno", "Salerno", "065116", ("065116", "065090", "065013", "065099", "065157"),
    "Campania", 8_200,
              1.35, 0.27, 0.58, 0.82, 0.25, 0.118, 0.89, 7, ("orizzonte", "golfo"), "napoli"),
    Territory("forli", "Forlì", "040012", ("040012", "040013", "040003", "040019", "040032", "040049"),
              "Emilia-Romagna", 8_000,
              0.72, 0.13, 0.27, 1.22, 0.41, 0.055, 1.06, 7, ("orizzonte", "rocca"), "milano"),
    Territory("matera", "Matera", "077014", ("077014", "077017", "077003", "077015", "077012"),
    "Basilicata", 4_700,
              1.15, 0.20, 0.45, 0.96, 0.29, 0.09, 0.92, 6, ("orizzonte", "meridiana"), "bari", archived=True),
    Territory("rho", "Rho", "015182", ("015182", "015009", "015116", "015170", "015211", "015087"),
    "Lombardia", 4_300,
              0.88, 0.17, 0.36, 1.08, 0.47, 0.07, 1.05, 6, ("orizzonte", "navigli"), "milano", delimiter=","),
    Territory("biella", "Biella", "096004", ("096004", "096012", "096026", "096077", "096020", "096002"),
    "Piemonte",
              3_900, 0.85, 0.16, 0.30, 1.14, 0.33, 0.06, 0.99, 6, ("orizzonte", "telaio"), "torino"),
    Territory("trapani", "Trapani", "081021", ("081021", "081008", "081025", "081013", "081009"),
    "Sicilia", 3_100,
              1.60, 0.28, 0.60, 0.74, 0.22, 0.13, 0.88, 5, ("orizzonte", "meridiana"), "napoli"),
    Territory("sondrio", "Sondrio", "014061", ("014061", "014002", "014044", "014015", "014007", "014052"),
              "Lombardia", 1_900,
              0.90, 0.14, 0.32, 1.16, 0.36, 0.05, 1.03, 5, ("orizzonte", "lanterna"), "milano"),
    Territory("tradate", "Tradate", "012127", ("012127", "012136", "012137", "012044", "012080"),
    "Lombardia", 1_200,
              0.92, 0.18, 0.38, 1.04, 0.40, 0.07, 1.04, 4, ("orizzonte", "brolo"), "milano"),
)  # fmt: skip

REGION_CODES = {
    "Piemonte": "01",
    "Lombardia": "03",
    "Veneto": "05",
    "Emilia-Romagna": "08",
    "Campania": "15",
    "Puglia": "16",
    "Basilicata": "17",
    "Sicilia": "19",
}
# Below this a territory cannot hold every kind of record.
SMALLEST = 60


def persons_in(territory: Territory, scale: float) -> int:
    """Return how many people a territory knows at a scale."""
    return max(SMALLEST, round(territory.persons * scale))


def registry() -> dict[str, dict[str, object]]:
    """Return the registry entries of the simulated instances, as `instances.yaml` holds them."""
    return {
        t.id: {
            "name": t.name,
            "seat": t.seat,
            "comuni": list(t.comuni),
            "timezone": "Europe/Rome",
            "contact": f"Ufficio di piano di {t.name} (simulato), {t.id}@territorio.example",
        }
        for t in TERRITORIES
    }


def ats_memberships() -> list[dict[str, str]]:
    """Return the lines of `ats.csv`: the comuni of each territory form one ATS."""
    return [
        {
            "ats_id": f"{REGION_CODES[t.region]}-{t.id}",
            "ats_name": f"Ambito territoriale sociale di {t.name}",
            "istat_comune": comune,
            "valid_from": "2018-01-01",
            "valid_to": "",
        }
        for t in TERRITORIES
        for comune in t.comuni
    ]
