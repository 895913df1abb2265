"""The scheduler of simulated calls: leadership, loop, commands."""
