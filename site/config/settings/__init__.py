"""Settings for each place the site runs in; `base` holds what they share."""
