"""The story of one person, found by document number: the steps of this person that this service has stored.

Every service answers in the same shape, so that a caller can merge the answers of several services by time.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.identity import actors
from chassis.normalization import bare_code_key, code_key
from chassis.privacy import BlindIndex, mask_number
from chassis.routes.number_searches import ExactSearch, admit
from chassis.validation import Body, Instant, example
from chassis.web import MASKED, Labelled, Read, ReadContext, Scope, may, reach
from contracts.words import DocumentType, Role, Stage

#: The roles that are allowed to read stories. All of them see the number masked, and never the person's name.
READERS = (Role.HANDLER, Role.REVIEWER, Role.MUNICIPAL, Role.OPERATOR, Role.AUDITOR)
#: The `purpose` argument of `BlindIndex.of` for a number whose document type is not known.
NUMBER = "document_number"
#: Only the newest steps are returned, up to this number. Real people have far fewer.
MOST_STEPS = 500

STEP_EXAMPLE: dict[str, Any] = {
    "at": "2024-05-10T14:41:00+08:00",
    "stage": {"code": "import", "label": "会员导入"},
    "what": "row_rejected",
    "words": "导入文件第12行：不通过，证件号码校验位有误",
    "ids": {"import_id": "6f1c2a34-0000-4000-8000-000000000021"},
    "by": "handler-3101",
    "by_name": "王经办",
    "by_union": "金桥建设工会委员会",
}


class StoryRequest(Body):
    """The number identifies a person, so it is in the body, never in the URL. Without a type, documents of every type
    match.
    """

    model_config = example({"document_type": "resident_id", "number": "31010119900101123X"})

    document_type: DocumentType | None = None
    number: Annotated[str, Field(min_length=1, max_length=50, repr=False)]

    def person_keys(self, index: BlindIndex) -> list[str]:
        """The person keys that this number can have: one for each possible document type and spelling."""
        kinds = [self.document_type] if self.document_type else list(DocumentType)
        return [index.person_key(kind.value, number) for kind in kinds for number in self._spellings()]

    def number_keys(self, index: BlindIndex) -> list[str]:
        return [number_key(index, number) for number in self._spellings()]

    def _spellings(self) -> list[str]:
        return sorted({code_key(self.number), bare_code_key(self.number)})


class StoryStep(BaseModel):
    """One step in a person's history. `what` is its code, `words` its description on screens. `ids`: ids of the records
    concerned.

    `by`: the account that took the step, null if no account did. `by_name`, `by_union`: the account's name and union,
    if this service knows the account.
    """

    model_config = example(STEP_EXAMPLE)

    at: Instant
    stage: Labelled[Stage]
    what: str
    words: str
    ids: dict[str, str]
    by: str | None = None
    by_name: str | None = None
    by_place: str | None = Field(default=None, serialization_alias="by_union")


class Story(BaseModel):
    """The stored steps, oldest first.

    The list is empty if the person is unknown or if the caller is not allowed to see the person's unions.
    """

    model_config = example({"service": "member-svc", "masked_number": "3101**********123X", "steps": [STEP_EXAMPLE]})

    service: str
    masked_number: str
    steps: list[StoryStep]


#: Finds the steps of a person within a node of the union tree and the nodes below it; None = the whole city.
Find = Callable[[ReadContext, StoryRequest, UUID | None], Awaitable[Iterable[StoryStep]]]


def story_router(service: str, find: Find, *, count_misses: bool = False) -> APIRouter:
    """The route `POST /people/story`, which changes nothing. Each call is written to the audit log, under the first of
    the person keys that the number can have.

    A caller sends the request to all services. Some services know nothing of most people, and that must not count as
    guessing. Therefore misses count only in member-svc, which knows all members. The other services limit only the
    number of searches a day.
    """
    router = APIRouter(tags=["people"])

    @router.post("/people/story", dependencies=[may("查询个人办理经过", *READERS, scope=Scope.SUBTREE, shown=MASKED)])
    async def show_story(body: StoryRequest, read: Read) -> Story:
        """The history of the person with this number, within the caller's union and the unions below it.

        This POST only reads.
        """
        found: list[StoryStep] = []

        async def search() -> int:
            found.extend(in_order(await find(read, body, reach(read.principal))))
            return len(found)

        keys = body.person_keys(read.index)
        number = ExactSearch("person_story_read", keys)
        await admit(read, search, number, count_misses=count_misses)
        steps = await _with_names(found, read)
        return Story(service=service, masked_number=mask_number(code_key(body.number)), steps=steps)

    return router


async def _with_names(steps: Sequence[StoryStep], read: ReadContext) -> list[StoryStep]:
    known = await actors.named(read.connection, read.row_cipher, [step.by for step in steps])
    known_actors = [known.get(step.by, actors.UNKNOWN) for step in steps]
    return [
        step.model_copy(update={"by_name": actor.name, "by_place": actor.place})
        for step, actor in zip(steps, known_actors, strict=True)
    ]


def in_order(steps: Iterable[StoryStep]) -> Sequence[StoryStep]:
    """The steps by time; at most the newest `MOST_STEPS`."""
    return sorted(steps, key=lambda step: step.at)[-MOST_STEPS:]


def number_key(index: BlindIndex, number: str) -> str:
    """The key of a number whose document type is not known."""
    return index.of(NUMBER, code_key(number))


def ids(**named: object) -> dict[str, str]:
    """The values that are not None, as texts."""
    return {name: str(value) for name, value in named.items() if value is not None}
