"""Asks any endpoint whether the facts of the contract hold there."""
