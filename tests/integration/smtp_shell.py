"""The SMTP backend with one connection unless told otherwise, what it sends, and servers that follow the model."""

from __future__ import annotations

from newsletter.backends.base import Envelope
from newsletter.backends.smtp import SmtpBackend
from tests.fakes.model_server import ModelServer, Rule
from tests.fakes.recording_work import RecordingWork

EXTENSIONS = ("PIPELINING", "CHUNKING", "8BITMIME", "SIZE 100000")


def envelopes(count: int, *, size: int = 100) -> list[Envelope]:
    content = b"Subject: Hello\r\n\r\n" + b".twenty bytes long\r\n" * (size // 20)
    return [Envelope(key, "editor@rounds.example", f"reader{key}@example.com", content) for key in range(count)]


def backend(port: int, **options: object) -> SmtpBackend:
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": 1, "timeout": 5, "message_timeout": 5}
    return SmtpBackend(**{**given, **options})  # type: ignore[arg-type]


def sent(port: int, count: int, **options: object) -> RecordingWork:
    work = RecordingWork(envelopes(count))
    backend(port, **options).send(work)
    assert not work.open
    return work


class Models:
    """The model servers of all connections."""

    def __init__(self, rule: Rule = lambda verb, number: None, extensions: tuple[str, ...] = EXTENSIONS) -> None:
        self.all: list[ModelServer] = []
        self._rule, self._extensions = rule, extensions

    def __call__(self) -> ModelServer:
        self.all.append(ModelServer(extensions=self._extensions, rule=self._rule))
        return self.all[-1]

    @property
    def took(self) -> list[str]:
        return sorted(recipient for server in self.all for recipient, _ in server.took)


def recipients(count: int) -> list[str]:
    return sorted(f"reader{key}@example.com" for key in range(count))
