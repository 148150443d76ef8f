"""RDF statements written as Turtle, RDF/XML and JSON-LD, always in the same order.

Statements without nameless nodes arrive; text leaves. What they state does not belong here.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from xml.etree import ElementTree

_XML = "<?xml version='1.0' encoding='utf-8'?>\n"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


class Address(NamedTuple):
    """A node: its URI, which is ASCII without spaces, quotes and brackets."""

    uri: str


class Literal(NamedTuple):
    """A text in a language, or a value of a type; neither is plain text."""

    text: str
    language: str = ""
    datatype: Address | None = None


Statement = tuple[Address, Address, Address | Literal]
Prefixes = Mapping[str, str]


def in_order(statements: Iterable[Statement]) -> list[Statement]:
    """Return the statements in one order: by node, in it by property, and what the node is before others."""
    return sorted(statements, key=lambda each: (each[0], each[1].uri != _TYPE, each[1], *each[2][:2]))


def turtle(statements: Sequence[Statement], prefixes: Prefixes) -> str:
    """Return ordered statements as Turtle (https://www.w3.org/TR/turtle/)."""
    short = _shortened(prefixes)

    def node(address: Address) -> str:
        return short(address) or f"<{address.uri}>"

    def value(of: Address | Literal) -> str:
        if isinstance(of, Address):
            return node(of)
        # The escapes of JSON are among those of Turtle.
        text = json.dumps(of.text, ensure_ascii=False)
        if of.language:
            return f"{text}@{of.language}"
        return f"{text}^^{node(of.datatype)}" if of.datatype else text

    parts = [f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in prefixes.items()]
    for subject, properties in _by_node(statements):
        said = []
        for predicate, values in properties:
            verb = "a" if predicate.uri == _TYPE else node(predicate)
            said.append(f"{verb} " + ",\n        ".join(map(value, values)))
        parts.append(f"\n{node(subject)}\n    " + " ;\n    ".join(said) + " .\n")
    return "".join(parts)


def rdf_xml(statements: Sequence[Statement], prefixes: Prefixes) -> str:
    """Return ordered statements as RDF/XML (https://www.w3.org/TR/rdf-syntax-grammar/)."""
    short = _shortened(prefixes)
    root = ElementTree.Element("rdf:RDF", {f"xmlns:{each}": uri for each, uri in prefixes.items()})
    for subject, properties in _by_node(statements):
        node = ElementTree.SubElement(root, "rdf:Description", {"rdf:about": subject.uri})
        for predicate, values in properties:
            for value in values:
                element = ElementTree.SubElement(node, short(predicate))
                if isinstance(value, Address):
                    element.set("rdf:resource", value.uri)
                    continue
                element.text = value.text
                if value.language:
                    element.set("xml:lang", value.language)
                elif value.datatype:
                    element.set("rdf:datatype", value.datatype.uri)
    ElementTree.indent(root, " ")
    return f"{_XML}{ElementTree.tostring(root, encoding='unicode')}\n"


def json_ld(statements: Sequence[Statement], prefixes: Prefixes) -> str:
    """Return ordered statements as JSON-LD (https://www.w3.org/TR/json-ld11/), a list for every property."""
    short = _shortened(prefixes)

    def as_json(value: Address | Literal) -> dict[str, str]:
        if isinstance(value, Address):
            return {"@id": value.uri}
        if value.language:
            return {"@value": value.text, "@language": value.language}
        kind = {"@type": short(value.datatype)} if value.datatype else {}
        return {"@value": value.text, **kind}

    nodes = []
    for subject, properties in _by_node(statements):
        node: dict[str, Any] = {"@id": subject.uri}
        for predicate, values in properties:
            if predicate.uri == _TYPE:
                node["@type"] = [short(each) for each in values if isinstance(each, Address)]
            else:
                node[short(predicate)] = [as_json(each) for each in values]
        nodes.append(node)
    # A node on a line of its own.
    lines = ",\n".join(json.dumps(node, ensure_ascii=False) for node in nodes)
    return f'{{"@context": {json.dumps(dict(prefixes))},\n"@graph": [\n{lines}\n]}}\n'


def _by_node(
    statements: Sequence[Statement],
) -> Iterator[tuple[Address, list[tuple[Address, list[Address | Literal]]]]]:
    """Each node with its properties, each of these with its values."""
    for subject, its in groupby(statements, key=itemgetter(0)):
        properties = groupby(its, key=itemgetter(1))
        yield subject, [(predicate, [value for *_, value in listed]) for predicate, listed in properties]


def _shortened(prefixes: Prefixes) -> Callable[[Address], str]:
    """What gives an address its prefix; empty for one that is in none of the vocabularies."""
    known: dict[Address, str] = {}

    def short(address: Address) -> str:
        if address not in known:
            found = [each for each in prefixes.items() if address.uri.startswith(each[1])]
            known[address] = "".join(
                f"{prefix}:{address.uri.removeprefix(namespace)}" for prefix, namespace in found[:1]
            )
        return known[address]

    return short
