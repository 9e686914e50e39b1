"""Networks: what goes in, the torch modules, inference in numpy, and how all networks lie on disk."""
