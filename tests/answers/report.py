"""Compares the responses of a test run with the API documents; exits with 1 if a document does not declare a response.

python tests/answers/report.py RECORD      RECORD: the file of the run, with a JSON line for each kind of response
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
#: Responses to requests without a matching route.
WITHOUT_ROUTE = {(404, "ADDRESS_UNKNOWN"), (405, "METHOD_NOT_ALLOWED"), (413, "BODY_TOO_LARGE")}

#: The pages on which a service describes itself. No API document lists them.
FRONT = ("/", "/docs", "/docs/start.js", "/docs/assets/{name}", "/openapi.json")
#: The console's gateway passes on the responses of all routes of all services, so no document can list them.
GATEWAY = "/api/{service}/{path:path}"

Answer = tuple[int, str | None]


def declared(document: dict[str, Any]) -> dict[tuple[str, str], set[Answer]]:
    """(method, path) → (status, code) of each response that the document declares. Only a refusal has a code."""
    found: dict[tuple[str, str], set[Answer]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = found.setdefault((method.upper(), path), set())
            for status, shown in operation["responses"].items():
                schema = shown.get("content", {}).get("application/json", {}).get("schema", {})
                codes = schema.get("properties", {}).get("code", {}).get("enum", [None])
                answers |= {(int(status), code) for code in codes}
    return found


def undeclared(record: Path) -> tuple[list[str], Counter[str]]:
    """The responses that are in no document, and the number of kinds of responses of each service."""
    known = {one.stem: declared(json.loads(one.read_text())) for one in DOCUMENTS.glob("*.json")}
    wrong, counted = set(), Counter[str]()
    for line in set(record.read_text().splitlines()):
        service, method, route, status, code = json.loads(line)
        if service not in known or route in (*FRONT, GATEWAY):
            continue
        counted[service] += 1
        answer = (status, code)
        if answer in WITHOUT_ROUTE and (route is None or status == 405):
            continue
        if answer not in known[service].get((method, route), set()):
            wrong.add(f"{service} {method} {route}: {status} {code or 'without a code'}")
    return sorted(wrong), counted


def main(record: Path) -> int:
    if not record.exists():
        print(f"{record}: no answer was recorded")
        return 1
    wrong, counted = undeclared(record)
    for one in wrong:
        print(f"UNDECLARED  {one}")
    print(f"answers: {counted.total()} kinds of {len(counted)} services, undeclared={len(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
