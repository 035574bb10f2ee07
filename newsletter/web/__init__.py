"""Public pages and forms for readers."""
