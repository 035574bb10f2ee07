"""A client of its own process: many posts of the sign-up form over a few kept-alive connections, or many GETs.

Arguments: port, path, number, connections, stamp (empty for GET). Prints seconds and the answers by status as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlencode


def requests(path: str, count: int, stamp: str) -> Iterator[bytes]:
    """Each from a network of its own, as a proxy reports it."""
    for number in range(count):
        client = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if stamp:  # networks are /24: spread the low bits over them
            client = f"{11 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.7"
        head = f"Host: rounds.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: {client}\r\n"
        if not stamp:
            yield f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()
            continue
        fields = {"email": f"reader{number}@example.com", "name": "Ada", "frequency": "weekly", "stamp": stamp}
        body = urlencode(fields).encode()
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        yield f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def talk(port: int, waiting: Iterator[bytes], answers: Counter[int]) -> None:
    """Take the next request from what all connections share, until there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        if length:
            await reader.readexactly(length)
        answers[int(head.split(b" ", 2)[1])] += 1
    writer.close()
    await writer.wait_closed()


async def main(port: int, path: str, count: int, connections: int, stamp: str) -> None:
    waiting, answers = requests(path, count, stamp), Counter[int]()
    started = time.perf_counter()
    await asyncio.gather(*(talk(port, waiting, answers) for _ in range(connections)))
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started, "answers": answers}))


if __name__ == "__main__":
    _, *given = sys.argv
    asyncio.run(main(int(given[0]), given[1], int(given[2]), int(given[3]), given[4]))
