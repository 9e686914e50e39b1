"""The documentation site: what is made for it when it is built, and what it must not ask of others."""
