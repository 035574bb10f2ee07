"""A Mailchimp of our own that remembers: its Marketing API over real HTTP, with its rules, its moods and a record."""

from tests.fakes.mailchimp.server import FakeMailchimp

__all__ = ["FakeMailchimp"]
