"""Use cases of editors: compose, render, preflight, schedule."""
