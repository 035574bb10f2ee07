"""Batches: calls that Mailchimp works on by itself, at its own pace, and whose results lie in an archive."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable

from tests.fakes.mailchimp.problems import Answer, Json, ProblemError, invalid
from tests.fakes.mailchimp.state import State, read, shown, written

MOST_OPERATIONS = 1000
MOST_OPEN = 500
_A_FILE = 400


def create(state: State, body: Json) -> Json:
    operations = body.get("operations")
    if not isinstance(operations, list) or not operations:
        raise invalid("The resource submitted could not be validated.", ("operations", "Value is required"))
    if len(operations) > MOST_OPERATIONS:
        raise invalid(f"A batch may have up to {MOST_OPERATIONS} operations.")
    if sum(batch["status"] != "finished" for batch in state.batches.values()) >= MOST_OPEN:
        raise ProblemError(429, "Too Many Requests", f"You have more than {MOST_OPEN} open batches.")
    batch: Json = {
        "id": hashlib.sha256(f"batch {state.number()}".encode()).hexdigest()[:10],
        "status": "pending",
        "total_operations": len(operations),
        "finished_operations": 0,
        "errored_operations": 0,
        "submitted_at": written(state.now),
        "completed_at": "",
        "response_body_url": "",
        "_operations": operations,
        "_results": [],
        "_begun": state.now.isoformat(),
    }
    state.batches[batch["id"]] = batch
    return {**shown(batch)}


def work(state: State, base: str, do: Callable[[str, str, Json, Json], Answer]) -> None:
    """As many operations as the time since a batch was taken has been enough for."""
    for batch in [*state.batches.values()]:
        if batch["status"] == "finished":
            continue
        waited = (state.now - read(batch["_begun"])).total_seconds()
        rate, total = state.settings.batch_rate, batch["total_operations"]
        upto = min(total, int(waited * rate)) if rate else total
        for operation in batch["_operations"][len(batch["_results"]) : upto]:
            _do(batch, operation, do)
        batch["status"] = "started" if batch["_results"] else "pending"
        if len(batch["_results"]) == total:
            batch.update(status="finished", completed_at=written(state.now))
            batch["response_body_url"] = f"{state.settings.results_base or base}/_results/{batch['id']}.tar.gz"


def _do(batch: Json, operation: Json, do: Callable[[str, str, Json, Json], Answer]) -> None:
    body = json.loads(operation["body"]) if operation.get("body") else {}
    answer = do(operation["method"], operation["path"], operation.get("params") or {}, body)
    response = "" if answer.document is None else json.dumps(answer.document)
    batch["_results"].append(
        {"status_code": answer.status, "operation_id": operation.get("operation_id"), "response": response}
    )
    batch["finished_operations"] += 1
    batch["errored_operations"] += answer.status >= 400


def archive(batch: Json) -> bytes:
    """A tar.gz with some files, each with a list of results, in a folder, in no order."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as into:
        into.addfile(_entry("./", 0, kind=tarfile.DIRTYPE))
        results = batch["_results"]
        for start in reversed(range(0, len(results), _A_FILE)):
            text = json.dumps(results[start : start + _A_FILE]).encode()
            into.addfile(_entry(f"./{batch['id']}-{start}.json", len(text)), io.BytesIO(text))
    return file.getvalue()


def _entry(name: str, size: int, *, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.mode = size, kind, 0o755
    return entry
