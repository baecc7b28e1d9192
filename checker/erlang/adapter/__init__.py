"""A student's gms file as a `Protocol`: from the events of the model to messages, from what its processes do to effects.

The file's conventions (start/1 and start/2, the Master who gets deliveries and views) are those of the assignment "Groupy".
Read `protocol` first, then `translation`. `source` reads the file.
"""
