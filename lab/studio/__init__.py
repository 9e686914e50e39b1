"""What tries the studio from outside."""
