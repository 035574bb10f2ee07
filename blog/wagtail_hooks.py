"""What stories add to Wagtail's admin. Registers only; what is registered lives in its own room."""

from __future__ import annotations
