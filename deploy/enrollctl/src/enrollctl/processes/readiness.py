"""Asks a service whether it is ready."""

import ssl
from dataclasses import dataclass, field

import httpx


@dataclass(frozen=True, slots=True)
class Readiness:
    """`reasons`: why a component is not ready; empty if it is ready. `notes`: other information for an operator."""

    reasons: list[str]
    notes: list[str] = field(default_factory=list)


#: Services are asked without TLS. By default, httpx would load all certificates of the system for each request, and the
#: loading takes longer than the request.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def readiness(url: str) -> Readiness:
    """Ask GET /health/ready. A service is ready only if it answers 200."""
    try:
        answer = httpx.get(f"{url}/health/ready", timeout=2, trust_env=False, verify=NO_CERTIFICATES)
    except httpx.HTTPError as error:
        return Readiness([f"does not answer ({type(error).__name__})"])
    return Readiness([] if answer.status_code == httpx.codes.OK else _reasons(answer), _notes(answer))


def reasons_not_ready(url: str) -> list[str]:
    """Why the component is not ready; empty if it is ready."""
    return readiness(url).reasons


def _notes(answer: httpx.Response) -> list[str]:
    try:
        notes = answer.json().get("notes")
    except (ValueError, AttributeError):
        return []
    return [f"{name}: {note}" for name, note in notes.items()] if isinstance(notes, dict) else []


def _reasons(answer: httpx.Response) -> list[str]:
    try:
        reasons = answer.json().get("reasons")
    except (ValueError, AttributeError):
        reasons = None
    if isinstance(reasons, dict):
        return [f"{name}: {reason}" for name, reason in reasons.items()]
    if isinstance(reasons, list) and reasons:
        return [str(reason) for reason in reasons]
    return [f"answers {answer.status_code}"]
