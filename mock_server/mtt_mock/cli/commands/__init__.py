"""The commands, one module each: its options, and what it does.

Only the standard library is imported until a command runs.
"""
