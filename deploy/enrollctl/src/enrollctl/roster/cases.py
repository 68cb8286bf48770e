"""The list of all cases, each with its share of a roster."""

from datetime import date

from contracts.words import DocumentType
from enrollctl.roster import spoiling
from enrollctl.roster.case import Case, Spoil
from enrollctl.roster.columns import DOCUMENT_TYPE, JOINED_ON, MOBILE, NAME, NUMBER, SERVICE_CARD, TAG, UNIT
from enrollctl.roster.standing import NO_RECORD

GOOD = Case("good", 76.5)

PLAIN = (
    GOOD,
    Case("card_sealed", 1.4, card="封存"),
    Case("card_reported_lost", 1.2, card="挂失"),
    Case("card_locked", 0.6, card="锁定"),
    Case("card_cancelled", 0.6, card="注销"),
    Case("card_unclear", 0.6, card="不明确"),
    Case("card_no_record", 0.4, card=NO_RECORD),
    Case("card_sealed_employment_unclear", 0.3, card="封存", employment="不明确"),
    Case("employment_unclear", 1.5, employment="不明确"),
    Case("employment_no_record", 0.3, employment=NO_RECORD),
    Case("no_record_at_all", 0.2, card=NO_RECORD, employment=NO_RECORD),
    Case("not_loaded", 0.4, card=None, employment=None),
    Case("retired", 0.6, employment="退休"),
    Case("retired_card_cancelled", 0.1, card="注销", employment="退休"),
    Case("deceased", 0.3, card="注销", employment="死亡"),
)

_CARD_HOLDERS = (
    Case("holder", 4.0, service_card=True, card=NO_RECORD),
    Case("holder_card_sealed", 0.3, service_card=True, card="封存"),
    Case("holder_employment_unclear", 0.4, service_card=True, employment="不明确"),
    Case("holder_employment_no_record", 0.1, service_card=True, employment=NO_RECORD),
    Case("holder_not_loaded", 0.1, service_card=True, card=None, employment=None),
    Case("holder_retired", 0.2, service_card=True, employment="退休"),
    Case("holder_deceased", 0.1, service_card=True, employment="死亡"),
)


def _other_documents() -> list[Case]:
    cases = []
    for document in DocumentType:
        if document is not DocumentType.RESIDENT_ID:
            cases.append(Case(f"{document.value}", 0.2, document=document, card=NO_RECORD))
            holder = f"{document.value}_holder"
            cases.append(Case(holder, 0.15, document=document, service_card=True, card=NO_RECORD))
    passport = DocumentType.PASSPORT
    unclear = Case(
        "passport_holder_unclear", 0.1, document=passport, service_card=True, card=NO_RECORD, employment="不明确"
    )
    return [*cases, unclear]


_ODD_SPELLINGS = (
    Case("lower_case_x", 0.6, spoil=spoiling.lower_case, ends_with_x=True),
    Case("full_width_digits", 0.4, spoil=spoiling.full_width),
    Case("spaces_around", 0.5, spoil=spoiling.spaces_around),
    Case("mobile_with_country_code", 0.3, spoil=spoiling.set_to(MOBILE, "+86 138 0013 8000")),
    Case("mobile_as_number_cell", 0.2, spoil=spoiling.set_to(MOBILE, 13800138000.0)),
    Case("joined_on_as_date_cell", 0.4, spoil=spoiling.set_to(JOINED_ON, date(2020, 1, 31))),
    Case("only_required_cells", 0.4, spoil=spoiling.only_required),
    Case("second_try", 0.1, repeats_rejected=True),
)


def _rejected(name: str, column: str, code: str, spoil: Spoil, *, ends_with_x: bool | None = None) -> Case:
    return Case(name, 0.12, spoil=spoil, faults=((column, code),), ends_with_x=ends_with_x)


_REJECTED = (
    _rejected("name_missing", NAME, "NAME_MISSING", spoiling.set_to(NAME, None)),
    _rejected("name_of_spaces", NAME, "NAME_MISSING", spoiling.set_to(NAME, "  ")),
    _rejected("name_too_long", NAME, "NAME_TOO_LONG", spoiling.set_to(NAME, "长" * 51)),
    _rejected("type_missing", DOCUMENT_TYPE, "DOCUMENT_TYPE_MISSING", spoiling.set_to(DOCUMENT_TYPE, None)),
    _rejected("type_unknown", DOCUMENT_TYPE, "DOCUMENT_TYPE_UNKNOWN", spoiling.set_to(DOCUMENT_TYPE, "驾驶证")),
    _rejected("number_missing", NUMBER, "NUMBER_MISSING", spoiling.set_to(NUMBER, None)),
    _rejected("number_cell", NUMBER, "NUMBER_NUMERIC_CELL", spoiling.number_cell, ends_with_x=False),
    _rejected("number_scientific", NUMBER, "NUMBER_NUMERIC_CELL", spoiling.set_to(NUMBER, "3.10101E+17")),
    _rejected("number_17_digits", NUMBER, "NUMBER_MALFORMED", spoiling.too_short),
    _rejected("number_bad_check", NUMBER, "NUMBER_BAD_CHECK_DIGIT", spoiling.wrong_check),
    _rejected("number_bad_date", NUMBER, "NUMBER_BAD_DATE", spoiling.impossible_date),
    _rejected("number_15_digits", NUMBER, "NUMBER_15_DIGITS", spoiling.fifteen_digits),
    _rejected("mobile_malformed", MOBILE, "MOBILE_MALFORMED", spoiling.set_to(MOBILE, "1380013")),
    _rejected("tag_too_long", TAG, "TAG_TOO_LONG", spoiling.set_to(TAG, "签" * 300)),
    _rejected("joined_on_malformed", JOINED_ON, "JOINED_ON_MALFORMED", spoiling.set_to(JOINED_ON, "去年三月")),
    _rejected("joined_on_impossible", JOINED_ON, "JOINED_ON_MALFORMED", spoiling.set_to(JOINED_ON, "2023-02-30")),
    _rejected("unit_unknown", UNIT, "UNIT_UNKNOWN", spoiling.set_to(UNIT, "查无此单位有限公司")),
    _rejected("card_malformed", SERVICE_CARD, "SERVICE_CARD_MALFORMED", spoiling.set_to(SERVICE_CARD, "12345")),
    _rejected("card_as_number_cell", SERVICE_CARD, "SERVICE_CARD_MALFORMED", spoiling.set_to(SERVICE_CARD, 6.2e17)),
)

#: The document type in the row is 身份证 (resident id), but the number is that of a document of another type. The check
#: digit of this number is correct (A37).
_UNDER_RESIDENT_ID = tuple(
    Case(
        f"{document.value}_as_resident_id",
        0.12,
        document=document,
        spoil=spoiling.set_to(DOCUMENT_TYPE, DocumentType.RESIDENT_ID.label),
        faults=((NUMBER, "NUMBER_OTHER_DOCUMENT"),),
    )
    for document in (DocumentType.HK_MACAO_RESIDENCE, DocumentType.TAIWAN_RESIDENCE, DocumentType.FOREIGN_PERMANENT_ID)
)

_MORE_REJECTED = (
    Case(
        "passport_too_short",
        0.1,
        document=DocumentType.PASSPORT,
        spoil=spoiling.set_to(NUMBER, "E12"),
        faults=((NUMBER, "NUMBER_MALFORMED"),),
    ),
    Case(
        "two_faults",
        0.1,
        spoil=spoiling.both(spoiling.set_to(NAME, None), spoiling.set_to(MOBILE, "1380013")),
        faults=((NAME, "NAME_MISSING"), (MOBILE, "MOBILE_MALFORMED")),
    ),
    Case("duplicate", 0.3, faults=((NUMBER, "DUPLICATE_IN_FILE"),), repeats_imported=True),
    Case(
        "duplicate_spelled_otherwise",
        0.1,
        spoil=spoiling.spaces_around,
        faults=((NUMBER, "DUPLICATE_IN_FILE"),),
        repeats_imported=True,
    ),
)

CASES: tuple[Case, ...] = (
    *PLAIN,
    *_CARD_HOLDERS,
    *_other_documents(),
    *_ODD_SPELLINGS,
    *_REJECTED,
    *_UNDER_RESIDENT_ID,
    *_MORE_REJECTED,
)
