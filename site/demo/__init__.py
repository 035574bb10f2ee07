"""The demo publication: stories, pictures, people and subscribers to try everything with."""
