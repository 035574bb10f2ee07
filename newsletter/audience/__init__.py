"""Use cases of readers: subscribe, confirm, unsubscribe."""
