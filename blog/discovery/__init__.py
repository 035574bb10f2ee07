"""Being found: feeds, search, what search engines and social networks are told."""
