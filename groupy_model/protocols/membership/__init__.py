"""Group membership alone: protocols whose members agree on a sequence of views, by majorities, and multicast nothing.

They import the vocabulary, one another, and from `groupy.gms1` the request to join. Read `gmp2` first (two phases), then
`gmp3`, which survives its leader; `gmp_naive` drops the majority, `gms_service` lets a few servers keep the views of many
clients, and in `gmp_promise`, where anybody may propose, members come back after a crash and keep their promises.
"""
