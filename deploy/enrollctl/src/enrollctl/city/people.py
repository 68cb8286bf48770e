"""Makes the people of a city quickly: names, document numbers, their blind indexes and their encrypted data."""

from datetime import date, timedelta
from functools import cache
from random import Random
from typing import NamedTuple
from uuid import UUID

from chassis.privacy import BlindIndex, Keys, RowCipher, mask_name, mask_number
from contracts.fields import Personal
from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus
from enrollctl.roster.resident_ids import AREAS, resident_id

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文斌辉鑫宇浩然子轩梓涵雨欣思远嘉怡海燕春梅雪松"
#: FIRST_BIRTH: the first birth date. BIRTH_DAYS: the number of birth dates. ORDERS: how many document numbers there are
#: for each birth date. BIRTH_DAYS × ORDERS is greater than the number of people in the city.
FIRST_BIRTH, BIRTH_DAYS, ORDERS = date(1966, 1, 1), 14_245, 999
#: A prime that does not divide the count of document numbers, so all people have different document numbers.
STRIDE = 1_000_000_007
#: How many of 1,000 people are in each of these states.
TO_CONFIRM, CARD_SEALED, RETIRED, DECEASED, NO_CHANNEL, REMOVED = 30, 20, 25, 5, 10, 10
SERVICE_CARD_SHARE = 0.1
#: If a union submits, this share of its ready people is not chosen (not ticked) and stays in the list 待提交 (ready).
NOT_TICKED_SHARE = 0.03


class CityPerson(NamedTuple):
    member_id: UUID
    member_no: str
    person_key: str
    document: DocumentType
    number: str
    name: str
    mobile: str
    mobile_key: str
    masked_name: str
    masked_number: str
    name_key: str
    sealed: bytes
    card_key: str | None
    card_sealed: bytes | None
    channel: Channel | None
    card: CardStatus | None
    employment: EmploymentStatus
    removed: bool
    ticked: bool

    @property
    def ready(self) -> bool:
        passes = self.channel is Channel.SERVICE_CARD or self.card is CardStatus.NORMAL
        listed = self.channel is not None and not self.removed
        return listed and passes and self.employment is EmploymentStatus.EMPLOYED

    @property
    def submitted(self) -> bool:
        """Whether the person is in a line if the union submits."""
        return self.ready and self.ticked


class PeopleMaker:
    """Makes the members of a union. Each member id contains a time (`member_id_of`); `first_ms` is the first id's time,
    in milliseconds.
    """

    def __init__(self, keys: Keys, seed: int, first_ms: int) -> None:
        self._seed, self._first_ms = seed, first_ms
        self._index, self._cipher = BlindIndex(keys), RowCipher(keys)
        self.name_keys = cache(self._index.name_key)

    def members(self, union: int, first: int, count: int) -> list[CityPerson]:
        """`count` members of the union. `first`: how many members of the city come before them."""
        dice = Random(f"{self._seed}/{union}")  # noqa: S311 - reproducible
        return [self._person(number, dice) for number in range(first, first + count)]

    def _person(self, index: int, dice: Random) -> CityPerson:
        sort = dice.randrange(1000)
        document, card, employment, removed = _standing(sort)
        number = _number(index, document, dice)
        name = dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN)
        mobile = f"138{dice.randrange(10**8):08}"
        member_id = member_id_of(self._first_ms + index, dice)
        has_card = document is DocumentType.RESIDENT_ID and dice.random() < SERVICE_CARD_SHARE
        service_card = f"62123400{index:011}" if has_card else None
        channel = Channel.SERVICE_CARD if has_card else Channel.SOCIAL_SECURITY_CARD
        return CityPerson(
            member_id,
            f"{7_000_000_001 + index:012}",
            self._index.person_key(document, number),
            document,
            number,
            name,
            mobile,
            self._index.of("mobile", mobile),
            mask_name(name),
            mask_number(number),
            self.name_keys(name),
            self._cipher.seal(Personal(name=name, document_number=number, mobile=mobile), member_id),
            self._index.of("card", service_card) if service_card else None,
            self._cipher.seal_bytes(service_card.encode(), member_id) if service_card else None,
            channel if document is DocumentType.RESIDENT_ID else None,
            card,
            employment,
            removed,
            dice.random() >= NOT_TICKED_SHARE,
        )


def member_id_of(milliseconds: int, dice: Random) -> UUID:
    """An id that begins with a time, like those that member-svc gives (UUIDv7)."""
    return UUID(int=milliseconds << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62))


def _standing(sort: int) -> tuple[DocumentType, CardStatus | None, EmploymentStatus, bool]:
    """Document, card status, employment status, and whether the member is removed."""
    resident = DocumentType.RESIDENT_ID
    if sort < (upto := TO_CONFIRM):
        return resident, CardStatus.NORMAL, EmploymentStatus.UNCLEAR, False
    if sort < (upto := upto + CARD_SEALED):
        return resident, CardStatus.SEALED, EmploymentStatus.EMPLOYED, False
    if sort < (upto := upto + RETIRED):
        return resident, CardStatus.NORMAL, EmploymentStatus.RETIRED, False
    if sort < (upto := upto + DECEASED):
        return resident, CardStatus.NORMAL, EmploymentStatus.DECEASED, False
    if sort < (upto := upto + NO_CHANNEL):
        return DocumentType.PASSPORT, None, EmploymentStatus.EMPLOYED, False
    return resident, CardStatus.NORMAL, EmploymentStatus.EMPLOYED, sort < upto + REMOVED


def _number(index: int, document: DocumentType, dice: Random) -> str:
    slot = index * STRIDE % (BIRTH_DAYS * ORDERS)
    if document is not DocumentType.RESIDENT_ID:
        return f"E{slot:08}"
    return resident_id(dice.choice(AREAS), FIRST_BIRTH + timedelta(days=slot // ORDERS), slot % ORDERS + 1)
