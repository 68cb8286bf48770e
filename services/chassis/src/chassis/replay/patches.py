"""JSON Patch (RFC 6902), as far as an edit needs it: add, replace, remove."""

from copy import deepcopy
from typing import Annotated, Any, Literal

from pydantic import Field

from chassis.domain import Refusal
from chassis.normalization import is_digits
from chassis.validation import Body


class PatchMisses(Refusal):
    code = "PATCH_MISSES"
    status = 422
    message = "修改的位置在该消息中不存在，请对照消息内容改正位置后重试"


class Change(Body):
    """One operation. `path` is a JSON pointer such as `/part/count`; the empty one stands for the whole payload."""

    op: Literal["add", "replace", "remove"]
    path: Annotated[str, Field(pattern=r"^(/.*)?$", max_length=500)]
    value: Any = None


def patched(body: Any, changes: list[Change]) -> Any:
    """Return a changed copy. Raises PatchMisses if the body has no such path."""
    found = deepcopy(body)
    for change in changes:
        if not change.path:
            found = deepcopy(change.value)
            continue
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in change.path[1:].split("/")]
        place = found
        for part in way:
            place = _step(place, part, change)
        _apply(place, last, change)
    return found


def _step(place: Any, part: str, change: Change) -> Any:
    if isinstance(place, dict) and part in place:
        return place[part]
    if isinstance(place, list) and is_digits(part) and int(part) < len(place):
        return place[int(part)]
    raise PatchMisses(path=change.path)


def _apply(place: Any, last: str, change: Change) -> None:
    if isinstance(place, list):
        _apply_to_list(place, last, change)
        return
    if not isinstance(place, dict) or (change.op != "add" and last not in place):
        raise PatchMisses(path=change.path)
    if change.op == "remove":
        del place[last]
    else:
        place[last] = deepcopy(change.value)


def _apply_to_list(place: list[Any], last: str, change: Change) -> None:
    end = len(place)
    at = end if last == "-" else int(last) if is_digits(last) else end + 1
    if at > end or (at == end and change.op != "add"):
        raise PatchMisses(path=change.path)
    if change.op == "add":
        place.insert(at, deepcopy(change.value))
    elif change.op == "remove":
        del place[at]
    else:
        place[at] = deepcopy(change.value)
