"""The texts of enrollment-svc's screens, from the manual, as data."""

from enrollment_svc.texts.submission import SUBMISSION
from enrollment_svc.texts.verification import VERIFICATION

TEXTS = VERIFICATION | SUBMISSION
