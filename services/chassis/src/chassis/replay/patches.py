"""JSON Patch (RFC 6902), as far as an edit needs it: add, replace, remove."""

from copy import deepcopy
from typing import Annotated, Any, Literal

from jsonpatch import JsonPatch, JsonPatchException
from jsonpointer import JsonPointerException
from pydantic import Field

from chassis.domain import Refusal
from chassis.validation import Body


class PatchMisses(Refusal):
    code = "PATCH_MISSES"
    status = 422
    message = "修改的位置在该消息中不存在，请对照消息内容改正位置后重试"


class Change(Body):
    """One operation. `path` is a JSON pointer such as `/part/count`; an empty path stands for the whole payload."""

    op: Literal["add", "replace", "remove"]
    path: Annotated[str, Field(pattern=r"^(/.*)?$", max_length=500)]
    value: Any = None


def patched(body: Any, changes: list[Change]) -> Any:
    """Return a changed copy. Raises PatchMisses if the body does not have the path of a change."""
    patched_body = deepcopy(body)
    for change in changes:
        try:
            patched_body = JsonPatch([change.model_dump()]).apply(patched_body, in_place=True)
        except (JsonPatchException, JsonPointerException):
            # "from None" hides the library's error, because its message quotes the payload.
            raise PatchMisses(path=change.path) from None
    return patched_body
