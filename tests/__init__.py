"""The tests mirror the wings; README.md says which tier is which."""
