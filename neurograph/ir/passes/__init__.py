"""Passes: from one network to another, each in a file of its own, imported from there.

A pass is a function whose first argument is a network and whose result is one; it changes nothing
that it was given. Its docstring says what it requires and what it ensures.
"""
