"""The front door: who calls, what strikes the call, which part answers; and the control API under /_sim/.

Not for: what an operation does. Invariant: a fault without `lose-answer` or `corrupt` strikes before anything happened
in this AWS; every call is counted, also the struck ones.
"""

import base64
import io
import json
import os
import re
import socket
import time

import blocks
import ebs
import errors
import settings
import state
import sts
from moto.ec2.models import ec2_backends

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
EXPIRED = {"ec2": "RequestExpired", "s3": "ExpiredToken", "sts": "ExpiredToken", "iam": "ExpiredToken"}
UNKNOWN = {"ec2": "AuthFailure", "s3": "InvalidAccessKeyId", "sts": "InvalidClientTokenId", "iam": "InvalidClientTokenId"}
READS = re.compile(r"^(Describe|Get|List|Head|Decrypt|Encrypt|GenerateDataKey)")
MAX_CONTROL_BODY = 64 * 1024 * 1024


class Call:
    """What the door knows of one request before it opens."""

    def __init__(self, env):
        self.method, self.path = env["REQUEST_METHOD"], env["PATH_INFO"]
        query = env.get("QUERY_STRING", "").replace("%2F", "/").replace("X-Amz-Credential=", "Credential=")
        match = CREDENTIAL.search(env.get("HTTP_AUTHORIZATION", "")) or CREDENTIAL.search(query)
        self.access_key, self.region, self.service = match.groups() if match else ("", "", "")
        self.text = f"{self.path}?{query}"
        self.account, self.refusal = sts.account_of(self.access_key) if self.access_key else (None, None)
        self.operation = self.operation_of(env)

    def operation_of(self, env):
        """Operation name of any AWS protocol; for S3 the HTTP method stands for it."""
        if self.service == "ebs":
            return ebs.route(self.method, self.path)[0]
        target = env.get("HTTP_X_AMZ_TARGET", "").split(".")[-1]
        if target:
            return target
        if env.get("CONTENT_TYPE", "").startswith("application/x-www-form"):
            body = read_body(env)
            env["wsgi.input"] = io.BytesIO(body)
            form = body.decode(errors="replace")
            self.text += " " + form
            match = re.search(r"(?:^|&)Action=(\w+)", form)
            return match.group(1) if match else ""
        return self.method

    def changes_state(self):
        if self.service == "ebs":
            return self.operation in ebs.WRITES
        return self.service != "s3" and not READS.match(self.operation)


def body_length(env):
    return int(env.get("CONTENT_LENGTH") or 0)


def read_body(env):
    return env["wsgi.input"].read(body_length(env))


def tear(env):
    """Ends the connection in the middle, as a network would."""
    connection = env.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("torn by a fault")


class Door:
    """WSGI application around moto's."""

    def __init__(self, moto, plan, saver):
        self.moto, self.plan, self.saver = moto, plan, saver

    def __call__(self, env, start_response):
        if env["PATH_INFO"].startswith("/_sim/"):
            return self.control(env, start_response)
        call = Call(env)
        struck = self.plan.due(call)
        for fault in struck:
            time.sleep(fault.get("delay_ms", 0) / 1000)
        for fault in struck:
            if fault.get("effect") == "vanish":
                self.vanish(call)
            elif fault.get("code"):
                return self.refuse(env, start_response, call, fault)
        if call.refusal:
            codes = EXPIRED if call.refusal == "expired" else UNKNOWN
            default = "ExpiredTokenException" if call.refusal == "expired" else "UnrecognizedClientException"
            code = codes.get(call.service, default)
            message = f"The access key {call.access_key} is {call.refusal}."
            return self.refuse(env, start_response, call, {"code": code, "status": 403}, message)
        status, headers, parts = self.serve(env, call)
        return self.deliver(env, start_response, (status, headers, parts), struck)

    def serve(self, env, call):
        """(status, headers, parts) from the part of this AWS that knows the service."""
        if call.account:
            env["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        if call.service == "ebs" and call.account:
            status, headers, data = ebs.answer(env, call.account, call.region)
            parts = [data]
        elif call.service == "s3" or not call.service:
            status, headers, parts = self.ask_moto(env)
        else:
            with settings.LOCK:
                status, headers, parts = self.ask_moto(env)
        if call.changes_state():
            self.saver.dirty.set()
        return status, headers, parts

    def ask_moto(self, env):
        kept = {}

        def start(status, headers, exc_info=None):
            kept.update(status=status, headers=headers)

        parts = self.moto(env, start)
        return kept["status"], kept["headers"], parts

    @staticmethod
    def deliver(env, start_response, answer, struck):
        status, headers, parts = answer
        effects = {fault.get("effect") for fault in struck}
        if "lose-answer" in effects:
            tear(env)
        if status.startswith("2") and effects & {"corrupt", "truncate"}:
            data = bytearray(b"".join(parts))
            if "corrupt" in effects and data:
                data[len(data) // 2] ^= 1
            start_response(status, headers)
            return half_of(env, bytes(data)) if "truncate" in effects else [bytes(data)]
        start_response(status, headers)
        return parts

    @staticmethod
    def refuse(env, start_response, call, fault, message="Injected."):
        if call.service:
            read_body(env)  # the client must be able to finish sending
        status = fault.get("status", 400)
        answer = errors.render(call.service, fault["code"], message, status, fault.get("reason"))
        start_response(answer[0], answer[1])
        return [answer[2]]

    def vanish(self, call):
        """Deletes the snapshot that the call is about, as a careless colleague would."""
        found = re.search(r"snap-[0-9a-f]+", call.text)
        if found and call.account:
            with settings.LOCK:
                ec2_backends[call.account][call.region].snapshots.pop(found.group(), None)
            self.saver.dirty.set()

    # -----------------------------------------------------------------------------------------------------------------
    # /_sim/

    def control(self, env, start_response):
        route = (env["REQUEST_METHOD"], env["PATH_INFO"].removeprefix("/_sim/"))
        try:
            if body_length(env) > MAX_CONTROL_BODY:
                raise ValueError("the body is too large")
            wanted = json.loads(read_body(env) or b"null")
            status, document = "200 OK", self.controlled(route, wanted)
        except Exception as error:  # whatever it was, the caller shall read it
            status, document = "400 Bad Request", {"error": f"{type(error).__name__}: {error}"}
        data = json.dumps(document).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
        return [data]

    def controlled(self, route, wanted):
        match route:
            case ("GET", "health"):
                return {"ready": True, "pid": os.getpid()}
            case ("GET", "faults"):
                return self.plan.state()
            case ("POST", "faults"):
                self.plan.replace(wanted)
                return self.plan.state()
            case ("DELETE", "calls"):
                self.plan.reset_calls()
                return self.plan.state()
            case ("GET", "config"):
                return dict(settings.values)
            case ("POST", "config"):
                settings.update(wanted)
                return dict(settings.values)
            case ("POST", "reset"):
                state.reset()
                settings.reset()
                self.plan.replace([])
                self.plan.reset_calls()
            case ("POST", "save"):
                state.save(self.saver.folder)
                return {"saved": True}
            case ("POST", "write" | "import"):
                outcome = change_volume(route[1], wanted)
                self.saver.dirty.set()
                return outcome
            case ("POST", "export"):
                return export(wanted)
            case _:
                raise ValueError("there is no such control")
        self.saver.dirty.set()
        return {"reset": True}


def half_of(env, data):
    yield data[: len(data) // 2]
    tear(env)


def find(wanted, *kinds):
    backend = ec2_backends[wanted["account"]][wanted["region"]]
    for kind in kinds:
        thing = getattr(backend, kind).get(wanted["id"])
        if thing is not None:
            return thing
    raise ValueError(f"there is no {wanted['id']} in {wanted['account']} {wanted['region']}")


def change_volume(how, wanted):
    """An application writes: bytes at an offset, whole random blocks, or the content of an image file."""
    with settings.LOCK:
        volume = find(wanted, "volumes")
    if how == "import":
        return {"changed": blocks.load_image(volume, wanted["path"])}
    if "blocks" in wanted:
        limit = volume.size * blocks.BLOCKS_PER_GIB
        if any(not 0 <= index < limit for index in wanted["blocks"]):
            raise ValueError("a block is beyond the volume")
        blocks.write_blocks(volume, {index: os.urandom(blocks.BLOCK_SIZE) for index in wanted["blocks"]})
        return {"changed": len(set(wanted["blocks"]))}
    if "random_bytes" in wanted:
        data = os.urandom(wanted["random_bytes"])
    else:
        data = base64.b64decode(wanted["data"], validate=True)
    blocks.write_bytes(volume, wanted.get("offset", 0), data)
    return {"written": len(data)}


def export(wanted):
    thing = find(wanted, "volumes", "snapshots")
    size = thing.size if hasattr(thing, "size") else thing.volume_size
    blocks.save_image(thing, size, wanted["path"])
    return {"size_bytes": size * blocks.GIB, "blocks": len(blocks.blocks_of(thing))}
