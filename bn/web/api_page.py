"""The interface described: as OpenAPI, and as a page without scripts that says the same."""

from __future__ import annotations

import inspect
from html import escape
from typing import Any

import msgspec

import bn
from bn.web.cohort import FileAsked
from bn.web.questions import QUESTIONS, OfPerson
from cpds import ABOUT, NOTE

_REF = "#/components/schemas/{name}"
_FACTS = {
    "catalog": "Variables, arcs, biomarkers, interventions, worked cases, and what this server allows",
    "library": "Claims of the review and sources, by id",
    "claims": "The review, executed: what became of every claim",
    "openapi.json": "This description",
}
_FILES = {
    "file": "What a file of people would be read as, its first people, and how risks are distributed",
    "file/score": "The file scored: every record as it came, with the results behind it",
}
_FAILURES = {
    "400": "not the JSON that is asked for",
    "403": "from the page of another origin",
    "413": "too large",
    "415": "not application/json",
    "421": "asked under the name of another host",
    "422": "a question that cannot be answered; the words are those of the command line",
    "503": "too many questions at once",
    "504": "longer than a question may take",
}


def openapi() -> dict[str, Any]:
    """The interface as OpenAPI 3.1."""
    _, schemas = msgspec.json.schema_components([*QUESTIONS.values(), FileAsked], ref_template=_REF)
    paths: dict[str, Any] = {f"/api/{name}": {"get": _described(about)} for name, about in _FACTS.items()}
    for name, kind in QUESTIONS.items():
        answer = f"The answer is what myorisk {kind.command} --json prints" if kind.command else _BELIEFS
        paths[f"/api/{name}"] = {"post": _described(kind.about, answer, kind.__name__)}
    for name, about in _FILES.items():
        media = "application/octet-stream" if name.endswith("score") else "application/json"
        paths[f"/api/{name}"] = {"post": _described(about, "The file goes as base64", FileAsked.__name__, media)}
    schemas["Failure"] = _FAILURE
    return {
        "openapi": "3.1.0",
        "info": {"title": "myorisk", "version": bn.__version__, "description": f"{ABOUT} {NOTE}"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


_BELIEFS = "Always partial"
_FAILURE = {
    "type": "object",
    "required": ["error", "errors"],
    "properties": {
        "error": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "message": {"type": "string"},
                    "suggest": {"type": ["string", "null"]},
                },
            },
        },
    },
}


def _described(
    about: str,
    answer: str = "It stays the same while the server runs",
    asked: str = "",
    media: str = "application/json",
) -> Any:
    failed = {"content": {"application/json": {"schema": {"$ref": _REF.format(name="Failure")}}}}
    content = {media: {"schema": {"type": "object"} if media.endswith("json") else {}}}
    responses: dict[str, Any] = {"200": {"description": answer, "content": content}}
    told: dict[str, Any] = {"summary": about, "responses": responses}
    if asked:
        responses |= {status: {"description": said, **failed} for status, said in _FAILURES.items()}
        schema = {"$ref": _REF.format(name=asked)}
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return told


def api_page(description: dict[str, Any]) -> str:
    """The description as a page: every address with what it takes."""
    info = description["info"]
    parts = [_HEAD.format(version=escape(info["version"]), about=escape(info["description"]))]
    parts.append(f"<pre>{escape(_EXAMPLE)}</pre><p>{escape(inspect.cleandoc(OfPerson.__doc__ or ''))}</p>")
    for path, methods in description["paths"].items():
        for method, told in methods.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(told['summary'])}.")
            parts.append(f"{escape(told['responses']['200']['description'])}.</p>")
            parts += _fields(description, told)
    failures = "".join(f"<dt>{status}</dt><dd>{escape(said)}</dd>" for status, said in _FAILURES.items())
    parts.append(f"<h2>What goes wrong</h2><p>{escape(_FAILED)}</p><dl>{failures}</dl></main></html>")
    return "\n".join(parts)


_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>myorisk {version}: JSON over HTTP</title>
<link rel="icon" href="/static/favicon.svg">
<link rel="stylesheet" href="/static/css/tokens.css">
<link rel="stylesheet" href="/static/css/api.css">
<main>
<p><a href="/">The explorer</a></p>
<h1>JSON over HTTP</h1>
<p>{about}</p>
<p>A question is a POST of JSON, asked from this computer; <a href="/api/openapi.json">openapi.json</a> describes it for
programs. Findings are written as on the command line:</p>"""
_EXAMPLE = """curl -H 'Content-Type: application/json' http://127.0.0.1:8017/api/risk \\
  -d '{"findings": {"age": "68", "sex": "female", "hscrp": "4.1 mg/L", "grip_strength": "<20"}}'"""
_FAILED = 'Every failure is {"error": one line, "errors": [{"name", "message", "suggest"}]}, an entry a faulty finding.'


def _fields(description: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """The fields of a request as a table, without those of every question of a person; none where nothing is sent."""
    if "requestBody" not in told:
        return []
    name = told["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = description["components"]["schemas"][name]
    needed = schema.get("required", [])
    rows = [
        f"<tr><td><code>{escape(field)}</code>{' (needed)' if field in needed else ''}</td>"
        f"<td>{escape(one.get('description') or _kind(one))}</td></tr>"
        for field, one in schema["properties"].items()
        if field not in OfPerson.__struct_fields__
    ]
    return ["<table>", *rows, "</table>"] if rows else []


def _kind(schema: dict[str, Any]) -> str:
    """What a field holds, in a word or two."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}" if schema.get("items") else "list"
    return str(schema.get("type", ""))
