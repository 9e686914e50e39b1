"""Networks: what goes in, the torch modules, the light path for sampling, and checkpoints."""
