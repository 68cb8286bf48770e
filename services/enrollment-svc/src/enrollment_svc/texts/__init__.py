"""The manual's words that screens of enrollment-svc show, as data."""

from enrollment_svc.texts.submission import SUBMISSION
from enrollment_svc.texts.verification import VERIFICATION

TEXTS = VERIFICATION | SUBMISSION
