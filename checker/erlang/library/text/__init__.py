"""The modules `string` and `io_lib`: `formats` is what `io:format` prints, and what it refuses."""
