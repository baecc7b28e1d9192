"""Group membership alone: protocols that multicast nothing. Members of all but `swim` agree on a sequence of views.

They import the vocabulary, one another, and from `groupy.gms1` the request to join. Read `gmp2` first (two phases), then
`gmp3`, which survives its leader; `gmp_naive` drops the majority, `gms_service` lets a few servers keep the views of many
clients. After a crash, the members of `gmp_promise`, where anybody may propose, come back and keep their promises; those of
`gmp_rejoin` come back as somebody else, and are let in anew. In `swim` each has a list of its own, and gossip spreads it.
"""
