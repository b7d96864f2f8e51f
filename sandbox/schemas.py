"""Google's discovery documents as JSON Schema: what a request body may hold, field by field.

The documents are those google-api-python-client ships, so a body is judged by the provider's own
published description. Its dialect differs from JSON Schema in `any`, in string formats and in
objects, which are closed here: a field the document does not name is refused.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator

Json = dict[str, Any]

_FORMATS = {
    "google-duration": r"^-?\d+(\.\d{1,9})?s$",
    "google-datetime": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$",
    "date-time": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$",
    "int64": r"^-?\d+$",
    "uint64": r"^\d+$",
    "byte": r"^[A-Za-z0-9+/_-]*={0,2}$",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """The first thing wrong with a body: the field's dotted path and a sentence."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """One discovery document, cut down to what a stand-in asks of it."""

    schemas: Mapping[str, Json]
    methods: Mapping[str, Json]
    parameters: frozenset[str]

    @classmethod
    def load(cls, name: str) -> Self:
        """Read e.g. "youtube.v3" from the installed google-api-python-client.

        Raises:
            FileNotFoundError: the client library, or the document in it, is not installed.

        """
        # find_spec, as importing the client library would cost 30 MB.
        spec = importlib.util.find_spec("googleapiclient")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("google-api-python-client is not installed")
        folder = Path(spec.origin).parent / "discovery_cache" / "documents"
        document: Json = json.loads((folder / f"{name}.json").read_bytes())
        return cls(
            schemas=document["schemas"],
            methods=_methods(document["resources"]),
            parameters=frozenset(document["parameters"]),
        )

    def known_parameters(self, method: str) -> frozenset[str]:
        """The query parameters one method takes, with those that every method takes."""
        return self.parameters | set(self.methods[method]["parameters"])

    def validator(self, schema: str) -> Validator:
        """A JSON Schema validator for one named schema and all it refers to."""
        reached: dict[str, Json] = {}
        waiting = [schema]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached[name] = _convert(self.schemas[name])
                waiting.extend(_references(self.schemas[name]))
        return Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": reached})

    def normal(self, value: object, schema: str) -> object:
        """A body as proto3 JSON reads it: snake_case names, any-case enums and nulls allowed.

        Free-form objects (a `data` map, an APNs payload) are left as they are.
        """
        return self._normal(value, self.schemas[schema])

    def _normal(self, value: object, schema: Json) -> object:
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        if isinstance(value, list) and "items" in schema:
            return [self._normal(item, schema["items"]) for item in value]
        if isinstance(value, str) and value.upper() in schema.get("enum", ()):
            return value.upper()
        known = schema.get("properties")
        if not isinstance(value, dict) or known is None:
            return value
        named = {_camel(name): item for name, item in value.items() if item is not None}
        return {
            name: self._normal(item, known[name]) if name in known else item
            for name, item in named.items()
        }


def violation(validator: Validator, body: object) -> Violation | None:
    """The most telling violation, or None when the body is right."""
    error = best_match(validator.iter_errors(cast(Json, body)))
    if error is None:
        return None
    path = ".".join(str(step) for step in error.absolute_path)
    return Violation(field=path, sentence=error.message[:300])


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def _methods(resources: Mapping[str, Json]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for resource in resources.values():
        for method in resource.get("methods", {}).values():
            found[method["id"]] = {"parameters": sorted(method.get("parameters", {}))}
        found |= _methods(resource.get("resources", {}))
    return found


def _references(schema: object) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
        return own + [name for item in schema.values() for name in _references(item)]
    return []


def _convert(schema: Json) -> Json:
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    if schema.get("type") == "any":
        return {}
    converted: Json = {key: schema[key] for key in ("type", "enum") if key in schema}
    if schema.get("format") in _FORMATS:
        converted["pattern"] = _FORMATS[schema["format"]]
    if "items" in schema:
        converted["items"] = _convert(schema["items"])
    if "properties" in schema:
        fields = schema["properties"].items()
        converted["properties"] = {name: _convert(item) for name, item in fields}
        converted["additionalProperties"] = False
    if "additionalProperties" in schema:
        converted["additionalProperties"] = _convert(schema["additionalProperties"])
    return converted
