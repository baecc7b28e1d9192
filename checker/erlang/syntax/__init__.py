"""From the bytes of a file to its forms: `reading`, `scanner`, `preprocessor`, `parser`, in this order; `tree` is the result.

A form that is not Erlang becomes a `Broken` and leaves the others usable. The forms say what the language's own parser says
(`erl_parse`), down to lines and columns; the tests hold us to that.
"""
