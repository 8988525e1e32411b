"""System packages: what this machine lacks, and how it comes. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from geoapp.bootstrap_steps import SetUpError, Step, say

OS_RELEASE = Path("/etc/os-release")
# Debian's default: a server of the machine's own on port 5432, which nobody here needs
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/geoapp.conf")
# the tests start a proxy of their own; the service that comes with the package stays off
NO_NGINX_SERVICE = "[ ! -d /run/systemd/system ] || systemctl disable --now nginx"
SYSTEM_PROGRAMS = "/usr/sbin:/usr/local/sbin"


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
    if shutil.which("uv"):
        return True
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def missing_packages(for_tests: bool, needs_venv: bool) -> list[str]:
    """Debian packages for what this machine cannot do yet; `needs_venv`: none is there so far."""
    missing = []
    if needs_venv and not has_venv():
        missing.append("python3-venv")
    own_server = for_tests or not os.environ.get("GEOAPP_DATABASE_URL")
    if own_server and not has_postgis():
        missing += ["postgresql-postgis", "postgresql-postgis-scripts"]
    if for_tests and not (shutil.which("chromium") or shutil.which("chromium-browser")):
        missing.append("chromium")
    if for_tests and not has_chinese_font():
        missing.append("fonts-noto-cjk")
    if for_tests and not (shutil.which("nginx") or shutil.which("nginx", path=SYSTEM_PROGRAMS)):
        missing.append("nginx-light")
    return missing


def is_debian() -> bool:
    """Debian, Ubuntu or one of their kin."""
    try:
        lines = OS_RELEASE.read_text(encoding="utf-8").splitlines()
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
            if "nginx-light" in packages:
                step.run([*prefix, "sh", "-c", NO_NGINX_SERVICE])
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
        needs += ["Chromium", "Noto Sans CJK", "nginx"]
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
