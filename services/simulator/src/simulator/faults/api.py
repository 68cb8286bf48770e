"""HTTP routes that set, show and remove injected faults."""

from fastapi import APIRouter

from simulator.faults.store import Faults
from simulator.faults.trouble import Fault
from simulator.refusals import Answer


def faults_router(faults: Faults) -> APIRouter:
    router = APIRouter(prefix="/faults", tags=["faults"])

    @router.put("")
    async def set_fault(fault: Fault) -> Answer:
        """Replace all fault settings of one target (a simulated system). A field that is left out injects no fault."""
        await faults.set(fault)
        return Answer(fault.model_dump(mode="json"))

    @router.get("")
    async def show_faults() -> Answer:
        return Answer({"faults": [fault.model_dump(mode="json") for fault in faults.all()]})

    @router.delete("")
    async def heal() -> Answer:
        """Remove the faults of all targets."""
        await faults.heal()
        return await show_faults()

    return router
