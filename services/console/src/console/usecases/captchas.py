"""Makes captchas and checks their answers."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from chassis.database import Database
from console.domain import captchas as domain
from console.domain.captchas import CaptchaKind, Puzzle
from console.domain.sign_in import CaptchaWrong, TooManyCaptchas
from console.settings import Settings
from console.store import captchas as store

#: The `purpose` argument of the blind index. It makes the index of an answer differ from other indexes of the same
#: text.
ANSWER = "captcha"


@dataclass(frozen=True, slots=True)
class NewCaptcha:
    captcha_id: UUID
    puzzle: Puzzle


async def make_captcha(database: Database, settings: Settings, kind: CaptchaKind, address: str | None) -> NewCaptcha:
    """Make a new captcha, and store only the blind index of its answer. Raises TooManyCaptchas."""
    made = NewCaptcha(uuid4(), domain.draw(kind))
    key = _answer_key(database, made.captcha_id, made.puzzle.answer)
    async with database.connection() as connection, connection.transaction():
        if await store.count_captchas(connection, address, settings.captcha_s) >= settings.captchas_of_address:
            raise TooManyCaptchas
        await store.add_captcha(connection, made.captcha_id, key, address)
    return made


async def spend_captcha(database: Database, settings: Settings, captcha_id: UUID, answer: str) -> None:
    """Check an answer. Raises CaptchaWrong.

    Any answer, right or wrong, deletes the captcha in a transaction of its own. So if the sign-in is refused later, the
    next attempt needs a new captcha.
    """
    async with database.connection() as connection:
        key = await store.take_captcha(connection, captcha_id, settings.captcha_s)
    if key is None or key != _answer_key(database, captcha_id, answer):
        raise CaptchaWrong


def _answer_key(database: Database, captcha_id: UUID, answer: str) -> str:
    return database.tools.index.of(ANSWER, f"{captcha_id}|{domain.answer_text(answer)}")
