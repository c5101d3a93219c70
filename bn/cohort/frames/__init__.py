"""Tables in memory, of every library."""
