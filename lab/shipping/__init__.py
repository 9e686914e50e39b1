"""Training and fitting of what is shipped, and the putting of it into models/ and soundfonts/."""
