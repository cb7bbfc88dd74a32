"""The demo's machines: the AWS stand-in and the server, their folder, ports and first organization.

Not for: what is done with them (scenario.py). Invariant: everything lies in one folder under .demo/ of the clone, and only
processes that were started here are ended, by their id.
"""

import contextlib
import fcntl
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from awsim_path import ROOT
from client import Sim


ORGANIZATION, NAME, EMAIL = "Acme", "Ann Demo", "ann@acme.example"
SERVICE_ACCOUNT = "999999999999"
# Long, because a busy machine takes its time to import the stand-in; a process that ends is noticed at once.
READY_WITHIN_S = 180


class Failed(Exception):
    """Something of the demo did not work; the message is for a person."""


def binary():
    target = os.environ.get("CARGO_TARGET_DIR", str(Path.home() / ".cache/holdfast/target"))
    return Path(os.environ.get("HOLDFAST_BIN", f"{target}/debug/holdfast"))


def free_port():
    """A port below the range that the system itself hands out, so that nobody takes it before the server does."""
    for port in random.sample(range(20_000, 30_000), 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise Failed("no free port between 20000 and 30000")


class World:
    """One folder with a stand-in, a server and their data."""

    def __init__(self, folder, port=None, sim_port=None):
        self.folder = Path(folder)
        self.server_port, self.sim_port = port or free_port(), sim_port or free_port()
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.sim = Sim(f"http://127.0.0.1:{self.sim_port}")
        self.processes = {}
        self.lock = None

    def claim(self):
        """Makes sure that no other demo works in this folder; held until this process ends."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.lock = open(f"{self.folder}.lock", "w")  # noqa: SIM115  (held on purpose)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed(f"another demo is at work in {self.folder}") from None

    # -----------------------------------------------------------------------------------------------------------------
    # Folder and configuration

    @property
    def config(self):
        return self.folder / "holdfast.toml"

    @property
    def vault(self):
        return self.folder / "vault"

    @property
    def root_key(self):
        return self.folder / "root.key"

    def prepare(self):
        """Writes the configuration; the ports may differ from the last time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(
            f"""# Written by tests/demo/world.py; the manual is schema/config.default.toml.
[http]
listen = "127.0.0.1:{self.server_port}"
public_url = "{self.url}"

[database]
url = "sqlite://{self.folder}/holdfast.db"

[vault]
kind = "folder"
path = "{self.vault}"

[keys]
root_key_file = "{self.root_key}"

[mail]
folder = "{self.folder}/mails"

[restore]
folder = "{self.folder}/restores"

[tasks]
inventory_minutes = 1

[verification]
scratch_folder = "{self.folder}/scratch"

[aws]
endpoint_url = "{self.sim.endpoint}"
access_key_id = "{SERVICE_ACCOUNT}"
secret_access_key = "unchecked"
"""
        )

    def secret(self, name, make):
        """A secret that stays the same over restarts, in a file of mode 0600."""
        path = self.folder / name
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(make() + "\n")
        return path.read_text().strip()

    @property
    def password(self):
        # Fits the standard password profile: 14 to 64 characters of four classes.
        return self.secret("password", lambda: f"Aa7-{secrets.token_urlsafe(12)}")

    def erase(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(f"{self.folder}.lock").unlink(missing_ok=True)

    # -----------------------------------------------------------------------------------------------------------------
    # Processes

    def start(self, name, command, ready, settings=None):
        """Starts a process with its log beside it and waits until `ready` answers."""
        env = dict(os.environ, **(settings or {}))
        log = open(self.folder / f"{name}.log", "ab")  # noqa: SIM115  (the process keeps it)
        # A session of its own: Ctrl-C of the terminal is ours to pass on, in the right order.
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, env=env)
        log.close()
        self.processes[name] = process
        ends = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < ends:
            if process.poll() is not None:
                raise Failed(f"{name} ended with {process.returncode}:\n{self.tail(name)}")
            if answers(ready):
                return
            time.sleep(0.1)
        raise Failed(f"{name} was not ready within {READY_WITHIN_S} s:\n{self.tail(name)}")

    def start_sim(self):
        script = ROOT / "tests/awsim/awsim.py"
        command = [sys.executable, str(script), str(self.sim_port), "--dir", str(self.folder / "awsim")]
        self.start("awsim", command, f"{self.sim.endpoint}/_sim/health")

    def start_server(self, name="server", url=None, settings=None, before=()):
        """Starts a server; `settings` are environment variables of its own, `before` stands before the command."""
        command = [*before, str(binary()), "--config", str(self.config), "serve"]
        self.start(name, command, f"{url or self.url}/readyz", settings)

    def tail(self, name, lines=15):
        path = self.folder / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def check_alive(self):
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise Failed(f"{name} ended with {process.returncode}:\n{self.tail(name)}")

    def stop(self, name):
        """Ends a process gracefully; returns its exit code."""
        process = self.processes.pop(name, None)
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return process.returncode

    def stop_all(self):
        # The server first: it must not see its AWS go away.
        for name in reversed(list(self.processes)):
            self.stop(name)

    # -----------------------------------------------------------------------------------------------------------------
    # The holdfast command

    def holdfast(self, *words):
        """Runs the command with this world's configuration; returns its JSON."""
        command = [str(binary()), "--config", str(self.config), *map(str, words), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"holdfast {words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
        return json.loads(done.stdout)

    def ensure_organization(self, *words):
        """Makes the first organization (`words` go to `holdfast init`) and an API token, once; returns the token."""
        if not (self.folder / "token").exists():
            password_file = self.folder / "password"
            assert self.password  # makes the file
            people = ("--name", NAME, "--email", EMAIL)
            self.holdfast("init", "--organization", ORGANIZATION, *people, "--password-file", password_file, *words)
        return self.secret("token", lambda: self.holdfast("token", "create", "--email", EMAIL)["token"])


def answers(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False
