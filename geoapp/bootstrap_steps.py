"""Steps of the set-up as lines on the screen. Standard library only: nothing is installed yet."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
STATE = CHECKOUT / ".data" / "setup"
LOG = STATE / "setup.log"
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
