"""Tapes: recorded exchanges without personal data, and their replay."""
