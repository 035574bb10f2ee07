"""What services tell us of readers: each provider's own form is checked, and read into what we know. One file each."""
