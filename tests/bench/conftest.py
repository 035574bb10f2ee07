"""Fixtures of the measurements, which have a marker: beside other tests they would measure these too."""

from pathlib import Path

import pytest

from tests.bench.databases import bench_database, bench_server, bench_servers

__all__ = ["bench_database", "bench_server", "bench_servers"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.bench)
