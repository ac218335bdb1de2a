"""The whole graph in PyTorch: every node once, in the same arithmetic as its resident network."""
