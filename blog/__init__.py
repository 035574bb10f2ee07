"""Stories: pages, their blocks, import and feeds. Knows nothing of newsletters."""
