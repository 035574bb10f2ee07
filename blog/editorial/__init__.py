"""The editorial check: what a good medical editor would find in a story before it is published.

Pure: a `Manuscript` goes in, `Finding`s come out. Only `story` and `file`, which make manuscripts, and `gate`, which
stops publishing, know the database or the disk.
"""
