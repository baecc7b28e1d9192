"""What Erlang programs do: processes that run from one receive to the next.

A process is an immutable value, `processes.Proc`: a stack of activations, each with its variables and with what is left to do
in it (a CEK machine: Felleisen, Friedman, "Control operators, the SECD-machine, and the lambda-calculus", 1986). `compiling`
makes of the forms of a module what `running.Run` executes, the classes in `code` and `waiting`. `site.Site` holds the processes
of one node while they run, `effects` is what programs do besides computing. Read `processes`, `running`, `code` first.
"""
