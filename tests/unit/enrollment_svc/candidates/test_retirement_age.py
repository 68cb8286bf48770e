"""Whoever has reached the age of retirement, by the law in force since 2025, is suspected to be retired. The age does
not prove that the person is retired.
"""

from datetime import date

import pytest

from contracts.words import DocumentType
from enrollment_svc.domain.candidates.retirement import (
    MEN,
    WOMEN_50,
    WOMEN_55,
    Rule,
    Suspicion,
    delay_months,
    retires_on,
    suspicion,
)

RESIDENT = DocumentType.RESIDENT_ID


@pytest.mark.row("A20")
@pytest.mark.parametrize(
    ("born", "rule", "delay", "years", "months", "retires"),
    [
        ("1964-12", MEN, 0, 60, 0, "2024-12"),
        ("1965-01", MEN, 1, 60, 1, "2025-02"),
        ("1965-05", MEN, 2, 60, 2, "2025-07"),
        ("1976-08", MEN, 35, 62, 11, "2039-07"),
        ("1976-09", MEN, 36, 63, 0, "2039-09"),
        ("1970-01", WOMEN_55, 1, 55, 1, "2025-02"),
        ("1981-09", WOMEN_55, 36, 58, 0, "2039-09"),
        ("1975-01", WOMEN_50, 1, 50, 1, "2025-02"),
        ("1975-02", WOMEN_50, 1, 50, 1, "2025-03"),
        ("1975-03", WOMEN_50, 2, 50, 2, "2025-05"),
        ("1984-11", WOMEN_50, 60, 55, 0, "2039-11"),
        ("1990-06", MEN, 36, 63, 0, "2053-06"),
        ("1960-02", WOMEN_55, 0, 55, 0, "2015-02"),
    ],
)
def test_retirement_is_put_off_by_the_months_of_the_official_table(
    born: str, rule: Rule, delay: int, years: int, months: int, retires: str
):
    birthday = date.fromisoformat(f"{born}-15")
    assert delay_months(birthday, rule) == delay
    assert rule.base_years * 12 + delay == years * 12 + months
    assert retires_on(birthday, rule) == date.fromisoformat(f"{retires}-15")


@pytest.mark.row("A20")
def test_a_day_that_the_month_does_not_have_is_its_last():
    assert retires_on(date(1965, 1, 31), MEN) == date(2025, 2, 28)
    assert retires_on(date(1964, 2, 29), MEN) == date(2024, 2, 29)
    assert retires_on(date(1963, 12, 31), WOMEN_55) == date(2018, 12, 31)


@pytest.mark.row("A20")
@pytest.mark.parametrize(
    ("document_type", "number", "today", "found"),
    [
        (RESIDENT, "310101196501150018", "2025-02-14", None),
        (RESIDENT, "310101196501150018", "2025-02-15", Suspicion.REACHED),
        (RESIDENT, "310101197001150025", "2025-02-15", Suspicion.REACHED),
        (RESIDENT, "310101197001150025", "2025-02-14", Suspicion.POSSIBLE),
        (RESIDENT, "310101197501150025", "2025-02-14", None),
        (RESIDENT, "310101197501150025", "2025-02-15", Suspicion.POSSIBLE),
        (RESIDENT, "310101199003071230", "2025-02-15", None),
        (RESIDENT, "310101199913991230", "2070-01-01", None),
        (DocumentType.HK_MACAO_RESIDENCE, "810000196501150018", "2025-02-15", Suspicion.REACHED),
        (DocumentType.PASSPORT, "E12345678", "2070-01-01", None),
    ],
)
def test_a_number_makes_suspicious_from_the_day_of_retirement_on(
    document_type: DocumentType, number: str, today: str, found: Suspicion | None
):
    assert suspicion(document_type, number, date.fromisoformat(today)) is found
