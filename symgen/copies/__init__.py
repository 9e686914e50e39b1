"""Find stretches of training music in new music."""
