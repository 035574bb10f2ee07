"""Template tags that other apps' templates may load."""
