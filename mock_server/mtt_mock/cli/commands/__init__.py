"""The commands, one module each, with its options and its actions.

Only the standard library is imported until a command runs.
"""
