"""AsyncAPI 3 from `contracts`: one channel per topic, one message per type, one operation per producer and consumer."""

from typing import Any

from contracts.catalog import EVENTS
from contracts.event import Event
from contracts.topics import TOPICS, Topic

HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_sequence"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "uuid5 of cause, type, subject and part"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "the entity that the event concerns"},
        "ce_sequence": {"type": "string", "description": "integer, gapless per topic and key"},
        "ce_causationid": {"type": "string"},
        "ce_correlationid": {"type": "string"},
        "ce_replay": {"type": "string", "const": "true"},
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "content-type": {"type": "string", "const": "application/json"},
    },
}


def document(schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """`schemas`: file name → schema; the messages refer to those files."""
    assert schemas
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Union Enrollment",
            "version": "1.0.0",
            "description": "Batch events between the services, CloudEvents 1.0 in Kafka binary mode. "
            "At least once on the wire; `ce_sequence` orders the records of a key.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: channel(topic) for topic in TOPICS},
        "operations": operations(),
        "components": {
            "messageTraits": {"cloudEvent": {"headers": HEADERS}},
            "messages": {kind.ce_type: message(kind) for kind in EVENTS},
        },
    }


def channel(topic: Topic) -> dict[str, Any]:
    kinds = [kind for kind in EVENTS if kind.topic is topic]
    policy = ["compact"] if topic.compacted else ["delete"]
    configuration: dict[str, Any] = {"cleanup.policy": policy}
    if not topic.compacted:
        configuration["retention.ms"] = int(topic.config()["retention.ms"])
    return {
        "address": topic.name,
        "description": topic.summary,
        "messages": {kind.ce_type: {"$ref": f"#/components/messages/{kind.ce_type}"} for kind in kinds},
        "bindings": {
            "kafka": {"topic": topic.name, "partitions": topic.partitions, "topicConfiguration": configuration}
        },
    }


def message(kind: type[Event]) -> dict[str, Any]:
    summary, _, description = (kind.__doc__ or "").strip().partition("\n")
    return {
        "name": kind.ce_type,
        "title": kind.__name__,
        "summary": summary,
        "description": "\n".join(line.strip() for line in description.strip().splitlines()),
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-07",
            "schema": {"$ref": f"./{kind.ce_type}.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": kind.topic.key}}},
    }


def operations() -> dict[str, Any]:
    found = {}
    for topic in TOPICS:
        reference = {"$ref": f"#/channels/{topic.name}"}
        found[f"{topic.producer}.sends.{topic.name}"] = {
            "action": "send",
            "channel": reference,
            "summary": topic.summary,
        }
        for consumer in topic.consumers:
            found[f"{consumer}.receives.{topic.name}"] = {"action": "receive", "channel": reference}
    return found
