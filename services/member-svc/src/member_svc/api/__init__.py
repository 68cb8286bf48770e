"""HTTP for screens and operators."""
