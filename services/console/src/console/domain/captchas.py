"""Captchas: a picture, or a question in words for people who cannot see the picture."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from chassis.normalization import code_key
from contracts.words import Word

#: The characters in pictures. Those that look alike are left out: 0 and O, 1 and I and L, 2 and Z, 5 and S, 8 and B.
CHARACTERS = "34679ACDEFGHJKMNPQRTUVWXY"
LENGTH = 5
NUMBERS = "零一二三四五六七八九"

Choose = Callable[[int], int]


class CaptchaKind(Word):
    """A screen reader can read a question aloud. But a program can read a question, too. So what stops programs that
    guess passwords is the lock-out after wrong passwords, not the captcha.
    """

    PICTURE = "picture", "图片"
    QUESTION = "question", "文字问题"


@dataclass(frozen=True, slots=True)
class Puzzle:
    """`shown`: the characters to draw, or the question."""

    shown: str
    answer: str


def draw(kind: CaptchaKind, choose: Choose = secrets.randbelow) -> Puzzle:
    """A new puzzle. `choose(n)` is a random number below n."""
    if kind is CaptchaKind.PICTURE:
        text = "".join(CHARACTERS[choose(len(CHARACTERS))] for _ in range(LENGTH))
        return Puzzle(text, text)
    tens, ones, added = 1 + choose(9), choose(10), 1 + choose(9)
    spoken = ("" if tens == 1 else NUMBERS[tens]) + "十" + (NUMBERS[ones] if ones else "")
    return Puzzle(f"{spoken}加{NUMBERS[added]}等于多少？请填写阿拉伯数字", str(tens * 10 + ones + added))


def answer_text(answer: str) -> str:
    """The answer in the form in which answers are compared: half width, capital letters, no spaces."""
    return code_key(answer)
