"""A build of the environment with stand-ins for the installers: python killed_setup.py STEP [STEP]

The build kills itself in the middle of the first STEP. At the second STEP it leaves an installer behind that continues
to write. The steps are: venv, pip, uv, editable; `aside`, which renames the old environment; and `place`, which renames
the new environment. `none` kills nothing.
"""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "deploy" / "setup" / "environment.py"
STEPS = ("venv", "pip", "uv", "editable")

#: The stand-in of an installer writes its own file into the new environment.
WRITES = "import sys, time, pathlib; time.sleep(float(sys.argv[3])); pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"


def loaded():
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(killed_at: str, left_over: str = "none") -> None:
    environment = loaded()
    steps = iter(STEPS)

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def run(_: list[str], lock: int) -> None:
        step, bin_folder = next(steps), environment.NEW / "bin"
        bin_folder.mkdir(parents=True, exist_ok=True)
        if step == "venv":
            (bin_folder / "python").symlink_to(sys.executable)
            (environment.NEW / "pyvenv.cfg").write_text(f"command = venv {environment.NEW}\n")
        if step == killed_at:
            (bin_folder / "half").write_text("of a killed build")
        command = [sys.executable, "-c", WRITES, str(bin_folder / step), f"#!{bin_folder}/python\n"]
        if step == left_over:
            subprocess.Popen([*command, "2"], pass_fds=(lock,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        else:
            subprocess.run([*command, "0"], check=True, pass_fds=(lock,))
        if step == killed_at:
            die()

    environment.run = run
    if killed_at in ("aside", "place"):
        rename = Path.rename

        def renamed(path: Path, target: Path) -> Path:
            done = rename(path, target)
            if target == (environment.OLD if killed_at == "aside" else environment.VENV):
                die()
            return done

        Path.rename = renamed
    environment.main(["package"])


if __name__ == "__main__":
    main(*sys.argv[1:])
