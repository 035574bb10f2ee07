"""Commands of the stories' app."""
