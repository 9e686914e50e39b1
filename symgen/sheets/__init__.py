"""Sheet music as PDF, SVG and PNG."""
