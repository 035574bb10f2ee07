"""Readers coming in from a file: read in a stream, staged, judged, and merged in sets; `job` is the way in.

Pure: `problems`, `moments`, `origins`, `mapping`, `addresses`, `values`, `rows`, `sniffing`. The others keep and move
rows.
"""
