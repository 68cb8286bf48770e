"""The registries' answers about a person, with their times."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.words import CardStatus, Channel, EmploymentStatus


@dataclass(frozen=True, slots=True)
class Statuses:
    """Value, raw code, time and source of each registry's answer (D13).

    A time without a status means that the registry has no record of the person. No time means that the registry was not
    asked or has not answered. In both cases screens show "-" (A42).
    """

    card: CardStatus | None = None
    card_raw: str | None = None
    card_checked_at: datetime | None = None
    employment: EmploymentStatus | None = None
    employment_raw: str | None = None
    employment_checked_at: datetime | None = None
    card_source: str | None = None
    employment_source: str | None = None


NOTHING_KNOWN = Statuses()


def newer(stored: Statuses, answer: Statuses) -> Statuses:
    """For each registry, the newer of the two answers. So even if answers arrive in the wrong order, the newer one
    stays.
    """
    card = answer if _is_newer(answer.card_checked_at, stored.card_checked_at) else stored
    employment = answer if _is_newer(answer.employment_checked_at, stored.employment_checked_at) else stored
    return Statuses(
        card.card,
        card.card_raw,
        card.card_checked_at,
        employment.employment,
        employment.employment_raw,
        employment.employment_checked_at,
        card.card_source,
        employment.employment_source,
    )


def stale(
    statuses: Statuses, channel: Channel | None, renamed_at: datetime | None, now: datetime, max_age: timedelta
) -> bool:
    """Whether a status is too old for a submission, or was checked before the person's last change of name (A45, A58).

    The card status counts only in the channel by social security card (A38).
    """
    times = [statuses.employment_checked_at]
    if channel is Channel.SOCIAL_SECURITY_CARD:
        times.append(statuses.card_checked_at)
    oldest_allowed = now - max_age
    return any(at is not None and (at < oldest_allowed or (renamed_at and at < renamed_at)) for at in times)


def card_fails(statuses: Statuses, channel: Channel | None) -> bool:
    """Whether the person cannot be enrolled because of the social security card (F121).

    True if the person's channel is the one by social security card, and the registry answered "no record" or a status
    other than 正常.
    """
    checked = statuses.card_checked_at is not None and channel is Channel.SOCIAL_SECURITY_CARD
    return checked and statuses.card is not CardStatus.NORMAL


def _is_newer(answer: datetime | None, stored: datetime | None) -> bool:
    """If both times are equal, the answer that arrives later counts as newer, because a registry's clock is possibly
    too coarse to give two answers different times.
    """
    return answer is not None and (stored is None or answer >= stored)
