"""The current faults, stored so that they survive a restart."""

from simulator.database import Database
from simulator.faults.target import Target
from simulator.faults.trouble import Fault, Trouble

_SAVE = """
    INSERT INTO faults (target, settings) VALUES ($1, $2::jsonb)
    ON CONFLICT (target) DO UPDATE SET settings = excluded.settings
"""


class Faults:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._troubles = {target: Trouble(Fault(target=target)) for target in Target}

    def of(self, target: Target) -> Trouble:
        return self._troubles[target]

    def all(self) -> list[Fault]:
        return [trouble.fault for trouble in self._troubles.values()]

    async def load(self) -> None:
        for row in await self._database.pool.fetch("SELECT settings FROM faults"):
            fault = Fault.model_validate_json(row["settings"])
            self._troubles[fault.target] = Trouble(fault)

    async def set(self, fault: Fault) -> None:
        """Replace all fault settings of the target and start its random numbers again from the seed."""
        await self._database.pool.execute(_SAVE, fault.target.value, fault.model_dump_json())
        self._troubles[fault.target] = Trouble(fault)

    async def heal(self) -> None:
        await self._database.pool.execute("DELETE FROM faults")
        self._troubles = {target: Trouble(Fault(target=target)) for target in Target}
