"""The command line: ``mtt-mock`` and its commands."""
