"""Use a language model: generate, continue, fill in, vary, harmonize, and choose among takes."""
