#!/usr/bin/env python3
"""Fails when the API breaks a client that was written for the last release: compares web/openapi.json with `released.json`.

What the release accepts in a request must still be accepted, and an answer must be one that the release could give. A field
or an operation that is gone is a fault; a new one is not, unless requests need it. Where the comparison would need more
logic than this has (patterns, conditions), any difference is a fault.

`accepted.toml` lists deliberate breaks, each with its reason. An entry that accepts nothing is a fault too.

    check.py              compares
    check.py --self-test  breaks a document in each way and expects the fault
    check.py --release    makes the document of today the released one, and forgets the accepted breaks
"""

import copy
import fnmatch
import itertools
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RELEASED = HERE / "released.json"
ACCEPTED = HERE / "accepted.toml"
CURRENT = ROOT / "web" / "openapi.json"
CHANGELOG = ROOT / "CHANGELOG.md"

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
# What does not change which values a schema accepts.
ANNOTATIONS = {"$ref", "title", "description", "example", "examples", "deprecated", "default"}
LOWER_BOUNDS = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
UPPER_BOUNDS = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
# What `Comparison` looks into. It compares every other keyword as a whole.
STRUCTURE = {"type", "enum", "const", "anyOf", "oneOf", "properties", "required", "items", "prefixItems", "contentSchema"}


class Comparison:
    """The breaks between two documents, each as a sentence that begins with its place."""

    def __init__(self, old, new):
        self.old, self.new, self.found, self.open = old, new, [], set()

    def fault(self, where, what):
        self.found.append(f"{where}: {what}")

    def breaks(self):
        if self.old.get("servers") != self.new.get("servers"):
            self.fault("servers", "differ")
        schemes = self.new["components"].get("securitySchemes", {})
        for name, scheme in self.old["components"].get("securitySchemes", {}).items():
            if without_annotations(schemes.get(name, {})) != without_annotations(scheme):
                self.fault(f"log-in {name}", "differs")
        for path, methods in self.old["paths"].items():
            for method in sorted(METHODS & methods.keys()):
                where = f"{method.upper()} {path}"
                if method in self.new["paths"].get(path, {}):
                    self.operation(where, methods[method], self.new["paths"][path][method])
                else:
                    self.fault(where, "is gone")
        return list(dict.fromkeys(self.found))

    def operation(self, where, old, new):
        # Generated clients have a method of this name.
        if old["operationId"] != new["operationId"]:
            self.fault(where, f"is called {new['operationId']} instead of {old['operationId']}")
        # Without an entry, an operation needs no log-in.
        allowed = new.get("security") or [{}]
        if any(alternative not in allowed for alternative in old.get("security") or [{}]):
            self.fault(where, "needs another log-in")
        self.parameters(where, old, new)
        self.request_body(where, old.get("requestBody", {}), new.get("requestBody", {}))
        for status, answer in old["responses"].items():
            if status in new["responses"]:
                self.answer(f"{where} {status}", resolved(answer, self.old)[1], resolved(new["responses"][status], self.new)[1])
            # No client misses an error.
            elif status[0] in "23":
                self.fault(f"{where} {status}", "is gone")

    def parameters(self, where, old, new):
        olds, news = ({(p["in"], p["name"]): p for p in operation.get("parameters", [])} for operation in (old, new))
        for (place, name), parameter in news.items():
            if parameter.get("required") and not olds.get((place, name), {}).get("required"):
                self.fault(f"{where} {name}", f"this {place} parameter is now required")
        for (place, name), parameter in olds.items():
            at, now = f"{where} {name}", news.get((place, name))
            if now is None:
                self.fault(at, f"this {place} parameter is gone")
                continue
            self.schemas(at, parameter["schema"], now["schema"], in_request=True)
            for how in ("style", "explode"):
                if parameter.get(how) != now.get(how):
                    self.fault(at, f"{how} is {now.get(how)} instead of {parameter.get(how)}")

    def request_body(self, where, old, new):
        if new.get("required") and not old.get("required"):
            self.fault(where, "needs a body")
        for media, content in old.get("content", {}).items():
            if media in new.get("content", {}):
                self.schemas(f"{where} body", content["schema"], new["content"][media]["schema"], in_request=True)
            else:
                self.fault(where, f"takes no {media}")

    def answer(self, where, old, new):
        for name, header in old.get("headers", {}).items():
            if name in new.get("headers", {}):
                self.schemas(f"{where} {name}", header["schema"], new["headers"][name]["schema"], in_request=False)
            else:
                self.fault(f"{where} {name}", "this header is gone")
        for media, content in old.get("content", {}).items():
            if media in new.get("content", {}):
                self.schemas(where, content["schema"], new["content"][media]["schema"], in_request=False)
            else:
                self.fault(where, f"has no {media}")

    def schemas(self, where, old, new, in_request):
        """Each alternative of the inner schema must fit into one of the outer."""
        (name, old), (_, new) = resolved(old, self.old), resolved(new, self.new)
        where = named(where, name, in_request)
        if in_request and "default" in old and old["default"] != new.get("default"):
            self.fault(where, f"default is {new.get('default')} instead of {old['default']}")
        inner, outer = (old, new) if in_request else (new, old)
        for alternative in alternatives(inner):
            others = alternatives(outer)
            same = [other for other in others if "$ref" in other and other["$ref"] == alternative.get("$ref")]
            tries = [self.plain(where, alternative, other, in_request) for other in same or others]
            # The alternative that fits best says what is wrong.
            self.found += min(tries, key=len)

    def plain(self, where, inner, outer, in_request):
        """The breaks between two schemas that are no choice. The outer one must accept all that the inner one accepts."""
        old, new = (inner, outer) if in_request else (outer, inner)
        (name, old), (_, new) = resolved(old, self.old), resolved(new, self.new)
        where = named(where, name, in_request)
        inner, outer = (old, new) if in_request else (new, old)
        here = Comparison(self.old, self.new)
        here.open = self.open
        types = inner.get("type"), outer.get("type")
        if types[1] not in (None, types[0]) and types != ("integer", "number"):
            here.fault(where, f"type is {new.get('type', 'open')} instead of {old.get('type', 'open')}")
            return here.found
        if values(outer) is not None:
            for value in sorted((values(inner) or {"any value"}) - values(outer)):
                here.fault(where, f"{value} is {'no longer accepted' if in_request else 'new'}")
        for code in sorted(set(old.get("x-extensible-enum", [])) - set(new.get("x-extensible-enum", []))):
            here.fault(where, f"{code} is gone")
        for keyword in sorted(outer.keys() - ANNOTATIONS - STRUCTURE):
            if not keyword.startswith("x-") and not within(keyword, inner.get(keyword), outer[keyword]):
                here.fault(where, f"{keyword} is {new.get(keyword, 'open')} instead of {old.get(keyword, 'open')}")
        here.members(where, old, new, in_request)
        return here.found

    def members(self, where, old, new, in_request):
        # A schema may contain itself.
        pair = json.dumps([where, old, new])
        if pair in self.open:
            return
        self.open.add(pair)
        olds, news = old.get("properties", {}), new.get("properties", {})
        for name in olds:
            if name in news:
                self.schemas(f"{where}.{name}", olds[name], news[name], in_request)
            else:
                self.fault(f"{where}.{name}", "this field is gone")
        before, now = set(old.get("required", [])), set(new.get("required", []))
        for name in sorted(now - before if in_request else (before - now) & news.keys()):
            self.fault(f"{where}.{name}", "is now required" if in_request else "may now be absent")
        prefixes = itertools.zip_longest(old.get("prefixItems", []), new.get("prefixItems", []), fillvalue={})
        for at, (old_item, new_item) in enumerate(prefixes):
            self.schemas(f"{where}[{at}]", old_item, new_item, in_request)
        for keyword, mark in (("items", "[]"), ("contentSchema", " content")):
            if keyword in old or keyword in new:
                self.schemas(where + mark, old.get(keyword, {}), new.get(keyword, {}), in_request)
        self.open.remove(pair)


def resolved(schema, document):
    """The name of the component that a reference means, or None; and its content with what stands beside the reference."""
    if "$ref" not in schema:
        return None, schema
    target = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return part, {**resolved(target, document)[1], **schema}


def named(where, component, in_request):
    """A fault of a component is listed once, whichever operations use it."""
    return f"{'request' if in_request else 'answer'} {component}" if component else where


def alternatives(schema):
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        common = {keyword: value for keyword, value in without_annotations(schema).items() if keyword not in ("anyOf", "oneOf")}
        return [{**common, **choice} for choice in choices]
    types = schema.get("type")
    return [{**schema, "type": one} for one in types] if isinstance(types, list) else [schema]


def values(schema):
    """The values that a schema lists, as JSON; None if it lists none."""
    listed = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if listed is None else {json.dumps(value) for value in listed}


def within(keyword, inner, outer):
    """Whether a limit of the inner schema is as narrow as the outer one's."""
    if keyword in LOWER_BOUNDS:
        return inner is not None and inner >= outer
    if keyword in UPPER_BOUNDS:
        return inner is not None and inner <= outer
    return outer is True and keyword == "additionalProperties" or inner == outer


def without_annotations(schema):
    return {keyword: value for keyword, value in schema.items() if keyword not in ANNOTATIONS}


def check(released, current, accepted, changelog):
    """Every fault as a sentence."""
    version, last = released["info"]["version"], re.search(r"^## \[(\d[^]]*)\]", changelog, re.MULTILINE)[1]
    faults = []
    if version != last:
        faults.append(f"{RELEASED.name} is of {version}, but the last release is {last}: run make openapi-release")
    breaks = Comparison(released, current).breaks()
    # Brackets are a part of the sentences, and not of a pattern.
    patterns = {entry["break"].replace("[", "[[]"): entry for entry in accepted}
    matched = {pattern: [b for b in breaks if fnmatch.fnmatchcase(b, pattern)] for pattern in patterns}
    reviewed = {b for some in matched.values() for b in some}
    faults += [f"breaks clients: {b}" for b in breaks if b not in reviewed]
    for pattern, entry in patterns.items():
        if not matched[pattern]:
            faults.append(f"{ACCEPTED.name}: this is no break: {entry['break']}")
        if not entry.get("reason"):
            faults.append(f"{ACCEPTED.name}: a reason is missing: {entry['break']}")
    return faults


def self_test():
    """Breaks each rule once and expects its fault."""
    seat_reference = {"$ref": "#/components/schemas/Seat"}
    base = {
        "info": {"version": "1.0.0"},
        "servers": [{"url": "/api"}],
        "paths": {
            "/seats": {
                "get": {
                    "operationId": "listSeats",
                    "parameters": [
                        {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 9, "default": 5}},
                        {"in": "query", "name": "state", "schema": {"$ref": "#/components/schemas/State"}},
                    ],
                    "responses": {
                        "200": {
                            "headers": {"ETag": {"schema": {"type": "string"}}},
                            "content": {"application/json": {"schema": seat_reference}},
                        },
                        "404": {"$ref": "#/components/responses/Missing"},
                    },
                },
                "post": {
                    "operationId": "bookSeat",
                    "security": [{"token": []}],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                    "responses": {
                        "201": {"content": {"text/event-stream": {"schema": {"contentSchema": seat_reference}}}},
                    },
                },
            }
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "a token"}},
            "responses": {
                "Missing": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
            },
            "schemas": {
                "State": {"type": "string", "enum": ["free", "sold"]},
                "Problem": {"type": "object", "properties": {"code": {"x-extensible-enum": ["gone", "late"]}}},
                "Seat": {
                    "type": "object",
                    "required": ["label"],
                    "properties": {
                        "label": {"type": "string", "maxLength": 9},
                        "held_until": {"type": ["string", "null"], "format": "date-time"},
                        "row": {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}},
                        "next": {"anyOf": [seat_reference, {"type": "null"}]},
                    },
                },
                "Order": {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("ByLabel", "Best", "Anything")]},
                "Anything": {"type": "object"},
                "ByLabel": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["label"],
                    "properties": {
                        "label": {"type": "string", "maxLength": 9},
                        "price": {"type": "number", "minimum": 0},
                        "note": {"type": ["string", "null"]},
                    },
                },
                "Best": {
                    "type": "object",
                    "additionalProperties": True,
                    "required": ["quantity"],
                    "properties": {"quantity": {"type": "integer", "minimum": 1}, "kind": {"const": "best"}},
                },
            },
        },
    }
    listed, booked = "paths./seats.get", "paths./seats.post"
    seat, by_label, best = (f"components.schemas.{name}" for name in ("Seat", "ByLabel", "Best"))
    code, gone = "components.schemas.Problem.properties.code", object()
    # Where the document is changed, to what, and the fault. With None, no client breaks.
    cases = [
        ("info.title", "other", None),
        ("servers.0.url", "/v2", "servers: differ"),
        ("components.securitySchemes.token.scheme", "basic", "log-in token: differs"),
        ("components.securitySchemes.token.description", "another", None),
        ("paths./new", {}, None),
        ("paths./seats", gone, "GET /seats: is gone"),
        (booked, gone, "POST /seats: is gone"),
        (f"{listed}.operationId", "seats", "GET /seats: is called seats instead of listSeats"),
        (f"{listed}.security", [{"token": []}], "GET /seats: needs another log-in"),
        (f"{booked}.security", [{"token": []}, {"cookie": []}], None),
        (f"{listed}.parameters.1", gone, "GET /seats state: this query parameter is gone"),
        (f"{listed}.parameters.0.required", True, "GET /seats limit: this query parameter is now required"),
        (f"{listed}.parameters.0.explode", False, "GET /seats limit: explode is False instead of None"),
        (f"{listed}.parameters.0.schema.maximum", 8, "GET /seats limit: maximum is 8 instead of 9"),
        (f"{listed}.parameters.0.schema.maximum", 10, None),
        (f"{listed}.parameters.0.schema.maximum", gone, None),
        (f"{listed}.parameters.0.schema.minimum", 1, "GET /seats limit: minimum is 1 instead of open"),
        (f"{listed}.parameters.0.schema.default", 6, "GET /seats limit: default is 6 instead of 5"),
        (f"{listed}.parameters.0.schema.type", "number", None),
        (f"{listed}.responses.200", gone, "GET /seats 200: is gone"),
        (f"{listed}.responses.404", gone, None),
        (f"{listed}.responses.200.headers.ETag", gone, "GET /seats 200 ETag: this header is gone"),
        (f"{listed}.responses.200.content", {"text/csv": {"schema": {}}}, "GET /seats 200: has no application/json"),
        (f"{listed}.responses.200.content.text/csv", {"schema": {}}, None),
        (f"{booked}.requestBody.required", True, "POST /seats: needs a body"),
        (f"{booked}.requestBody.content", {"text/csv": {"schema": {}}}, "POST /seats: takes no application/json"),
        ("components.schemas.State.enum", ["free"], 'request State: "sold" is no longer accepted'),
        ("components.schemas.State.enum", ["free", "sold", "held"], None),
        (f"{code}.x-extensible-enum", ["gone"], "answer Problem.code: late is gone"),
        (f"{code}.x-extensible-enum", ["gone", "late", "full"], None),
        ("components.schemas.Order.oneOf.0", gone, "request ByLabel.label: this field is gone"),
        (f"{seat}.properties.label", gone, "answer Seat.label: this field is gone"),
        (f"{seat}.properties.label.type", "integer", "answer Seat.label: type is integer instead of string"),
        (f"{seat}.properties.label.type", ["string", "null"], "answer Seat.label: type is null instead of string"),
        (f"{seat}.properties.label.maxLength", 10, "answer Seat.label: maxLength is 10 instead of 9"),
        (f"{seat}.properties.label.maxLength", 8, None),
        (f"{seat}.properties.label.description", "its name", None),
        (f"{seat}.properties.price", {"type": "integer"}, None),
        (f"{seat}.properties.held_until.type", "string", None),
        (f"{seat}.properties.held_until.format", gone, "answer Seat.held_until: format is open instead of date-time"),
        (f"{seat}.properties.row.prefixItems.0.type", "string", "answer Seat.row[0]: type is string instead of integer"),
        (f"{seat}.properties.row.items.enum", ["A"], None),
        (f"{seat}.properties.row.items", gone, "answer Seat.row[]: type is open instead of string"),
        (f"{seat}.required", [], "answer Seat.label: may now be absent"),
        (f"{seat}.required", ["label", "row"], None),
        (f"{by_label}.properties.price", gone, "request ByLabel.price: this field is gone"),
        (f"{by_label}.properties.price.type", "integer", "request ByLabel.price: type is integer instead of number"),
        (f"{by_label}.properties.note.type", "string", "request ByLabel.note: type is string instead of null"),
        (f"{by_label}.properties.label.pattern", "^A", "request ByLabel.label: pattern is ^A instead of open"),
        (f"{by_label}.properties.label.enum", ["A"], "request ByLabel.label: any value is no longer accepted"),
        (f"{by_label}.properties.seat", {"type": "string"}, None),
        (f"{by_label}.required", ["label", "price"], "request ByLabel.price: is now required"),
        (f"{by_label}.additionalProperties", True, None),
        (f"{by_label}.if", {"required": ["note"]}, "request ByLabel: if is {'required': ['note']} instead of open"),
        (f"{best}.additionalProperties", False, "request Best: additionalProperties is False instead of True"),
        (f"{best}.properties.kind.const", "good", 'request Best.kind: "best" is no longer accepted'),
    ]
    changelog = "## [Unreleased]\n\n## [1.0.0] - 2026-01-01\n"
    for place, value, expected in cases:
        changed = copy.deepcopy(base)
        *above, last = place.split(".")
        holder = changed
        for step in above:
            holder = holder[int(step) if isinstance(holder, list) else step]
        last = int(last) if isinstance(holder, list) else last
        if value is gone:
            del holder[last]
        else:
            holder[last] = value
        expect(check(base, changed, [], changelog), expected and f"breaks clients: {expected}", f"{place} = {value}")
    no_paths = {**base, "paths": {}}
    accepted, unexplained = [{"break": "* /seats: is gone", "reason": "a test"}], [{"break": "* /seats: is gone"}]
    expect(check(base, no_paths, accepted, changelog), None, "an accepted break")
    expect(check(base, base, accepted, changelog), "this is no break: * /seats: is gone", "an idle entry")
    expect(check(base, no_paths, unexplained, changelog), "a reason is missing", "an entry without a reason")
    released = changelog.replace("1.0.0", "1.1.0")
    expect(check(base, base, [], released), "the last release is 1.1.0", "a release without its document")


def expect(faults, expected, of):
    if expected is None and faults or expected is not None and not any(expected in fault for fault in faults):
        sys.exit(f"the comparison is broken: {of} gives {faults}, and not {expected}")


def release():
    shutil.copyfile(CURRENT, RELEASED)
    head, _, _ = ACCEPTED.read_text(encoding="utf-8").partition("[[accepted]]")
    ACCEPTED.write_text(head.rstrip() + "\n", encoding="utf-8")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if sys.argv[1:] == ["--release"]:
        return release()
    released, current = (json.loads(path.read_text(encoding="utf-8")) for path in (RELEASED, CURRENT))
    accepted = tomllib.loads(ACCEPTED.read_text(encoding="utf-8")).get("accepted", [])
    faults = check(released, current, accepted, CHANGELOG.read_text(encoding="utf-8"))
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
