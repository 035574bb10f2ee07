"""What the apps share: the publication's settings, template tags, components."""
