"""Public pages beyond the page tree: report a problem, corrections, glossary, series."""
