"""Types that several events share."""

from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

MAX_PEOPLE_PER_PART = 500
MAX_EVENT_BYTES = 900 * 1024

Fen = Annotated[int, Field(ge=0, description="Money in integer fen (1 yuan = 100 fen).")]
Instant = AwareDatetime


class Piece(BaseModel):
    """The base class of the objects within events. Readers ignore unknown fields, so a new field breaks no reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Part(Piece):
    """One change can be reported in several events, which are its parts.

    `count`: the number of these events. `index`: the position of this event among these events, counted from 0.
    """

    index: int = Field(ge=0)
    count: int = Field(ge=1)

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.index >= self.count:
            raise ValueError(f"part index {self.index} is not below count {self.count}")
        return self


class Shares(Piece):
    """A sum of money and the shares of city, district and unit, which add up to the total (F148, D25)."""

    total_fen: Fen
    city_fen: Fen
    district_fen: Fen
    unit_fen: Fen

    @model_validator(mode="after")
    def _sums(self) -> Self:
        if self.city_fen + self.district_fen + self.unit_fen != self.total_fen:
            raise ValueError("shares do not sum to the total")
        return self

    @classmethod
    def of(cls, *, city: int = 0, district: int = 0, unit: int = 0) -> Self:
        return cls(total_fen=city + district + unit, city_fen=city, district_fen=district, unit_fen=unit)

    def times(self, heads: int) -> "Shares":
        return Shares.of(city=self.city_fen * heads, district=self.district_fen * heads, unit=self.unit_fen * heads)

    def __add__(self, other: "Shares") -> "Shares":
        return Shares.of(
            city=self.city_fen + other.city_fen,
            district=self.district_fen + other.district_fen,
            unit=self.unit_fen + other.unit_fen,
        )

    @property
    def due_fen(self) -> int:
        """The amount that a district owes the center. The city share is never billed, so it is not included (F026)."""
        return self.district_fen + self.unit_fen


class Personal(Piece):
    """The data that identifies a person. It is sent only encrypted, in a `SealedBlock`.

    The rows of the block have the same order as the people of the event.
    """

    name: str
    document_number: str
    mobile: str | None = None


class SealedBlock(Piece):
    """The people of one part, encrypted under a fresh data key.

    The plaintext is JSON: one row `[name, document_number, mobile]` for each person. The associated data is
    `f"{ce_id}|{ce_type}"`. All binary values are standard base64.
    """

    algorithm: str = Field(description="A256GCM or SM4GCM")
    nonce: str
    ciphertext: str
    keys: dict[str, str] = Field(description="recipient key id → wrapped data key")
