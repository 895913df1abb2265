"""Runs a command in any language so that it meets a fake at MTT's own URL.

``fake_environment`` starts the fake, its HTTPS and the proxy; ``command`` runs the command;
``isolation`` gives it a network without a way out; ``summary`` counts what it asked of the fake.
"""
