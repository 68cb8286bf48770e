"""The base classes of the documents of an evidence pack and of their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Part(BaseModel):
    """A part of a document. Unknown fields are refused, because nobody would check them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(Part):
    """`label`: a template for the name of the row, filled with the row's fields. Findings use this name."""

    label: ClassVar[str]


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Document(Generic[R]):
    """`about`: the data that belong to the whole document, not to a row."""

    path: str
    rows: Sequence[R]
    about: BaseModel | None = None
