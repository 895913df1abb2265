"""What the service knows: customers, what is preset for them, and what refuses what.

Plain values and pure functions; no HTTP, no JSON-RPC, no files.
"""
