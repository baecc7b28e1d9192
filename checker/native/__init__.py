"""The native engine: the reference semantics over interned ids, at the speed of table lookups.

Because `step` is pure, Python finds out once what a process does in a local state with the head of a channel, and remembers it.
A state of the whole system is a short row of ids; the kernel only looks up tables. It notes what a table lacks, Python fills
that in, and the row is tried again. This wing may import `semantics`, `judging`, `runs` and `search` of the checker, and the
vocabulary; only `checking.engine` and the profile drive it. Read `search` first, then `memory.layout`, which draws a row, then
`kernel.successors` and `tables.transitions`.

Words that are this wing's own:

    row         a state: ids of cores, logs, channels and the rest, in fixed places (see `memory.layout`)
    core        what a process is without its log: status, local state, timers, monitors
    log         what was observed of a process
    rest        what of a state is in no process and no channel: budgets left, the split, who is up
    around      that of a rest which decides what processes can do
    record      one outcome of one handler, as numbers; its manner says what it cannot disturb
    delta       how a record changes the rest
    arrival     what can be met at the head of a channel: the channel and the message
    outbox      what one call of the kernel finds; its paper holds the notes that it takes meanwhile
    missing     an entry that the kernel looked up and that is not known yet; its row is put aside until Python has filled it in
    sift        tell the successors that are new from those in the visited set
    line up     number the new states, and write their rows to the frontier
    settle      in the pipeline, wait until that is written; in the kernel, finish one successor, or one entry of a table
    line        64 bytes of the visited set: places for some fingerprints (see `kernel.fingerprints`)
    rank        how many lines behind its home a fingerprint lies, and one more; its high is that and its upper bits
    ancestor    the state from which another was reached first
    face        what others can see of a core without its log: status, colour, and whether it may come back
    fate        what becomes of a core by a crash from which it may come back, and once that can no longer be
    life        a log with a face: all that properties look at
    group       in `sleep_sets`, steps that sleep together, a bit of a mask
    lulled      asleep because of what the step itself was, not because of the order in which it was taken
"""
