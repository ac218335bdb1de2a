"""What goes into a network and what comes out of it, as files: nothing is read with Var.get."""
