"""What only makes pictures and sounds of the docs."""
