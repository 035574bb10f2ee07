"""The whole publication as one file, database and media, and back again."""
