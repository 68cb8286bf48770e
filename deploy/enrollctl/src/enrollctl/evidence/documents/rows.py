"""What all documents of an evidence pack have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Part(BaseModel):
    """A part of a document. Unknown fields are refused, because nobody would check them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(Part):
    """`label`: a template with fields of the row. Its text names the row in findings, and differs from row to row."""

    label: ClassVar[str]


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Document(Generic[R]):
    """`about`: what belongs to no single row."""

    path: str
    rows: Sequence[R]
    about: BaseModel | None = None
