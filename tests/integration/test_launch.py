"""What `make run` starts: everything or nothing, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # starts processes

ROOT = Path(__file__).resolve().parents[2]

#: A group of real processes: each line of `programs` is a name and a shell command.
DRIVER = """
import sys, threading
from config.launch import Group
group = Group(threading.Thread(target=print, args=("announced",), kwargs={"flush": True}), grace=2)
for line in sys.argv[1:]:
    name, _, command = line.partition(":")
    group.add_process(name, command)
group.loop()
print("culprit", group.culprit, flush=True)
"""


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "DATABASE", "SMTP"))}
    return {**kept, "PYTHONPATH": f"{ROOT / 'site'}{os.pathsep}{ROOT}", **more}


def group(*programs: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *programs],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def launch(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.launch"],
        env=environment(**variables),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def eventually_gone(pid: int) -> bool:
    end = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_alive(pid)


def written_pid(path: Path) -> int:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError(f"{path.name} was never written")


def child_with_a_child(tmp_path: Path) -> str:
    """A program that starts another one, which notes its own process id."""
    return f"web:sleep 100 & echo $! > {tmp_path}/pid.new && mv {tmp_path}/pid.new {tmp_path}/pid && wait"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_programs_and_what_they_started(tmp_path: Path, signum: signal.Signals) -> None:
    running = group(child_with_a_child(tmp_path), "worker:exec sleep 100")
    grandchild = written_pid(tmp_path / "pid")
    running.send_signal(signum)
    output, _ = running.communicate(timeout=20)
    assert eventually_gone(grandchild)
    assert "culprit \n" in output


def test_a_signal_at_once_after_the_start_leaves_nothing_behind(tmp_path: Path) -> None:
    running = group(child_with_a_child(tmp_path), *[f"more{number}:exec sleep 100" for number in range(5)])
    assert running.stdout is not None
    assert running.stdout.readline() == "announced\n"
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=20)
    if (tmp_path / "pid").exists():
        assert eventually_gone(written_pid(tmp_path / "pid"))


def test_a_program_that_ends_stops_the_others_and_is_named(tmp_path: Path) -> None:
    running = group(child_with_a_child(tmp_path), "inbox:sleep 1; echo port is taken; exit 3")
    output, errors = running.communicate(timeout=30)
    assert "culprit inbox\n" in output
    assert "inbox  | port is taken" in errors
    assert eventually_gone(written_pid(tmp_path / "pid"))


@pytest.mark.parametrize("whole_group", [False, True])
def test_a_launcher_that_is_killed_outright_leaves_nothing_behind(tmp_path: Path, whole_group: bool) -> None:
    running = group(child_with_a_child(tmp_path))
    grandchild = written_pid(tmp_path / "pid")
    if whole_group:
        os.killpg(running.pid, signal.SIGKILL)
    else:
        running.kill()
    assert eventually_gone(grandchild)
    running.communicate(timeout=20)


def test_a_program_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    stubborn = f"trap '' TERM; echo $$ > {tmp_path}/pid.new && mv {tmp_path}/pid.new {tmp_path}/pid"
    running = group(f"worker:{stubborn}; for second in $(seq 60); do sleep 1; done")
    pid = written_pid(tmp_path / "pid")
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)
    assert eventually_gone(pid)


@pytest.mark.parametrize("variable", ["PORT", "INBOX_SMTP_PORT"])
def test_a_taken_port_is_one_line_that_names_it_and_a_way_out(variable: str) -> None:
    with socket.socket() as taken, socket.socket() as other:
        for found in (taken, other):
            found.bind(("127.0.0.1", 0))
        taken.listen()
        port, free = taken.getsockname()[1], other.getsockname()[1]
        other.close()
        done = launch(**{"PORT": str(free), "INBOX_SMTP_PORT": str(free), variable: str(port)})
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f"port {port} is taken" in line
    assert f"make run {variable}=" in line


def test_one_port_for_two_is_refused() -> None:
    done = launch(PORT="8700", INBOX_SMTP_PORT="8700")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "rounds: PORT and INBOX_SMTP_PORT are both 8700: give them different ports",
    ]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PORT", "eighty"), ("INBOX_SMTP_PORT", "99999"), ("BASE_URL", "localhost"), ("DATABASE_URL", "mysql://x/y")],
)
def test_a_malformed_variable_is_one_line_that_names_it(variable: str, value: str) -> None:
    done = launch(**{variable: value})
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"rounds: {variable}")
