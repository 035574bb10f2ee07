"""Production's settings, with the options of the mail backend that a measurement varies."""

import json
import os

from config.settings.production import *  # noqa: F403
from config.settings.production import NEWSLETTER_BACKENDS

_options = NEWSLETTER_BACKENDS["default"]["OPTIONS"]
assert isinstance(_options, dict)
_options.update(json.loads(os.environ.get("BENCH_BACKEND_OPTIONS", "{}")))
