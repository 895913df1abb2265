"""Redirects programs with MTT's URL in their code to the fake, and keeps them from the real MTT.

``interception`` and ``hooks`` serve this process, ``exec`` runs a command, ``child_env`` holds the
environment variables for it, ``proxy`` is the proxy that they name.
"""
