"""`catalog.ttl`, `catalog.rdf`, `catalog.jsonld`: the release as a catalogue of DCAT-AP_IT.

The tables with their words, files and coverage arrive; the same statements in three forms leave. Every node
has an address, and what is written is in one order: the same release gives the same bytes. Which properties
are mandatory is said by the profile, whose cardinalities the tests hold.

A catalogue of DCAT-AP 2.1.1 names SHA-1 alone for a checksum: it stands here against damage in transport;
SHA-256 of every file stands in the manifest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from publication.catalogue.data_package import DATAPACKAGE, sentence
from publication.catalogue.dictionary import Coverage, Table, period_of
from publication.catalogue.release_description import (
    DATA,
    DATABASE,
    LANGUAGES,
    LICENCE_NAMES,
    LICENCE_URL,
    File,
    Printing,
    ReleaseDescription,
)
from publication.catalogue.statements import (
    Address,
    Literal,
    Statement,
    in_order,
    json_ld,
    rdf_xml,
    turtle,
)

TURTLE, RDF_XML, JSON_LD = "catalog.ttl", "catalog.rdf", "catalog.jsonld"
_EU = "http://publications.europa.eu/resource/authority/"
_REGIONS = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications/regions/"
_IANA = "http://www.iana.org/assignments/media-types/"
_PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatapit": "http://dati.gov.it/onto/dcatapit#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_FREQUENCIES = {"month": "MONTHLY", "quarter": "QUARTERLY", "year": "ANNUAL"}
# How often there is something new where no column of a period says it.
_IRREGULAR = "IRREG"
_SOCIETY, _GOVERNMENT = "SOCI", "GOVE"
_THEMES = {
    _SOCIETY: {"it": "Popolazione e società", "en": "Population and society"},
    _GOVERNMENT: {"it": "Governo e settore pubblico", "en": "Government and public sector"},
}
# EuroVoc, microthesaurus 2836, as the guidelines of DCAT-AP_IT map the theme.
_SUBJECT = ("http://eurovoc.europa.eu/100214", {"it": "protezione sociale", "en": "social protection"})


@dataclass(frozen=True)
class _Form:
    """How a distribution is called, and what it is in the vocabularies of the EU and of IANA."""

    key: str
    name: str
    file_type: str
    media_type: str


_CSV = _Form("csv", "CSV", "CSV", "text/csv")
_PARQUET = _Form("parquet", "Apache Parquet", "PARQUET", "application/vnd.apache.parquet")
_JSON = _Form("json", "JSON", "JSON", "application/json")
# The vocabulary of file types has no entry of its own.
_DUCKDB = _Form("duckdb", "DuckDB", "OCTET", "application/octet-stream")


def write_dcat(
    public: Path,
    release: ReleaseDescription,
    tables: Sequence[Table],
    coverages: Mapping[str, Coverage],
    files: Mapping[str, File],
    exact: frozenset[str],
) -> None:
    """Write the catalogue in its three forms: a dataset for each of `tables`, with a distribution for each
    of its files, and one for the database.

    `coverages` are those of the tables, `files` of the tables and the database, by name; `exact` names the
    tables that are public by law.
    """
    statements = _Catalogue(release, files).of(tables, coverages, exact)
    (public / TURTLE).write_text(turtle(statements, _PREFIXES), encoding="utf-8")
    (public / RDF_XML).write_text(rdf_xml(statements, _PREFIXES), encoding="utf-8")
    (public / JSON_LD).write_text(json_ld(statements, _PREFIXES), encoding="utf-8")


def _term(name: str) -> Address:
    prefix, _, local = name.partition(":")
    return Address(_PREFIXES[prefix] + local)


def _day(day: date) -> Literal:
    return Literal(day.isoformat(), datatype=_term("xsd:date"))


class _Catalogue:
    """Collects the statements of a catalogue, each once."""

    def __init__(self, release: ReleaseDescription, files: Mapping[str, File]) -> None:
        self._release, self._files = release, files
        self._statements: set[Statement] = set()

    def of(
        self, tables: Sequence[Table], coverages: Mapping[str, Coverage], exact: frozenset[str]
    ) -> list[Statement]:
        """Return all statements of the catalogue in one order, those of a node together."""
        self._vocabularies(any(table.name in exact for table in tables))
        self._agents()
        for table in tables:
            themes = (_SOCIETY, _GOVERNMENT) if table.name in exact else (_SOCIETY,)
            covered = coverages.get(table.name)
            self._dataset(
                table.name,
                {each: getattr(table.title, each) for each in LANGUAGES},
                {each: sentence(table, self._release, each) for each in LANGUAGES},
                themes,
                covered,
                _FREQUENCIES.get(period_of(table) or "", _IRREGULAR),
                self._printing(table.name),
            )
            for form in (_CSV, _PARQUET, _JSON):
                if f"{DATA}/{table.name}.{form.key}" in self._files:
                    self._distribution(table.name, form, f"{DATA}/{table.name}.{form.key}")
        self._database(coverages)
        self._catalogue()
        return in_order(self._statements)

    def _node(self, fragment: str) -> Address:
        return Address(self._release.publisher.address(f"{TURTLE}#{fragment}"))

    def _add(self, subject: Address, predicate: str, *objects: Address | Literal) -> None:
        self._statements.update((subject, _term(predicate), each) for each in objects)

    def _is_a(self, subject: Address, *classes: str) -> Address:
        self._add(subject, "rdf:type", *map(_term, classes))
        return subject

    def _in_both(self, subject: Address, predicate: str, words: Mapping[str, str]) -> None:
        self._add(subject, predicate, *(Literal(words[each], language=each) for each in LANGUAGES))

    def _vocabularies(self, of_government: bool) -> None:
        """What the vocabularies call their own, for readers that do not look it up."""
        scheme = self._is_a(Address(f"{_EU}data-theme"), "skos:ConceptScheme")
        self._in_both(scheme, "dct:title", {"it": "Temi dei dati", "en": "Data themes"})
        for theme in (_SOCIETY, _GOVERNMENT) if of_government else (_SOCIETY,):
            concept = self._is_a(Address(f"{_EU}data-theme/{theme}"), "skos:Concept")
            self._in_both(concept, "skos:prefLabel", _THEMES[theme])
            self._add(concept, "skos:inScheme", scheme)
        subject, names = _SUBJECT
        self._in_both(self._is_a(Address(subject), "skos:Concept"), "skos:prefLabel", names)
        for language in ("ITA", "ENG"):
            self._is_a(Address(f"{_EU}language/{language}"), "dct:LinguisticSystem")
        self._is_a(Address(f"{_EU}access-right/PUBLIC"), "dct:RightsStatement")
        licence = self._is_a(Address(LICENCE_URL), "dcatapit:LicenseDocument", "dct:LicenseDocument")
        self._in_both(licence, "foaf:name", LICENCE_NAMES)
        self._add(licence, "owl:versionInfo", Literal("4.0"))
        self._add(licence, "dct:type", Address("http://purl.org/adms/licencetype/Attribution"))
        for code, name in self._release.regions.items():
            region = self._is_a(Address(_REGIONS + code), "dct:Location")
            self._add(region, "dcatapit:geographicalIdentifier", Literal(_REGIONS + code))
            self._add(region, "rdfs:label", Literal(name, language="it"))

    def _agents(self) -> None:
        publisher = self._release.publisher
        names = {each: publisher.name(each) for each in LANGUAGES}
        agent = self._is_a(self._node("publisher"), "dcatapit:Agent", "foaf:Agent")
        self._add(agent, "dct:identifier", Literal(publisher.identifier))
        self._in_both(agent, "foaf:name", names)
        self._add(agent, "foaf:homepage", Address(publisher.homepage))
        contact = self._is_a(
            self._node("contact"), "dcatapit:Organization", "vcard:Organization", "vcard:Kind"
        )
        self._in_both(contact, "vcard:fn", names)
        self._add(contact, "vcard:hasEmail", Address(f"mailto:{publisher.email}"))
        self._add(contact, "vcard:hasURL", Address(publisher.homepage))

    def _catalogue(self) -> None:
        release = self._release
        catalogue = self._is_a(self._node("catalog"), "dcatapit:Catalog", "dcat:Catalog")
        self._in_both(catalogue, "dct:title", {each: release.title(each) for each in LANGUAGES})
        self._in_both(catalogue, "dct:description", {each: release.description(each) for each in LANGUAGES})
        self._add(catalogue, "dct:publisher", self._node("publisher"))
        self._add(catalogue, "dct:issued", *map(_day, filter(None, [self._first_issued()])))
        self._add(catalogue, "dct:modified", _day(release.created_at.date()))
        self._add(catalogue, "dct:language", *self._languages())
        self._add(catalogue, "dct:license", Address(LICENCE_URL))
        self._add(catalogue, "dct:spatial", *self._regions())
        self._add(catalogue, "dcat:themeTaxonomy", Address(f"{_EU}data-theme"))
        self._add(catalogue, "foaf:homepage", self._page(release.publisher.site_url))

    def _languages(self) -> tuple[Address, ...]:
        return tuple(Address(f"{_EU}language/{each}") for each in ("ITA", "ENG"))

    def _regions(self) -> tuple[Address, ...]:
        return tuple(Address(_REGIONS + code) for code in self._release.regions)

    def _page(self, url: str) -> Address:
        return self._is_a(Address(url), "foaf:Document")

    def _dataset(
        self,
        name: str,
        titles: Mapping[str, str],
        descriptions: Mapping[str, str],
        themes: Sequence[str],
        covered: Coverage | None,
        frequency: str,
        printing: Printing,
    ) -> None:
        release = self._release
        dataset = self._is_a(self._node(name), "dcatapit:Dataset", "dcat:Dataset")
        self._add(self._node("catalog"), "dcat:dataset", dataset)
        self._add(dataset, "dct:identifier", Literal(f"{release.publisher.identifier}:{name}"))
        self._in_both(dataset, "dct:title", titles)
        self._in_both(dataset, "dct:description", descriptions)
        self._add(dataset, "dct:issued", *map(_day, filter(None, [printing.issued])))
        self._add(dataset, "dct:modified", _day(printing.modified))
        self._add(dataset, "dct:rightsHolder", self._node("publisher"))
        self._add(dataset, "dct:publisher", self._node("publisher"))
        self._add(dataset, "dct:creator", self._node("publisher"))
        self._add(dataset, "dcat:contactPoint", self._node("contact"))
        self._add(dataset, "dcat:theme", *(Address(f"{_EU}data-theme/{theme}") for theme in themes))
        self._add(dataset, "dct:subject", Address(_SUBJECT[0]))
        self._add(
            dataset,
            "dct:accrualPeriodicity",
            self._is_a(Address(f"{_EU}frequency/{frequency}"), "dct:Frequency"),
        )
        self._add(dataset, "dct:language", *self._languages())
        self._add(dataset, "dct:accessRights", Address(f"{_EU}access-right/PUBLIC"))
        self._add(dataset, "dct:spatial", *self._regions())
        self._add(dataset, "owl:versionInfo", Literal(release.release_id))
        self._add(dataset, "dcat:landingPage", self._page(release.publisher.site_url))
        self._add(dataset, "foaf:page", self._page(release.publisher.address(DATAPACKAGE)))
        for language in LANGUAGES:
            words = (Literal(word, language=language) for word in release.keywords(language))
            self._add(dataset, "dcat:keyword", *words)
        first = covered.first if covered else release.data_from
        # What is planned for later is not known yet.
        last = min(covered.last, release.as_of) if covered else release.as_of
        period = self._is_a(self._node(f"{name}-period"), "dct:PeriodOfTime")
        self._add(dataset, "dct:temporal", period)
        for prefix in ("dcatapit", "dcat"):
            self._add(period, f"{prefix}:startDate", _day(first))
            self._add(period, f"{prefix}:endDate", _day(last))

    def _database(self, coverages: Mapping[str, Coverage]) -> None:
        """The dataset of the database: all the tables, so it covers what they cover."""
        titles = {
            "it": "Base dati di tutte le tabelle pubbliche",
            "en": "Database of all public tables",
        }
        also = {
            "it": "Tutte le tabelle pubbliche, gli indicatori con nome e definizione, i territori con i loro "
            "comuni e le regole di protezione, in un solo file da interrogare con SQL.",
            "en": "All public tables, the indicators with name and definition, the territories with their "
            "municipalities and the rules of disclosure control, in one file to be asked in SQL.",
        }
        whole = None
        if coverages:
            first = min(each.first for each in coverages.values())
            whole = Coverage(first, max(each.last for each in coverages.values()))
        self._dataset(
            "database",
            titles,
            {each: self._release.with_notice(each, also[each]) for each in LANGUAGES},
            (_SOCIETY,),
            whole,
            _FREQUENCIES["month"],
            Printing(self._first_issued(), self._release.created_at.date()),
        )
        self._distribution("database", _DUCKDB, DATABASE)

    def _distribution(self, dataset: str, form: _Form, name: str) -> None:
        release, file = self._release, self._files[name]
        node = self._is_a(self._node(f"{dataset}-{form.key}"), "dcatapit:Distribution", "dcat:Distribution")
        self._add(self._node(dataset), "dcat:distribution", node)
        address = Address(release.publisher.address(name))
        self._in_both(node, "dct:title", dict.fromkeys(LANGUAGES, form.name))
        descriptions = {"it": f"Il file in formato {form.name}.", "en": f"The file as {form.name}."}
        self._in_both(
            node,
            "dct:description",
            {each: release.with_notice(each, descriptions[each]) for each in LANGUAGES},
        )
        self._add(node, "dcat:accessURL", address)
        self._add(node, "dcat:downloadURL", address)
        self._add(
            node,
            "dct:format",
            self._is_a(Address(f"{_EU}file-type/{form.file_type}"), "dct:MediaTypeOrExtent"),
        )
        self._add(node, "dcat:mediaType", self._is_a(Address(_IANA + form.media_type), "dct:MediaType"))
        self._add(node, "dct:license", Address(LICENCE_URL))
        self._add(node, "dct:modified", _day(self._printing(dataset).modified))
        self._add(node, "dcat:byteSize", Literal(str(file.bytes), datatype=_term("xsd:decimal")))
        checksum = self._is_a(self._node(f"{dataset}-{form.key}-checksum"), "spdx:Checksum")
        self._add(node, "spdx:checksum", checksum)
        self._add(checksum, "spdx:algorithm", _term("spdx:checksumAlgorithm_sha1"))
        self._add(
            checksum,
            "spdx:checksumValue",
            Literal(file.sha1, datatype=_term("xsd:hexBinary")),
        )

    def _printing(self, dataset: str) -> Printing:
        """When a dataset was printed: as it stands in this release where nobody remembers it."""
        return self._release.printings.get(dataset) or Printing(None, self._release.created_at.date())

    def _first_issued(self) -> date | None:
        days = (each.issued for each in self._release.printings.values() if each.issued)
        return min(days, default=None)
