"""Multicast within views: from no guarantee at all to virtual synchrony and, on top of it, FIFO, causal, total and safe order.

They import the vocabulary, one another, and from `groupy.gms1` the request to join. Read `view_reports` first (how members
learn of views), then `unreliable_multicast` and `fbcast`, whose flush gives virtual synchrony; all other protocols extend
fbcast, but for `fbcast_merge`, whose sides go on in a partition and merge when it has healed.
"""
