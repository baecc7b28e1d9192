"""The module `erlang` without what has effects, and `math`."""
