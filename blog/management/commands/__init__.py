"""Commands of this app: they parse arguments and call."""
