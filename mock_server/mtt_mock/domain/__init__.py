"""Domain values and rules: presets, calls, subscribers, faults, clock, store protocols.

Plain values and pure functions; no HTTP, no JSON-RPC, no files.
"""
