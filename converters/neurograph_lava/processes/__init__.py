"""Lava processes of our own; a folder of their own, because Lava executes every sibling file.

Import after `neurograph_lava.compat.mend`.
"""
