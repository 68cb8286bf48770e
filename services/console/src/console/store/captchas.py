"""Stores captchas until somebody answers them. A captcha is deleted at its first answer, right or wrong."""

from uuid import UUID

from chassis.sql import Connection, Statement

COUNT = Statement(
    """SELECT count(*) FROM captchas
       WHERE address IS NOT DISTINCT FROM :address AND created_at > now() - make_interval(secs => :valid_s)"""
)
ADD = Statement("INSERT INTO captchas (captcha_id, answer_key, address) VALUES (:captcha_id, :answer_key, :address)")
TAKE = Statement(
    """DELETE FROM captchas WHERE captcha_id = :captcha_id
       RETURNING answer_key, created_at > now() - make_interval(secs => :valid_s) AS valid"""
)
DELETE_OLD = Statement("DELETE FROM captchas WHERE created_at < now() - make_interval(secs => :valid_s)")


async def count_captchas(connection: Connection, address: str | None, valid_s: float) -> int:
    """How many captchas of this address are still valid."""
    return int(await COUNT.fetchval(connection, address=address, valid_s=valid_s))


async def add_captcha(connection: Connection, captcha_id: UUID, answer_key: str, address: str | None) -> None:
    await ADD.execute(connection, captcha_id=captcha_id, answer_key=answer_key, address=address)


async def take_captcha(connection: Connection, captcha_id: UUID, valid_s: float) -> str | None:
    """Delete the captcha, and return the blind index of its answer.

    Returns None if the captcha was answered before, has expired or never existed.
    """
    row = await TAKE.fetchrow(connection, captcha_id=captcha_id, valid_s=valid_s)
    return row["answer_key"] if row is not None and row["valid"] else None


async def delete_old_captchas(connection: Connection, valid_s: float) -> None:
    """Delete captchas that are no longer valid."""
    await DELETE_OLD.execute(connection, valid_s=valid_s)
