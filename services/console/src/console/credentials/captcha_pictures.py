"""Draws the picture of a captcha."""

import asyncio
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captcha.image import ImageCaptcha

WIDTH, HEIGHT = 180, 64


async def picture(text: str) -> bytes:
    """A PNG that shows the text in distorted characters."""
    return await asyncio.to_thread(_draw, text)


def _draw(text: str) -> bytes:
    drawn: bytes = _drawer().generate(text).getvalue()
    return drawn


@cache
def _drawer() -> "ImageCaptcha":
    # Imported here, because this import loads Pillow and fonts.
    from captcha.image import ImageCaptcha

    return ImageCaptcha(width=WIDTH, height=HEIGHT)
