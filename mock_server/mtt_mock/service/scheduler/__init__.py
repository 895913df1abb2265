"""The scheduler of simulated calls: commands, background loop, leadership, steps."""
