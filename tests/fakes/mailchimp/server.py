"""The fake as a web server: keys, connections, faults, and the record of what was asked."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fakes.mailchimp import hooks, looking
from tests.fakes.mailchimp.batches import archive
from tests.fakes.mailchimp.faults import Fault, throttled
from tests.fakes.mailchimp.hands import OverThere
from tests.fakes.mailchimp.problems import Answer, Json, ProblemError, not_found
from tests.fakes.mailchimp.routes import answer
from tests.fakes.mailchimp.state import KEY, State


class FakeMailchimp(OverThere):
    """`with FakeMailchimp().running() as fake:` and point the client at `fake.url`, with `fake.key`."""

    key = KEY

    def __init__(self, state: State | None = None) -> None:
        super().__init__(state)
        self.ending = threading.Event()
        self.at_work = 0

    @property
    def calls(self) -> list[tuple[str, str]]:
        """What was asked, in order: method and path."""
        with self.state.lock:
            return [(call["method"], call["path"]) for call in self.state.calls]

    def bodies(self, method: str, path: str) -> list[Json]:
        """Of the calls of exactly this path."""
        with self.state.lock:
            return [call["body"] for call in self.state.calls if (call["method"], call["path"]) == (method, path)]

    @contextmanager
    def running(self, port: int = 0) -> Iterator[FakeMailchimp]:
        server = _Server(("127.0.0.1", port), _Handler)
        server.fake = self
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.ending.set()
            server.shutdown()
            server.server_close()
            thread.join()

    @contextmanager
    def counted(self) -> Iterator[bool]:
        """Whether there is room for one more at work."""
        with self.state.lock:
            self.at_work += 1
            self.state.seen_at_once = max(self.state.seen_at_once, self.at_work)
            fits = self.at_work <= self.state.settings.most_at_once
        try:
            yield fits
        finally:
            with self.state.lock:
                self.at_work -= 1

    def take(self, method: str, target: str, authorization: str, raw: bytes) -> tuple[Fault | None, Answer]:
        """One call: what is wrong with the line, and what the answer would be."""
        url = urlsplit(target)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        path = unquote(url.path)
        with self.state.lock:
            call: Json = {"method": method, "path": path, "query": query, "body": {}}
            self.state.calls.append(call)
            fault = self.script.next(method, path)
        if fault and fault.kind in ("answer", "hang", "lose") and not fault.done:
            return fault, Answer(status=500)
        try:
            self._admit(authorization)
            call["body"] = body = _body(method, raw)
            self._look_at_hook(method, path, body)
        except ProblemError as problem:
            return fault, problem.answer()
        with self.settled() as state:
            return fault, answer(state, method, path, query, body)

    def _admit(self, authorization: str) -> None:
        kind, _, credentials = authorization.partition(" ")
        if kind != "Basic":
            raise ProblemError(401, "API Key Missing", "Your request did not include an API key.")
        key = base64.b64decode(credentials).decode(errors="replace").partition(":")[2]
        if key in self.state.keys:
            return
        digits, _, centre = key.partition("-")
        for known in self.state.keys:
            if known.startswith(f"{digits}-"):
                raise ProblemError(
                    403, "Wrong Datacenter", f"The API key is linked to another datacenter than {centre}."
                )
        raise ProblemError(
            401, "API Key Invalid", "Your API key may be invalid, or you've attempted to access the wrong datacenter."
        )

    def _look_at_hook(self, method: str, path: str, body: Json) -> None:
        if method == "POST" and path.endswith("/webhooks") and self.state.settings.checks_hooks:
            hooks.check_address(str(body.get("url", "")))

    def result(self, name: str, authorization: str) -> Answer:
        """An archive of a batch's results. It is another host's as far as anybody should know: no key belongs here."""
        with self.settled() as state:
            call: Json = {"method": "GET", "path": f"/_results/{name}", "query": {}, "body": {}}
            state.calls.append({**call, "authorized": bool(authorization)})
            batch = state.batches.get(name.removesuffix(".tar.gz"))
            if batch is None or batch["status"] != "finished":
                return not_found().answer()
            return Answer(raw=archive(batch), content_type="application/x-gzip")


def _body(method: str, raw: bytes) -> Json:
    """Of a request. Where there is nothing to say, `null` is not the way to say it."""
    if not raw:
        return {}
    try:
        given = json.loads(raw)
    except ValueError:
        raise ProblemError(400, "JSON Parse Error", "We encountered an unspecified JSON parsing error.") from None
    if not isinstance(given, dict):
        raise ProblemError(415, "Unsupported Media Type", f"The body of {method} has to be an object.")
    return given


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    fake: FakeMailchimp

    def handle_error(self, request: object, client_address: object) -> None:
        """A client whose time is over is part of many tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        fake = cast("_Server", self.server).fake
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        authorization = self.headers.get("Authorization", "")
        if self.path.startswith("/_fake/"):
            self._answer(looking.answer(fake, self.command, self.path, raw))
        elif self.path.startswith("/_results/"):
            self._answer(fake.result(self.path.removeprefix("/_results/"), authorization))
        else:
            with fake.counted() as fits:
                if fake.state.settings.latency:
                    time.sleep(fake.state.settings.latency)
                fault, told = (
                    fake.take(self.command, self.path, authorization, raw) if fits else (throttled(), Answer())
                )
                self._do(fault, told)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the library's names

    def _do(self, fault: Fault | None, told: Answer) -> None:
        if fault is None:
            self._answer(told)
        elif fault.kind == "answer":
            raw = fault.body.encode()
            self._answer(Answer(status=fault.status, raw=raw, content_type="", headers=fault.headers))
        elif fault.kind == "drip":
            self._answer(told, pause=fault.seconds)
        else:
            if fault.kind in ("hang", "delay"):
                cast("_Server", self.server).fake.ending.wait(fault.seconds)
            if fault.kind == "delay":
                self._answer(told)
            else:
                self.close_connection = True

    def _answer(self, told: Answer, *, pause: float = 0.0) -> None:
        raw = told.raw
        if raw is None:
            raw = b"" if told.document is None else json.dumps(told.document).encode()
        self.send_response(told.status)
        headers = {"Content-Type": told.content_type} if raw and told.content_type else {}
        if told.status != 204:
            headers["Content-Length"] = str(len(raw))
        for name, value in {**headers, **told.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if not pause:
            self.wfile.write(raw)
            return
        for number in range(len(raw)):
            self.wfile.write(raw[number : number + 1])
            self.wfile.flush()
            if cast("_Server", self.server).fake.ending.wait(pause):
                break

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass
