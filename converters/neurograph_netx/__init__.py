"""Networks of lava-dl: files that SLAYER's `export_hdf5` writes (netx), read into integer networks.

Independent of lava-dl, which is not needed. What a file means was read from lava-dl 0.6.0
(`netx/hdf5.py`, BSD-3-Clause) and replayed on the chip's own traces.
"""
