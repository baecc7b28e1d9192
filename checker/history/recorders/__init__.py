"""What writes down the log of a real group that is not ours: Corosync's closed process groups, and the membership of Serf.

A recorder runs beside the daemon of its node and writes the file of one process in the format groupy-log 1. Read `group_log`
first: it says what becomes of each thing that Corosync tells. Of the rest of the checker only the format of logs is imported.
"""
