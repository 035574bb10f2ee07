"""Run as a process of its own: asks Mailchimp so many times at once, each with a connection of its own.

python tests/faults/call_mailchimp.py CALLS  ->  prints how many were answered
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import django

if __name__ == "__main__":
    django.setup()
    from django.db import connection

    from newsletter.audience.mailchimp.account import connect

    def ping(_number: int) -> int:
        try:
            connect().ping()
        finally:
            connection.close()
        return 1

    calls = int(sys.argv[1])
    with ThreadPoolExecutor(calls) as pool:
        sys.stdout.write(f"{sum(pool.map(ping, range(calls)))}\n")
