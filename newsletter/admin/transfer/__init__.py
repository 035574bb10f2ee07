"""Readers in and out of files, in the admin: the steps of an import, exports, and the lists of both."""
