"""Testing tools: the pytest plugin, the event receiver, Hypothesis strategies."""
