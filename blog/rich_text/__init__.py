"""What Draftail can do in stories beyond Wagtail's own features: citations and glossary words."""
