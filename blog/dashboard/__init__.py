"""What the doctor and the editors meet first in the admin: what to write, what waits, what is due."""
