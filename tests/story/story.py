#!/usr/bin/env python3
"""The acceptance story of accounts: starts an empty server, lets story.mjs live through it, then verifies the audit log offline.

Not for: the steps themselves (story.mjs). Invariant: everything lies in a temporary folder, and everything that was started
is stopped.
"""

import glob
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
SSO = HERE.parent / "sso"
sys.path[:0] = [str(HERE.parent / "demo"), str(SSO)]

import awsim_path  # noqa: E402, F401  (before the modules of the stand-in)
from names import start_names  # noqa: E402
from post_office import PostOffice  # noqa: E402
from world import Failed, World, binary, free_port  # noqa: E402

# A checkpoint is made of a log that has grown, five minutes after the last one; the scheduler looks every half minute.
CHECKPOINT_WITHIN_S = 90
# Pauses between the attempts of a mail are 15, 30, 60 s (src/app/mails.rs).
MAIL_WITHIN_S = 120
EARLY = "early@corp.test"
SIGN_UP = "mutation ($input: SignUpInput!) { signUp(input: $input) { accepted userErrors { message } } }"


def later():
    """Settings under which the server's calendar is ten minutes ahead; timers go on as they are."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise Failed("libfaketime is missing: make setup-test")
    return {"LD_PRELOAD": found[0], "FAKETIME": "+10m", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def wait(seconds, check, message):
    ends = time.monotonic() + seconds
    while not check():
        if time.monotonic() > ends:
            raise Failed(message)
        time.sleep(0.2)


def sign_up(world, email):
    """Signs somebody up by HTTP, as a program would."""
    given = {"name": "Early Bird", "email": email, "password": "Quiet-Zebra-8-Teapot", "organizationName": "Early", "termsVersion": ""}
    body = json.dumps({"query": SIGN_UP, "variables": {"input": given}}).encode()
    headers = {"Content-Type": "application/json", "X-Requested-By": "story"}
    with urllib.request.urlopen(urllib.request.Request(f"{world.url}/graphql", body, headers), timeout=60) as answer:
        told = json.load(answer)
    if told.get("errors") or told["data"]["signUp"]["userErrors"]:
        raise Failed(f"sign-up by HTTP was refused: {told}")


def untrusted(world, office):
    """A mail server whose certificate nobody vouches for gets nothing; the mail waits in the outbox."""
    settings = office.settings()
    del settings["SSL_CERT_FILE"]
    world.start_server(settings=settings)
    sign_up(world, EARLY)
    wait(MAIL_WITHIN_S, lambda: "a mail could not be sent" in world.tail("server", 200), "the first attempt left no word in the log")
    world.stop("server")
    if office.put_off or office.taken:
        raise Failed("a mail went to a server with an unknown certificate")
    print("ok    nothing goes to a mail server with an unknown certificate")


def delivered(office):
    """The mail of the first server came with the second one, and no mail came twice."""
    def texts():
        return [path.read_text() for path in sorted(office.mails.glob("*.eml"))]

    wait(MAIL_WITHIN_S, lambda: any(EARLY in one for one in texts()), f"the mail to {EARLY} was lost")
    ids = [line for one in texts() for line in one.splitlines() if line.lower().startswith("message-id:")]
    kinds = [one.count("Content-Type: text/plain") == one.count("Content-Type: text/html") == 1 for one in texts()]
    if office.put_off != 1 or not all(kinds) or len(ids) != len(set(ids)):
        raise Failed(f"mails are not as they should be: {office.put_off} put off, {ids}, {kinds}")
    print(f"ok    {office.taken} mails by SMTP with STARTTLS and password, text and HTML; one was put off and came later")


def text(world, *words):
    """What a command of `holdfast` prints."""
    command = [str(binary()), "--config", str(world.config), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"holdfast {' '.join(words[:2])} failed: {done.stderr.strip()}")
    return done.stdout


def newest_checkpoint(folder):
    found = sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_mtime_ns)
    return found[-1] if found else None


def verify(world, folder):
    """Every record of the story is covered by a signed checkpoint, offline; a changed record is found."""
    key, log = folder / "audit.pub", folder / "log.jsonl"
    told = {}
    ends = time.monotonic() + CHECKPOINT_WITHIN_S
    while time.monotonic() < ends:
        if checkpoint := newest_checkpoint(folder / "audit-checkpoints"):
            key.write_text(text(world, "audit", "key"))
            log.write_text(text(world, "audit", "export", "--format", "json"))
            told = world.holdfast("audit", "verify", log, "--checkpoint", checkpoint, "--key", key)
            if told["covered_by_checkpoint"] >= told["last_event"]:
                break
        time.sleep(1)
    else:
        raise Failed(f"no checkpoint covered the log within {CHECKPOINT_WITHIN_S} s: {told}")
    world.stop("server")
    if not log.read_text().startswith((folder / "by-api.jsonl").read_text()):
        raise Failed("the lines of the API are not those of the export")
    lines = log.read_text().splitlines()
    forged = folder / "forged.jsonl"
    forged.write_text("\n".join(line.replace("invite_user", "delete_user") for line in lines) + "\n")
    try:
        world.holdfast("audit", "verify", forged, "--checkpoint", checkpoint, "--key", key)
    except Failed:
        print(f"ok    {len(lines)} records verified offline, a forged one is found")
        return 0
    raise Failed("a forged log was verified")


def main():
    cache = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="holdfast-story-") as name:
        folder = Path(name)
        os.environ["HOLDFAST__AUTH__LOCAL_PROVIDERS_ALLOWED"] = "true"
        os.environ["HOLDFAST__AUTH__DNS_SERVER"] = start_names(folder / "records.json")
        os.environ["HOLDFAST__SIGN_UP__OPEN"] = "true"
        if database := os.environ.get("TEST_DATABASE_URL"):
            os.environ["HOLDFAST__DATABASE__URL"] = database
        world, office = World(folder), PostOffice(folder)
        world.prepare()
        try:
            office.begin(free_port())
            untrusted(world, office)
            world.start_server(settings=office.settings())
            ports = ("--oidc-port", str(free_port()), "--saml-port", str(free_port()))
            words = ("--url", world.url, "--folder", name, "--sso", str(SSO), *ports)
            done = subprocess.run(["node", "story.mjs", *words], cwd=cache, check=False)
            if done.returncode:
                print(world.tail("server", 40), file=sys.stderr)
                return done.returncode
            delivered(office)
            world.stop("server")
            world.start_server(settings=later() | office.settings())
            return verify(world, folder)
        except Failed as failure:
            print(f"FAIL  {failure}\n{world.tail('server', 20)}", file=sys.stderr)
            return 1
        finally:
            world.stop_all()
            office.end()


if __name__ == "__main__":
    sys.exit(main())
