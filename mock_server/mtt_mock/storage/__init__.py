"""State in databases and files: SQL stores and snapshots."""
