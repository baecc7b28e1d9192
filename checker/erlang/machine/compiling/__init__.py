"""From the forms of a module to the code that the machine runs: `loading` takes a module, `compiler` its functions."""
