"""The history of one person, merged from the stories of all services and sorted by time.

The history contains no names, and document numbers only in masked form.
"""

from dataclasses import dataclass
from typing import Any

from contracts.words import DocumentType
from enrollctl.declarations import DECLARATIONS
from enrollctl.errors import ComponentUnhealthy
from enrollctl.ops_client.operators import Operators, SearchesUsedUp

ROUTE = "/people/story"


@dataclass(frozen=True, slots=True)
class MergedStory:
    """The steps of all services. `silent`: the services that gave no answer, each with the reason."""

    masked_number: str
    steps: list[dict[str, Any]]
    silent: dict[str, str]


def merged_story(client: Operators, number: str, document_type: DocumentType | None) -> MergedStory:
    """Ask every service that has the route ROUTE. Raises Failure if a service refuses the request.

    A service that is down, or that permits the account no more searches today, is put into `silent` instead.
    """
    body = {"number": number} | ({"document_type": document_type.value} if document_type else {})
    steps: list[dict[str, Any]] = []
    silent, masked = {}, ""
    for service in [one.name for one in DECLARATIONS if one.person_story and one.name in client.services]:
        try:
            answer = client.post(service, ROUTE, **body)
        except (ComponentUnhealthy, SearchesUsedUp) as failure:
            silent[service] = str(failure)
            continue
        masked = answer["masked_number"]
        steps += [step | {"service": service} for step in answer["steps"]]
    return MergedStory(masked, sorted(steps, key=lambda step: str(step["at"])), silent)
