"""Adds a golden message, that is, an example in `contracts/examples`, for each new optional field of an event type.

The older golden messages stay, because events without the new field are still on topics.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from contracts.event import Event

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
#: Further messages of a type, in `<type>.json` or `<type>.<n>.json`. Each of these messages has fields that the older
#: messages leave out.
VARIANTS = EXAMPLES / "variants"


def messages_of(ce_type: str) -> list[dict[str, Any]]:
    """The golden messages of a type, the first one first."""
    paths = [EXAMPLES / f"{ce_type}.json", *sorted(VARIANTS.glob(f"{ce_type}.*json"))]
    return [json.loads(path.read_text()) for path in paths]


def in_no_example(kind: type[BaseModel], goldens: Sequence[dict[str, Any]]) -> set[str]:
    """Fields of the type and of its nested types that no message contains."""
    written = [json.loads(kind.model_validate(golden).model_dump_json()) for golden in goldens]
    return set().union(*map(fields_in, written)) - set().union(*map(fields_in, goldens))


def fields_in(value: Any, at: str = "") -> set[str]:
    if isinstance(value, dict):
        return {at}.union(*(fields_in(one, f"{at}.{name}") for name, one in value.items()))
    return {at}.union(*(fields_in(one, at) for one in value)) if isinstance(value, list) else {at}


def completed(piece: BaseModel, message: dict[str, Any]) -> dict[str, Any]:
    """A completed copy of the message from which `piece` was parsed. A field that is missing in the message gets the
    first value of the field's `examples`.
    """
    return message | dict(_completed(piece, message))


def _completed(piece: BaseModel, message: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, field in type(piece).model_fields.items():
        value = getattr(piece, name)
        if name not in message:
            if field.examples:
                yield name, field.examples[0]
        elif isinstance(value, BaseModel):
            yield name, completed(value, message[name])
        elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
            yield name, [completed(*pair) for pair in zip(value, message[name], strict=True)]


def next_variant(kind: type[Event]) -> dict[str, Any] | None:
    """A copy of the type's first message with the fields that no message contains; None if there are no such fields.

    Raises ValueError for a field without `examples`.
    """
    messages = messages_of(kind.ce_type)
    values = [message["value"] for message in messages]
    if not in_no_example(kind, values):
        return None
    value = completed(kind.model_validate(values[0]), values[0])
    if missing := in_no_example(kind, [*values, value]):
        raise ValueError(f"{', '.join(sorted(missing))} of {kind.ce_type}: declare the field with examples=[…]")
    return messages[0] | {"value": value}


def write(kind: type[Event], message: dict[str, Any]) -> str:
    """Write the message under the next name that is free, and return the name."""
    numbers = [f"{kind.ce_type}.json", *(f"{kind.ce_type}.{number}.json" for number in range(2, 100))]
    path = next(path for name in numbers if not (path := VARIANTS / name).exists())
    path.write_text(json.dumps(message, ensure_ascii=False, indent=2) + "\n")
    return f"variants/{path.name}"
