#!/usr/bin/env python3
"""Asks a running server the same of known and of unknown people and compares the answers: bytes, headers and time.

usage: enumeration.py [PAIRS]
Not for: streams and tokens. Invariant: of each pair one address has an account and the other has none; nothing else differs, and
which of them is asked first is left to chance (reliability T-30).
"""

import http.client
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))

import awsim_path  # noqa: E402, F401  (before the modules of the stand-in)
from api import Api  # noqa: E402
from world import EMAIL, Failed, World  # noqa: E402

PAIRS = 100
# From so many pairs on the time counts too: below, chance alone moves the figure by more than the bound.
PAIRS_TIMED = 1_000
# How well time tells known from unknown: 0.5 is not at all, 1 is always.
AUC_MAX = 0.55
WRONG = "Wrong-Giraffe-7-Kettle"
# A person asks for another address five times an hour: two pairs.
PAIRS_OF_PERSON = 2
# An organization invites 200 people an hour: of so many pairs every tenth is asked twice.
INVITED_MAX = 900
# What an answer says about itself and not about the person.
HEADERS_OWN = {"date", "x-request-id", "set-cookie", "x-ratelimit-remaining", "x-ratelimit-reset"}

# People of four kinds: usual, suspended, without password, without any organization.
PEOPLE = """
INSERT INTO users (id, name, email, password_hash, created_at, password_changed_at, email_confirmed_at)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})
SELECT {new_id}, 'Known', 'known' || i || '@people.test', CASE WHEN i % 4 = 2 THEN NULL ELSE model.password_hash END,
    model.created_at, model.password_changed_at, model.email_confirmed_at
FROM n CROSS JOIN (SELECT * FROM users WHERE email = '{email}') AS model;
INSERT INTO memberships (organization_id, user_id, state, created_at)
SELECT model.organization_id, users.id, CASE WHEN users.email LIKE '%1@people.test' THEN 'suspended' ELSE 'active' END, users.created_at
FROM users CROSS JOIN (SELECT organization_id FROM memberships LIMIT 1) AS model
WHERE users.email LIKE 'known%@people.test' AND users.email NOT LIKE '%3@people.test';
"""


def people(world, count):
    """Makes `count` known people, in the database itself: by the API it would take an hour."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        sql = PEOPLE.format(count=count, email=EMAIL, new_id="gen_random_uuid()")
        subprocess.run(["psql", "--quiet", "--set", "ON_ERROR_STOP=1", url], input=sql, text=True, check=True)
        return
    database = sqlite3.connect(world.folder / "holdfast.db")
    database.executescript(PEOPLE.format(count=count, email=EMAIL, new_id="randomblob(16)"))
    database.close()


def mutation(name, fields, given):
    kind = f"{name[0].upper()}{name[1:]}Input"
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} userErrors {{ code field message }} }} }}"
    return {"query": query, "variables": {"input": given}}


# What a stranger can ask about an address; each gets the address only.
DOORS = {
    "sign in": lambda email: mutation("createSession", "viewer { id } challenge { token }", {"email": email, "password": WRONG}),
    "reset": lambda email: mutation("requestPasswordReset", "accepted", {"email": email}),
    "confirmation": lambda email: mutation("requestConfirmation", "accepted", {"email": email}),
    "sign up": lambda email: mutation(
        "signUp",
        "accepted",
        {"email": email, "name": "Same", "organizationName": "Same", "password": "Quiet-Zebra-8-Teapot", "termsVersion": ""},
    ),
}


def invitation(api):
    """What an admin can ask about an address: whether somebody has an account in another organization."""
    known = api.ask("{ roles { id name } organizationalUnits { id parent { id } } }")
    role = next(role["id"] for role in known["roles"] if role["name"] == "backup_admin")
    unit = next(unit["id"] for unit in known["organizationalUnits"] if not unit["parent"])
    grants = [{"roleId": role, "organizationalUnitId": unit}]
    return lambda email: mutation("inviteUser", "invitation { email }", {"email": email, "grants": grants})


def email_change(email):
    """What somebody in a session can ask about an address."""
    return mutation("requestEmailChange", "accepted", {"email": email})


class Members:
    """People in browser sessions, each for as many pairs as one may ask; nobody asks about an address twice."""

    def __init__(self, url, password, numbers):
        self.url, self.password, self.numbers = url, password, iter(numbers)
        self.asker, self.left = None, 0

    def next(self):
        if not self.left:
            email, self.asker, self.left = f"known{next(self.numbers)}@people.test", Asker(self.url), PAIRS_OF_PERSON
            _, (status, *_, data) = self.asker.ask(mutation("createSession", "viewer { id }", {"email": email, "password": self.password}))
            if status != 200 or not self.asker.set_cookies:
                raise Failed(f"{email} cannot sign in: {data}")
            self.asker.more = {"Cookie": "; ".join(cookie.split(";")[0] for cookie in self.asker.set_cookies)}
        self.left -= 1
        return self.asker


class Asker:
    """One connection; every request comes from an address of its own, or the limits per address would answer."""

    def __init__(self, url, token=None):
        self.set_cookies = []
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        self.count = 0
        self.more = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, body):
        """Seconds, and all that is told: status, headers, body."""
        self.count += 1
        address = f"10.{self.count >> 16 & 255}.{self.count >> 8 & 255}.{self.count & 255}"
        headers = {"Content-Type": "application/json", "X-Requested-By": "test", "X-Forwarded-For": address} | self.more
        text = json.dumps(body)
        begun = time.perf_counter()
        self.connection.request("POST", "/graphql", text, headers)
        response = self.connection.getresponse()
        data = response.read()
        took = time.perf_counter() - begun
        self.set_cookies = response.headers.get_all("Set-Cookie", [])
        told = sorted((name.lower(), value) for name, value in response.getheaders() if name.lower() not in HEADERS_OWN)
        own = sorted(name.lower() for name, _ in response.getheaders() if name.lower() in HEADERS_OWN)
        return took, (response.status, told, own, data)


def without_address(told, email):
    status, headers, own, data = told
    return status, headers, own, data.replace(email.encode(), b"<address>")


def auc(known, unknown):
    """The chance that a known address takes longer than an unknown one (Mann and Whitney's U, scaled to 0..1)."""
    ranked = sorted([(value, 1) for value in known] + [(value, 0) for value in unknown])
    ranks = sum(rank for rank, (_, is_known) in enumerate(ranked, 1) if is_known)
    return (ranks - len(known) * (len(known) + 1) / 2) / (len(known) * len(unknown))


def compare(next_asker, name, door, numbers):
    """One door, one pair for each number; answers how well time tells, and raises when the answer tells."""
    known_times, unknown_times, pairs = [], [], len(numbers)
    for number in numbers:
        emails = [(f"known{number}@people.test", known_times), (f"other{number}@people.test", unknown_times)]
        random.shuffle(emails)
        told, asker = [], next_asker()
        for email, times in emails:
            took, answer = asker.ask(door(email))
            times.append(took)
            told.append(without_address(answer, email))
        if told[0] != told[1]:
            raise Failed(f"{name}: {[email for email, _ in emails]} are answered differently:\n{told[0]}\n{told[1]}")
        if told[0][0] != 200 or b'"errors"' in told[0][3]:
            raise Failed(f"{name} was not answered at all: {told[0]}")
    value = auc(known_times, unknown_times)
    middle = sorted(known_times + unknown_times)[pairs]
    print(f"ok    {name}: {pairs} pairs answered alike; time tells {value:.3f} (0.5 is nothing), median {middle * 1000:.1f} ms")
    return value


def main():
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with tempfile.TemporaryDirectory(prefix="holdfast-enumeration-") as name:
        world = World(Path(name))
        os.environ["HOLDFAST__SIGN_UP__OPEN"] = "true"
        os.environ["HOLDFAST__HTTP__TRUSTED_PROXIES"] = '["127.0.0.1/32"]'
        if database := os.environ.get("TEST_DATABASE_URL"):
            os.environ["HOLDFAST__DATABASE__URL"] = database
        world.prepare()
        try:
            world.ensure_organization()
            # Of the second half every fourth can sign in and asks for other addresses: those of the second quarter, or of nobody.
            people(world, 4 * pairs)
            world.start_server()
            asker, token = Asker(world.url), world.ensure_organization()
            values = {door: compare(lambda: asker, door, make, range(pairs)) for door, make in DOORS.items()}
            members = Members(world.url, world.password, range(4 * (pairs // 2), 4 * pairs, 4))
            values["e-mail change"] = compare(members.next, "e-mail change", email_change, range(pairs, 2 * pairs))
            # Members of the organization are known to their admin, and everybody else is not: every tenth person is of nowhere.
            strangers = range(3, min(pairs, INVITED_MAX), 10)
            admin = Asker(world.url, token)
            compare(lambda: admin, "invite", invitation(Api(world.url, token)), strangers)
            if pairs >= PAIRS_TIMED and (telling := {door: value for door, value in values.items() if abs(value - 0.5) > AUC_MAX - 0.5}):
                raise Failed(f"time tells who is known: {telling}")
            return 0
        except Failed as failure:
            print(f"FAIL  {failure}\n{world.tail('server', 20)}", file=sys.stderr)
            return 1
        finally:
            world.stop_all()


if __name__ == "__main__":
    sys.exit(main())
