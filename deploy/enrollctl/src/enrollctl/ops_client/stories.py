"""One person's history, merged by time from all services that know the person. Numbers are masked; no names."""

from dataclasses import dataclass
from typing import Any

from contracts.words import DocumentType
from enrollctl.declarations import DECLARATIONS
from enrollctl.errors import ComponentUnhealthy
from enrollctl.ops_client.operators import Operators, SearchesUsedUp

ROUTE = "/people/story"


@dataclass(frozen=True, slots=True)
class Merged:
    """`silent`: services that did not answer, each with the reason; their steps are missing."""

    masked_number: str
    steps: list[dict[str, Any]]
    silent: dict[str, str]


def merged(client: Operators, number: str, document_type: DocumentType | None) -> Merged:
    """Ask every service. Raises Failure if one refuses."""
    body = {"number": number} | ({"document_type": document_type.value} if document_type else {})
    told, silent, masked = [], {}, ""
    for service in [one.name for one in DECLARATIONS if one.person_story and one.name in client.services]:
        try:
            answer = client.post(service, ROUTE, **body)
        except (ComponentUnhealthy, SearchesUsedUp) as away:
            silent[service] = str(away)
            continue
        masked = answer["masked_number"]
        told += [step | {"service": service} for step in answer["steps"]]
    return Merged(masked, sorted(told, key=lambda step: str(step["at"])), silent)
