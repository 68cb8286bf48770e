"""Makes up people. The same seed and the same calls give the same people. No two people have the same document."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.words import DocumentType
from enrollctl.roster.resident_ids import AREAS, resident_id, with_check

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
_DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "诸葛")
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文斌辉鑫宇浩然子轩梓涵雨欣思远嘉怡海燕春梅雪松"
_LONG_NAMES = ("阿卜杜拉·买买提", "古丽娜尔·艾力", "迪丽拜尔·吐尔逊")
_MOBILE_HEADS = ("130", "135", "138", "150", "159", "166", "173", "186", "190", "198", "199")
_TAGS = (None, None, None, "劳模", "新入会", "困难职工", "户外劳动者")

#: First and last birth dates. The highest retirement age is 60. On the demo's business date in 2024, the people of
#: _WORKING are younger, and the people of _RETIRED are older.
_WORKING = (date(1966, 1, 1), date(2005, 1, 1))
_RETIRED = (date(1945, 1, 1), date(1961, 1, 1))
_ORDERS = 999
#: A large prime. People with the same birth date differ in the order, a number from 1 to _ORDERS. There are n pairs of
#: birth date and order, numbered from 0. Person i gets the pair with the number (i·_STRIDE + offset) mod n. Because the
#: prime does not divide n, every pair is used once before any pair is used again.
_STRIDE = 1_000_000_007


@dataclass(frozen=True, slots=True)
class Person:
    """`number`: the document number in its canonical spelling: half width, upper case.

    `service_card`: the number of the person's service card; None if the person has no card.
    """

    name: str
    document: DocumentType
    number: str
    mobile: str | None
    tag: str | None
    joined_on: date
    service_card: str | None = None


class People:
    def __init__(self, seed: int) -> None:
        self._dice = random.Random(f"people/{seed}")  # noqa: S311 - reproducible
        self._offset = self._dice.randrange(10**12)
        self._cards = self._dice.randrange(10**5)

    def make(
        self, index: int, document: DocumentType, *, retired: bool, service_card: bool, ends_with_x: bool | None
    ) -> Person:
        """Make up one person. `ends_with_x`: whether the document number must end with X; None = both are allowed.

        The result depends on all earlier calls, because they use the same random numbers.
        """
        dice = self._dice
        return Person(
            name=self._name(),
            document=document,
            number=self._number(index, document, retired, ends_with_x),
            mobile=None if dice.random() < 0.03 else f"{dice.choice(_MOBILE_HEADS)}{dice.randrange(10**8):08}",
            tag=dice.choice(_TAGS),
            joined_on=date(2015, 1, 1) + timedelta(days=dice.randrange(3000)),
            service_card=f"621234{self._cards:05}{index:08}" if service_card else None,
        )

    def _name(self) -> str:
        dice = self._dice
        if dice.random() < 0.01:
            return dice.choice(_LONG_NAMES)
        surname = dice.choice(_DOUBLE_SURNAMES) if dice.random() < 0.01 else dice.choice(_SURNAMES)
        return surname + "".join(dice.choice(_GIVEN) for _ in range(dice.choice((1, 2, 2, 2))))

    def _number(self, index: int, document: DocumentType, retired: bool, ends_with_x: bool | None) -> str:
        first, last = _RETIRED if retired else _WORKING
        slots = (last - first).days * _ORDERS
        slot = (index * _STRIDE + self._offset) % slots
        born_on, order = first + timedelta(days=slot // _ORDERS), slot % _ORDERS + 1
        if document is not DocumentType.RESIDENT_ID:
            return self._other_number(document, born_on, order, slot)
        while True:
            number = resident_id(self._dice.choice(AREAS), born_on, order)
            if ends_with_x is None or ends_with_x is number.endswith("X"):
                return number

    def _other_number(self, document: DocumentType, born_on: date, order: int, slot: int) -> str:
        match document:
            case DocumentType.HK_MACAO_RESIDENCE:
                return resident_id(self._dice.choice(("810000", "820000")), born_on, order)
            case DocumentType.TAIWAN_RESIDENCE:
                return resident_id("830000", born_on, order)
            case DocumentType.FOREIGN_PERMANENT_ID:
                return with_check(f"931840{born_on:%Y%m%d}{order:03}")
            case DocumentType.FOREIGN_PERMANENT_RESIDENCE:
                return f"USA{slot:012}"
            case DocumentType.HK_MACAO_PERMIT:
                return f"{self._dice.choice('HM')}{slot:08}"
            case DocumentType.TAIWAN_PERMIT:
                return f"{slot:08}"
            case _:
                return f"E{slot:08}"
