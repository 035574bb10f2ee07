"""Many calls as one: started, watched, and read back from the file that Mailchimp makes of the answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from newsletter.backends.mailchimp import reading
from newsletter.backends.mailchimp.answers import Batch, MemberWrite, Operation, OperationResult
from newsletter.backends.mailchimp.calling import Calls
from newsletter.backends.mailchimp.errors import InvalidIdError, NotFoundError
from newsletter.backends.mailchimp.ids import checked_hash, checked_id, member_hash, results_of
from newsletter.backends.mailchimp.members import member_body
from newsletter.backends.mailchimp.paging import PAGE
from newsletter.backends.mailchimp.results import read_results
from newsletter.backends.mailchimp.transport import Transport
from newsletter.backends.mailchimp.wire import Answer, Asked, Request

_KEY = re.compile(r"[0-9A-Za-z:._-]{1,64}")
_PATH = re.compile(r"/lists/[0-9A-Za-z]{1,32}/members/[0-9a-f]{32}")
_METHODS = frozenset({"PUT", "PATCH"})


class Batches(Calls):
    def upsert_operation(self, key: str, list_id: str, member: MemberWrite) -> Operation:
        path = _member_path(list_id, member_hash(member.email))
        return Operation(key=key, method="PUT", path=path, body=member_body(member))

    def unsubscribe_operation(self, key: str, list_id: str, member_hash: str) -> Operation:
        path = _member_path(list_id, member_hash)
        params = {"skip_merge_validation": "true"}  # as `unsubscribe_member` does
        return Operation(key=key, method="PATCH", path=path, body={"status": "unsubscribed"}, params=params)

    def start_batch(self, operations: Sequence[Operation]) -> Batch:
        """At most `PAGE` operations.

        Raises:
            UnsureError: it may have been started. Upserts and unsubscribes may simply be asked for again.
            InvalidIdError: a key is none, or an operation asks for something else; nothing was asked.
        """
        if not 0 < len(operations) <= PAGE:
            raise ValueError(f"a batch has 1 to {PAGE} operations")
        made = self._client.batches.start({"operations": [_written(operation) for operation in operations]})
        return self._ask(made, reading.batch)

    def batch(self, batch_id: str) -> Batch:
        return self._ask(self._client.batches.status(checked_id(batch_id)), reading.batch)

    def batch_results(self, batch: Batch) -> Iterator[OperationResult]:
        """Of a finished one. The file lies on another host, which has to be one of a short list; no key is sent there.

        Raises:
            InvalidIdError: the results lie somewhere else; nothing was fetched.
            NotFoundError: they are not there any more under this address; `batch` gives a fresh one for seven days.
        """
        if not batch.results_url:
            raise NotFoundError(_("The results of this batch are not there yet. They are asked for again."))
        base, path = results_of(batch.results_url, self._base)
        request = Request(method="GET", path=path, headers={"User-Agent": "Rounds"})
        came = self._came(request, Asked(again=True), Transport(base))
        if isinstance(came, Answer) and 400 <= came.status < 500 and came.status not in {408, 429}:
            raise NotFoundError(_("The results of a batch are not at Mailchimp any more. They are asked for again."))
        return read_results(came)


def _member_path(list_id: str, hashed: str) -> str:
    return f"/lists/{checked_id(list_id)}/members/{checked_hash(hashed)}"


def _written(operation: Operation) -> dict[str, object]:
    is_known = operation.method in _METHODS and _PATH.fullmatch(operation.path)
    if not is_known or not _KEY.fullmatch(operation.key):
        raise InvalidIdError(_("A batch writes members only, each under a key without an address. Nothing was asked."))
    written: dict[str, object] = {"method": operation.method, "path": operation.path, "operation_id": operation.key}
    if operation.params:
        written["params"] = dict(operation.params)
    if operation.body is not None:
        written["body"] = json.dumps(dict(operation.body), allow_nan=False)
    return written
