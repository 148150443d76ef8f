"""YAML and JSON files read into models; what is wrong in one is said with its place, in Italian and English.

Arrives: the bytes of a file and the model (pydantic) of what it may say. Leaves: the model, or an error of
the caller's class: file, line and column, the path of the key, what is wrong and what to do. No sentence
quotes a value of the file: it may be a credential. What a file means does not belong here.
"""

import json
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Strict, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from core.errors import Kind, VetroError

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

M = TypeVar("M")
T = TypeVar("T")
# A list of the file. Strict models would take Python's tuples and sets alone.
Several = Annotated[tuple[T, ...], Strict(False)]
Members = Annotated[frozenset[T], Strict(False)]

# What pydantic may find, by its type; the braces are what it says of the rule, never of the value.
_SENTENCES = {
    "string_type": (
        "serve un testo, tra virgolette se sono cifre",
        "text is needed, in quotes where it is digits",
    ),
    "bool_type": ("serve true o false", "true or false is needed"),
    "int_type": ("serve un numero intero", "a whole number is needed"),
    "float_type": ("serve un numero", "a number is needed"),
    "date_type": ("serve una data AAAA-MM-GG", "a date YYYY-MM-DD is needed"),
    "datetime_type": (
        "serve data e ora con fuso, come 2026-11-03T02:10:00+01:00",
        "a date and time with offset is needed, such as 2026-11-03T02:10:00+01:00",
    ),
    "dict_type": ("servono chiavi, ognuna con il suo valore", "keys are needed, each with its value"),
    "list_type": ("serve un elenco", "a list is needed"),
    "literal_error": ("si conosce {expected}", "known: {expected}"),
    "greater_than": ("deve essere maggiore di {gt}", "must be greater than {gt}"),
    "greater_than_equal": ("deve essere almeno {ge}", "must be at least {ge}"),
    "less_than": ("deve essere minore di {lt}", "must be less than {lt}"),
    "less_than_equal": ("deve essere al più {le}", "must be at most {le}"),
    "string_pattern_mismatch": ("la forma è {pattern}", "the form is {pattern}"),
    "string_too_short": ("serve un testo", "text is needed"),
    "too_short": ("ne servono almeno {min_length}", "at least {min_length} needed"),
}
_SENTENCES |= dict.fromkeys(("tuple_type", "frozen_set_type"), _SENTENCES["list_type"])
_SENTENCES["timezone_aware"] = _SENTENCES["datetime_type"]
_OTHERWISE = ("il valore non si può usare", "the value cannot be used")
_UNREADABLE = {
    "YAML": ("il file non è YAML leggibile", "the file is not readable YAML"),
    "JSON": ("il file non è JSON leggibile", "the file is not readable JSON"),
}


@dataclass(frozen=True)
class Place:
    """Where something is wrong. Line and column begin with 1; None where the file has no such place."""

    file: str
    line: int | None = None
    column: int | None = None
    key: str = ""

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{at}, {self.key}" if self.key else at


class FileUnusable(VetroError):
    """A file cannot be used; the message says where and what to do, and quotes no value of the file."""

    kind = Kind.USAGE

    def __init__(self, place: Place, it: str, en: str, *, kind: Kind | None = None):
        super().__init__(f"{place}: {it} / {en}", kind=kind)
        self.place = place


class YamlModel(BaseModel):
    """What a file, or a part of one, may say: these keys and no others, each of its own type.

    `keys_are_told` is False where not even an unknown key may be repeated; `hint` is said besides of one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
    keys_are_told: ClassVar[bool] = True
    hint: ClassVar[tuple[str, str]] = ("", "")

    @classmethod
    def known_keys(cls) -> dict[str, bool]:
        """Return the keys that may stand in the file, and whether each one must."""
        return {field.alias or name: field.is_required() for name, field in cls.model_fields.items()}

    @classmethod
    def arranged(cls, declared: dict[str, Any]) -> dict[str, Any]:
        """Return what was declared, its keys being known, in the shape of the model."""
        return declared

    @model_validator(mode="before")
    @classmethod
    def _knows_its_keys(cls, declared: Any) -> Any:
        if isinstance(declared, cls):
            return declared
        keys = cls.known_keys()
        known = ", ".join(keys)
        declared = {} if declared is None else declared
        if not isinstance(declared, dict):
            raise problem(f"servono chiavi fra {known}", f"keys among {known} are needed")
        for name in declared:
            if name not in keys:
                it, en = (f"; {text}" if text else "" for text in cls.hint)
                raise problem(
                    f"chiave sconosciuta; si conosce {known}{it}",
                    f"unknown key; known: {known}{en}",
                    *((str(name),) if cls.keys_are_told else ()),
                )
        needed = [name for name, is_needed in keys.items() if is_needed]
        for name in needed:
            if name not in declared:
                told = ", ".join(needed)
                raise problem(f"chiave mancante; servono {told}", f"missing key; needed: {told}", name)
        return cls.arranged(declared)


def problem(it: str, en: str, *key: str | int) -> PydanticCustomError:
    """Return what a validator raises: the two sentences, and the `key` within what it validates."""
    return PydanticCustomError("told", "{it} / {en}", {"it": it, "en": en, "key": key})


def read_yaml(
    content: bytes,
    file: str,
    model: type[M],
    error: type[FileUnusable] = FileUnusable,
    *,
    kind: Kind | None = None,
    digits_stay_text: bool = False,
    context: dict[str, Any] | None = None,
) -> M:
    """Return `content` as a `model` (any type that pydantic knows); an empty file is None.

    `file` is its name in messages. With `digits_stay_text` numbers are text, so that 015182 keeps its zero
    and 10.50 its cents. `context` is what validators are told. Raises `error`, of its own kind or of `kind`;
    it is not chained, since the errors of the libraries quote the file.
    """
    loader_class = _TextLoader if digits_stay_text else _Loader
    try:
        loader = loader_class(content.decode("utf-8").removeprefix("\ufeff"))
        try:
            node = loader.get_single_node()
            parsed = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except _DuplicateKey as found:
        raise error(
            _at(file, found.mark),
            "la chiave sta due volte: tenerne una",
            "the key stands twice: keep one",
            kind=kind,
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as found:
        raise error(_unreadable_at(file, content, found), *_UNREADABLE["YAML"], kind=kind) from None
    return checked(parsed, file, model, error, kind=kind, context=context, composed=lambda: node)


def read_json(
    content: bytes,
    file: str,
    model: type[M],
    error: type[FileUnusable] = FileUnusable,
    *,
    kind: Kind | None = None,
    context: dict[str, Any] | None = None,
) -> M:
    """Return `content`, JSON, as a `model`. Parameters and errors are those of `read_yaml`."""
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as found:
        raise error(_unreadable_at(file, content, found), *_UNREADABLE["JSON"], kind=kind) from None

    def composed() -> yaml.Node | None:
        # JSON is YAML too, whose parser tells places.
        with suppress(yaml.YAMLError):
            return yaml.compose(content, Loader=_Loader)
        return None

    return checked(parsed, file, model, error, kind=kind, context=context, composed=composed)


def checked(
    parsed: Any,
    file: str,
    model: type[M],
    error: type[FileUnusable] = FileUnusable,
    *,
    kind: Kind | None = None,
    context: dict[str, Any] | None = None,
    composed: Callable[[], yaml.Node | None] = lambda: None,
) -> M:
    """Return what was `parsed` from `file` as a `model`, or raise `error`.

    Where something is wrong `composed` is asked for the nodes of the file, which know their places.
    """
    try:
        return TypeAdapter(model).validate_python(parsed, context=context)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False)
        # A list is also too short for pydantic where the members that it has are wrong.
        errors = [found for found in errors if found["type"] != "too_short"] or errors
        node = composed()
        told = [(_place(file, node, found), _sentence(found)) for found in errors]
    # The first in the file; those that follow may come of it.
    place, sentence = min(told, key=lambda one: (one[0].line or 0, one[0].column or 0))
    raise error(place, *sentence, kind=kind) from None


class _DuplicateKey(yaml.YAMLError):
    def __init__(self, mark: yaml.Mark):
        self.mark = mark


class _Loader(SafeLoader):
    """YAML's plain types. A key that stands twice in a mapping is an error; no error is without a mark."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if (key.tag, key.value) in seen:
                    raise _DuplicateKey(key.start_mark)
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError):
            # A day that does not exist, such as 2026-02-30.
            raise yaml.constructor.ConstructorError(None, None, "value", node.start_mark) from None


class _TextLoader(_Loader):
    """The same, in which numbers stay text."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":int", ":float"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _at(file: str, mark: yaml.Mark | None, key: str = "") -> Place:
    return Place(file, mark.line + 1, mark.column + 1, key) if mark else Place(file, key=key)


def _unreadable_at(file: str, content: bytes, found: Exception) -> Place:
    mark = getattr(found, "problem_mark", None) or getattr(found, "context_mark", None)
    if mark:
        return _at(file, mark)
    text = content.decode("utf-8", errors="replace").removeprefix("\ufeff")
    if isinstance(found, UnicodeDecodeError):
        before = content[: found.start].decode("utf-8", errors="replace").removeprefix("\ufeff")
    elif isinstance(found, json.JSONDecodeError):
        before = text[: found.pos]
    elif unprintable := yaml.reader.Reader.NON_PRINTABLE.search(text):
        before = text[: unprintable.start()]
    else:
        return Place(file)
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _sentence(found: Any) -> tuple[str, str]:
    context = found.get("ctx", {})
    if found["type"] == "told":
        return context["it"], context["en"]
    it, en = _SENTENCES.get(found["type"], _OTHERWISE)
    if found["type"] == "literal_error":
        context = {"expected": context["expected"].replace("'", "").replace(" or ", ", ")}
    return it.format(**context), en.format(**context)


def _place(file: str, node: yaml.Node | None, found: Any) -> Place:
    """Return the place of what pydantic found. Of its path only the keys that stand in the file are told."""
    within = found.get("ctx", {}).get("key", ())
    if node is None:
        return Place(file, key=".".join(map(str, (*found["loc"], *within))))
    key, of_value, last = "", not within, None
    for place, name in enumerate((*found["loc"], *within)):
        step = _step(node, name)
        if step is None and (isinstance(name, int) or place < len(found["loc"])):
            of_value = of_value and name != "[key]"
            continue
        key = f"{key}[{name}]" if isinstance(name, int) else f"{key}.{name}".removeprefix(".")
        if step:
            last, node = step, step.value
    if last is None:
        return _at(file, node.start_mark, key)
    of_value = of_value and isinstance(last.value, yaml.ScalarNode)
    return _at(file, (last.value if of_value else last.key).start_mark, key)


@dataclass(frozen=True)
class _Step:
    key: yaml.Node
    value: yaml.Node


def _step(node: yaml.Node, name: str | int) -> _Step | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
        return _Step(node.value[name], node.value[name])
    if isinstance(node, yaml.MappingNode):
        # The last one: before it stand those that a merge brought in.
        for key, value in reversed(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value == str(name):
                return _Step(key, value)
    return None
