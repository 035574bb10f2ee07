"""Who takes mail over: message backends behind one interface, found by a registry."""
