"""Judges for long histories: the same verdicts and witnesses as the definitions, in time that grows almost linearly.

The definitions, in the files of the same names in `specs`, stay the authority. A judge here only finds out, on arrays, WHERE a
definition would first find a fault; then the definition itself judges that part of the history, and its witness is the answer.
So a violation is never reported that the definition does not see. That none is missed is tested on random histories
(`tests/specs/test_near_linear.py`), verdict and witness. Besides the vocabulary and `specs`, numpy is imported.

Read `arrays` first (a history as arrays, and its parts; of one life, they are in `rows`, and by view in `windows`), then
`delivery`; `registry` says which property is judged how.
"""
