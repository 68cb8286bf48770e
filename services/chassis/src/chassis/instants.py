"""Instants as screens read them (F054)."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator

from chassis.clock import SHANGHAI

#: Carries the offset +08:00 in every answer.
Instant = Annotated[datetime, AfterValidator(lambda at: at.astimezone(SHANGHAI))]
