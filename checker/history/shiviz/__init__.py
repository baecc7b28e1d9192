"""The format of ShiViz, in and out."""
