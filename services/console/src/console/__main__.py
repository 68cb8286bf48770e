"""console: accounts, sign-in, sessions, tokens, and the gateway to the services.

`python -m console provision < accounts.json` adds the first accounts of an installation, and then exits.
"""

import asyncio
import json
import sys
from collections.abc import Sequence

from chassis.domain import clock_from
from chassis.jobs import PeriodicJob
from chassis.privacy import load_keys
from chassis.runtime import Runtime
from chassis.service import Service, build_runtime, run
from chassis.system import core_dumps
from console.api.desk import hashing_of
from console.api.router import router
from console.jobs.upkeep import Upkeep
from console.settings import Settings
from console.subscribers import on
from console.usecases.provisioning import ProvisionedAccount, provision
from contracts.unions import UnionChanged, UnitsListed


def build_periodic(runtime: Runtime) -> Sequence[PeriodicJob]:
    return [Upkeep(runtime.settings)]


service = Service(
    name="console",
    package="console",
    settings=Settings,
    on=on,
    router=router,
    references=[UnionChanged, UnitsListed],
    periodic=build_periodic,
)


async def _provision(text: str) -> list[str]:
    """Add the accounts of a JSON list that do not exist yet.

    The passwords come over standard input, because everybody on the machine can read the arguments of a process.
    """
    settings = Settings()  # values come from the environment
    given = [ProvisionedAccount.of(one) for one in json.loads(text)]
    runtime = build_runtime(service, settings, load_keys(settings.key_file), clock_from(settings.clock_file))
    await runtime.database.open()
    try:
        return await provision(runtime.database, hashing_of(settings), given)
    finally:
        await runtime.http.aclose()
        await runtime.database.close()


def main() -> None:
    if sys.argv[1:] == ["provision"]:
        core_dumps.forbid()
        sys.stdout.write(json.dumps(asyncio.run(_provision(sys.stdin.read()))) + "\n")
        return
    run(service)


if __name__ == "__main__":
    main()
