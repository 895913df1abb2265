"""Runs a command in any language so that it reaches a fake at MTT's own URL.

``fake_environment`` starts the fake, its HTTPS and the proxy; ``command`` runs the command;
``isolation`` gives it a network with no route outside; ``summary`` counts its requests to the fake.
"""
