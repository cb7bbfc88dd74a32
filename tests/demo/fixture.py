#!/usr/bin/env python3
"""A server with one connected account for the judges: prints `HTTP_URL=... TOKEN=...` and works until its input ends.

Not for: the demo. Invariant: while it runs something happens every second, so that subscriptions have events.
"""

import contextlib
import signal
import sys
import tempfile
import threading

import awsim_path  # noqa: F401  (before the modules of the stand-in)
import operations
import seed
from api import Api, Refused
from world import SERVICE_ACCOUNT, World

ACCOUNT = "111111111111"


def connect(world, api):
    seed.make_role(world.sim, ACCOUNT)
    given = {
        "accountId": ACCOUNT,
        "name": "judged",
        "regions": ["us-east-1"],
        "access": {"role": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{seed.ROLE}"}},
    }
    link = api.do(operations.CONNECT, given)["awsAccount"]
    seed.set_trust(world.sim, ACCOUNT, link["externalId"], SERVICE_ACCOUNT)
    return link["id"]


def end(_number, _frame):
    raise SystemExit(143)  # so that what was started is stopped


def main():
    signal.signal(signal.SIGTERM, end)
    with tempfile.TemporaryDirectory(prefix="holdfast-judges-") as folder:
        world = World(folder)
        world.prepare()
        try:
            world.start_sim()
            token = world.ensure_organization()
            world.start_server()
            api = Api(world.url, token)
            account = connect(world, api)
            print(f"HTTP_URL={world.url} TOKEN={token}", flush=True)
            ended = threading.Event()
            threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
            while not ended.wait(1):
                with contextlib.suppress(Refused):
                    api.do(operations.VERIFY, {"id": account})
        finally:
            world.stop_all()


if __name__ == "__main__":
    main()
