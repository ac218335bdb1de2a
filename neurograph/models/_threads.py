"""Lets PyTorch and numba share the cores: import before either starts a thread.

Each brings an OpenMP runtime of its own. By default the idle workers of one spin for a while on
the cores that the other needs, which on a busy machine costs several times the work itself.
"""

import os

# read by a runtime when it is loaded; a user's own setting wins
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
