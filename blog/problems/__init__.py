"""What readers report as wrong with a page: taking it in, working on it, forgetting addresses."""
