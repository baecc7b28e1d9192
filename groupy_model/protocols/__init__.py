"""The built-in protocols, one file each, with their planted bugs beside them; `registry` names them all.

A protocol imports the vocabulary and the protocols that it builds on, nothing else. The three families are `groupy` (the
course's protocols), `membership` (agreement on views alone) and `multicast` (virtual synchrony and orders). Read
`groupy/gms1.py` first.
"""
