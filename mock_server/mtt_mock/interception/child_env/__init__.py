"""Environment variables, and the files that they make Node, PHP and Python load.

They redirect a program in any language to the fake. Each folder holds one language's files.
"""
