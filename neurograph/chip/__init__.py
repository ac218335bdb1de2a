"""A chip: its profile, what a network asks of it, and where everything lies."""
