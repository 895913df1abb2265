"""Environment variables that redirect a program in any language to the fake.

They make Node, PHP and Python load files; each folder holds one language's files.
"""
