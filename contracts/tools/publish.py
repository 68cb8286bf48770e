"""Write the published contracts from the code: JSON Schemas, topic manifest, AsyncAPI 3, examples of new fields.

    python contracts/tools/publish.py            write; refuse a change that would break a reader
    python contracts/tools/publish.py --check    say which files differ from the code, write nothing

The schemas in the repository show what was published before. Within a version of a type, the only accepted change is
a new field with a default. A breaking change needs a new version of the type or topic. The old version is published
beside the new one for a while.
"""

import json
import sys
from pathlib import Path
from typing import Any

import jsoncompat
import variants
from asyncapi import document

from contracts.catalog import EVENTS
from contracts.event import Event
from contracts.topics import TOPICS

HOME = Path(__file__).resolve().parents[1] / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: type[Event]) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"urn:union-enrollment:{kind.ce_type}", **kind.model_json_schema()}


def manifest() -> dict[str, Any]:
    """The topics with the facts that an operator or a deployment needs."""
    return {
        topic.name: {
            "summary": topic.summary,
            "key": topic.key,
            "partitions": topic.partitions,
            "config": topic.config(),
            "producer": topic.producer,
            "consumers": list(topic.consumers),
            "types": [kind.ce_type for kind in EVENTS if kind.topic is topic],
        }
        for topic in TOPICS
    }


def published() -> dict[str, str]:
    """File name → content."""
    schemas = {f"{kind.ce_type}.json": schema_of(kind) for kind in EVENTS}
    documents = schemas | {"topics.json": manifest(), "asyncapi.json": document(schemas)}
    return {name: json.dumps(body, ensure_ascii=False, indent=2) + "\n" for name, body in documents.items()}


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The readers that a change of the schema would break; empty if it only adds fields with defaults."""
    found = []
    old, new = ({n: v for n, v in schema.items() if n != "$id"} for schema in (old, new))
    if not jsoncompat.check_compat(json.dumps(old), json.dumps(new), "serializer"):
        found.append("readers of the old schema cannot read new events")
    if not jsoncompat.check_compat(json.dumps(closed(old)), json.dumps(closed(new)), "deserializer"):
        found.append("readers of the new schema cannot read old events")
    return found


def closed(schema: Any) -> Any:
    """A copy of the schema that refuses properties without a name in the schema.

    Old events contain only named properties. But the schema itself allows all others. Without the copy, an old event
    could contain a new field with a wrong type, and each new field would count as a break.
    """
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {name: closed(value) for name, value in schema.items()}
    if "properties" in copy and isinstance(copy["properties"], dict) and "additionalProperties" not in copy:
        copy["additionalProperties"] = False
    return copy


def new_messages(*, write: bool) -> list[str]:
    """For each type that has new optional fields, write a golden message (an example in `contracts/examples`).

    Returns the problems, one sentence each. If `write` is False, write nothing. Each missing message is then a problem.
    """
    problems = []
    for kind in EVENTS:
        try:
            if message := variants.next_variant(kind):
                if write:
                    print(f"wrote {variants.write(kind, message)}")
                else:
                    problems.append(f"a field of {kind.ce_type} is in no golden message: run `make schemas`")
        except ValueError as problem:
            problems.append(str(problem))
    return problems


def main(arguments: list[str]) -> int:
    HOME.mkdir(exist_ok=True)
    documents = published()
    problems = []
    for name, content in documents.items():
        path = HOME / name
        before = path.read_text() if path.exists() else None
        if before == content:
            continue
        if "--check" in arguments:
            problems.append(f"{name} differs from the code: run `make schemas`")
        elif (
            before
            and name not in ("topics.json", "asyncapi.json")
            and (why := breaks(json.loads(before), json.loads(content)))
        ):
            problems.append(f"{name}: {'; '.join(why)}. Make a new version of the type instead")
        else:
            path.write_text(content)
            print(f"wrote {name}")
    problems += new_messages(write="--check" not in arguments)
    unexpected = sorted({path.name for path in HOME.glob("*.json")} - set(documents))
    problems += [
        f"{name}: no type of that name; a published type stays as long as its topic's retention" for name in unexpected
    ]
    print("\n".join(problems) or f"{len(documents)} documents agree with the code")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
