"""The API for other programs: tokens with scopes, and what they may ask."""
