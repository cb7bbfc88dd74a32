"""boto3 clients and the control API of the stand-in, for seed.py, the demo and the tests.

Not for: anything that runs inside the stand-in. Invariant: the access key is the account.
"""

import json
import urllib.error
import urllib.request

import boto3
from botocore.config import Config


class Sim:
    """One running stand-in."""

    def __init__(self, endpoint):
        self.endpoint = endpoint.rstrip("/")
        self.clients = {}

    def client(self, service, account, region="us-east-1", credentials=None, attempts=3):
        """A boto3 client that acts as `account`, or with the `credentials` of an assumed role."""
        key = (service, account, region, attempts, credentials and credentials["AccessKeyId"])
        if key not in self.clients:
            held = credentials or {"AccessKeyId": account, "SecretAccessKey": "unchecked", "SessionToken": None}
            self.clients[key] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name=region,
                aws_access_key_id=held["AccessKeyId"],
                aws_secret_access_key=held["SecretAccessKey"],
                aws_session_token=held["SessionToken"],
                config=Config(
                    retries={"total_max_attempts": attempts, "mode": "standard"},
                    s3={"addressing_style": "path"},
                    max_pool_connections=16,
                    read_timeout=60,
                ),
            )
        return self.clients[key]

    def control(self, name, body=None, method=None):
        """Calls /_sim/NAME; raises ValueError with the stand-in's own words."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_sim/{name}", data, method=method)
        # Loopback only: a proxy of the environment must not see it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error).get("error")) from None

    def export(self, account, region, thing_id, path):
        """Writes a volume or snapshot to a sparse raw image file."""
        return self.control("export", {"account": account, "region": region, "id": thing_id, "path": path})

    def import_image(self, account, region, volume_id, path):
        """Makes the content of an image file the content of the volume."""
        return self.control("import", {"account": account, "region": region, "id": volume_id, "path": path})
