"""Lava processes of our own, laid out as in Lava's library; a Lava user can use each by itself.

`kronecker.process.Kronecker` connects, `lif.process` has the neurons, `streams` brings payloads
from files and spikes into files. Floating-point models carry the tag "floating_pt", bit-accurate
ones "fixed_pt". Import after `neurograph_lava.compat.patch_lava`.
"""
