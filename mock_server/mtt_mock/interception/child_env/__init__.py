"""Environment variables, and the files that they make Node, PHP and Python load.

They lead a program in any language to the fake. The folders hold what each language loads.
"""
