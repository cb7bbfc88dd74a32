"""A GraphQL client over HTTP and server-sent events, from the standard library alone.

Not for: the operations (operations.py). Invariant: `userErrors` and GraphQL errors are exceptions here, so that no step
of the demo goes on after a refusal.
"""

import http.client
import json
import threading
import time
from urllib.parse import urlsplit


class Refused(Exception):
    """The server answered, and the answer was no."""


class Api:
    """One server, one API token."""

    def __init__(self, url, token):
        parts = urlsplit(url)
        self.host, self.port, self.token = parts.hostname, parts.port, token

    def send(self, query, variables, accept):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        body = json.dumps({"query": query, "variables": variables or {}})
        headers = {"Content-Type": "application/json", "Accept": accept, "Authorization": f"Bearer {self.token}"}
        connection.request("POST", "/graphql", body, headers)
        return connection, connection.getresponse()

    def ask(self, query, **variables):
        """The `data` of a query; raises Refused on any error."""
        connection, response = self.send(query, variables, "application/graphql-response+json, application/json")
        try:
            text = response.read()
        finally:
            connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            raise Refused(f"HTTP {response.status}: {text[:300]!r}") from None
        if answer.get("errors"):
            raise Refused("; ".join(error["message"] for error in answer["errors"]))
        return answer["data"]

    def do(self, mutation, given):
        """The payload of a mutation with one `input`; raises Refused when it has userErrors."""
        payload = next(iter(self.ask(mutation, input=given).values()))
        if payload is None or payload["userErrors"]:
            errors = (payload or {}).get("userErrors", [])
            raise Refused("; ".join(f"{'.'.join(e.get('field') or [])}: {e['message']}" for e in errors) or "no payload")
        return payload

    def pages(self, query, **variables):
        """All nodes of a connection."""
        after = None
        while True:
            connection = next(iter(self.ask(query, first=100, after=after, **variables).values()))
            yield from connection["nodes"]
            if not connection["pageInfo"]["hasNextPage"]:
                return
            after = connection["pageInfo"]["endCursor"]

    def events(self, subscription, **variables):
        """Results of a subscription over server-sent events, until the server completes it."""
        connection, response = self.send(subscription, variables, "text/event-stream")
        try:
            if response.status != 200:
                raise Refused(f"HTTP {response.status}: {response.read()[:300]!r}")
            yield from self.parsed(response)
        finally:
            connection.close()

    @staticmethod
    def parsed(response):
        kind, data = "message", []
        for line in response:
            text = line.decode().rstrip("\r\n")
            if text.startswith("event:"):
                kind = text[6:].strip()
            elif text.startswith("data:"):
                data.append(text[5:].strip())
            elif not text:
                if kind == "complete":
                    return
                if kind == "next" and data:
                    yield json.loads("\n".join(data))
                kind, data = "message", []


class Watcher:
    """Follows a subscription in a thread and resumes it after its last cursor when the connection breaks."""

    def __init__(self, api, subscription, notice):
        self.api, self.subscription, self.notice = api, subscription, notice
        self.cursor, self.ended, self.trouble = None, threading.Event(), None
        self.thread = threading.Thread(target=self.run, name="watcher", daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.ended.set()

    def run(self):
        while not self.ended.is_set():
            try:
                for result in self.api.events(self.subscription, after=self.cursor):
                    if self.ended.is_set():
                        return
                    if result.get("errors"):
                        raise Refused(result["errors"][0]["message"])
                    event = next(iter(result["data"].values()))
                    self.cursor, self.trouble = event["cursor"], None
                    self.notice(event)
            except (OSError, Refused, http.client.HTTPException) as error:
                self.trouble = str(error)
            time.sleep(0.5)
