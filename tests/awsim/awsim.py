#!/usr/bin/env python3
"""awsim: a stand-in for AWS on loopback, for the demo and the tests of Holdfast (README.md).

Usage: awsim.py [PORT] [--dir FOLDER] [--fresh]

It is moto's server plus what a backup product needs and moto lacks. Not for production, nor for anything but loopback:
it checks no signatures. Invariant: everything that it keeps lies in FOLDER (default $AWSIM_DIR or ./awsim-data).
"""

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import warnings

# moto reads this when it is imported. Its own 1,300 images make the first call to every region slow and the state large.
os.environ["MOTO_AMIS_PATH"] = os.path.join(os.path.dirname(os.path.abspath(__file__)), "amis.json")

import blocks
import ec2
import faults
import images
import kms
import s3
import state
import sts
import tiers
from door import Door


def arguments():
    parser = argparse.ArgumentParser(description="A stand-in for AWS on loopback.")
    parser.add_argument("port", nargs="?", type=int, default=4566)
    parser.add_argument("--dir", default=os.environ.get("AWSIM_DIR", "awsim-data"), help="folder of blocks and state")
    parser.add_argument("--fresh", action="store_true", help="ignore a saved state")
    return parser.parse_args()


def open_folder(folder, fresh):
    """Loads what the last run saved and drops blocks that nothing needs any more."""
    os.makedirs(folder, exist_ok=True)
    store = blocks.open_store(folder)
    for overlay in (ec2, tiers, images, kms, s3, sts):
        overlay.install()
    if fresh or not state.load(folder):
        return "empty"
    store.sweep(state.live_digests())
    return "loaded"


def main():
    wanted = arguments()
    try:
        origin = open_folder(wanted.dir, wanted.fresh)
    except state.UnreadableState as error:
        sys.exit(f"awsim: {error}")
    os.environ["MOTO_PORT"] = str(wanted.port)

    from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    # moto wonders at error codes that its models do not list; AWS sends them all the same.
    warnings.filterwarnings("ignore", message="Exception.* does not match an error shape")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    saver = state.Saver(wanted.dir)
    door = Door(DomainDispatcherApplication(create_backend_app), faults.Plan(), saver)
    server = make_server("127.0.0.1", wanted.port, door, threaded=True, request_handler=MotoRequestHandler)

    def stop(_number, _frame):
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"awsim: http://127.0.0.1:{server.port} ({origin} state in {wanted.dir})", flush=True)
    with saver.saving(), contextlib.closing(server.socket):
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
