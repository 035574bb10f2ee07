"""An import that is killed in each of its steps comes to the very rows that it comes to in peace."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import Template
from tests.faults.site import ROOT, LiveSite

pytestmark = pytest.mark.slow

READERS = 1500
#: Everything that an import writes and a person may see, without ids and our own instants.
FOUND = """
import io, json
from newsletter.audience.importing import job as importing
from newsletter.models import *
job = SubscriberImport.objects.get()
errors = io.StringIO(newline="")
importing.write_errors(job, errors)
found = importing.summary(job)
print(json.dumps({
    "state": job.state, "counts": [found.created, found.unchanged, found.refused, job.rows_total, job.rows_staged],
    "why": found.by_problem, "errors": errors.getvalue(), "left": [job.parts.count(), StagedReader.objects.count()],
    "readers": list(Subscription.objects.order_by("subscriber__email").values_list(
        "subscriber__email", "subscriber__name", "state", "confirmed_at", "ended_at").exclude(state="ended")),
    "events": list(ConsentEvent.objects.filter(kind="imported").order_by("subscription__subscriber__email").values_list(
        "subscription__subscriber__email", "source", "detail", "claimed_at", "ip_hash")),
    "tags": list(SubscriberTagging.objects.order_by("subscriber__email", "tag__name").values_list(
        "subscriber__email", "tag__name")),
}, default=str))
"""


@pytest.fixture
def readers(tmp_path: Path) -> Path:
    file = tmp_path / "readers.csv"
    rows = [f"reader{number}@example.org,N{number},2020-01-01,10.0.0.1,Talk" for number in range(READERS)]
    rows[100] = "nobody,x,,,"
    rows[900] = rows[30].replace("N30", "Second")
    file.write_text("\n".join(["email,name,opted_in_at,optin_ip,tags", *rows]) + "\n")
    return file


def found(site: LiveSite) -> dict[str, object]:
    known: dict[str, object] = json.loads(site.manage("shell", "-v0", "-c", FOUND))
    return known


def go_on(site: LiveSite, dies_in: int) -> int:
    done = subprocess.run(
        [sys.executable, "tests/faults/import_readers.py", "work", str(dies_in)],
        cwd=ROOT,
        env=site.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


def test_killed_in_every_step_it_imports_the_same_readers_once(
    live_site: LiveSite, template: Template, tmp_path: Path, readers: Path
) -> None:
    peaceful = LiveSite(folder=tmp_path / "peaceful", database_url=template.copy(), server=live_site.server)
    for site in (peaceful, live_site):
        site.run("tests/faults/import_readers.py", "start", str(readers))
    assert peaceful.run("tests/faults/import_readers.py", "work").strip() == "done"
    # Each one gets as far as the second step from where the one before got to: one step, and death in the next.
    deaths = 0
    while go_on(live_site, dies_in=2) == -signal.SIGKILL:
        deaths += 1
        assert deaths < 60
    assert deaths >= 10
    killed, expected = found(live_site), found(peaceful)
    assert killed == expected
    assert expected["state"] == "done"
    assert expected["counts"] == [READERS - 4, 0, 4, READERS, READERS]
    assert expected["left"] == [0, 4]
