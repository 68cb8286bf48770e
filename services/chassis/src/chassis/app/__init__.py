"""The FastAPI application of a service, its API document and its health routes."""

from chassis.app.answer_record import RECORD
from chassis.app.http import create_app

__all__ = [
    "RECORD",
    "create_app",
]
