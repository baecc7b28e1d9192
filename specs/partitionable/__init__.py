"""What partitionable systems promise, where components go on side by side (Chockler, Keidar, Vitenberg 2001): a file each.

These are judged in logs of real systems, and in a model check when they are named; the others of that paper are in the files
beside this folder: self inclusion, local monotonicity and primary component membership in `views`, delivery integrity in
`delivery`, sending view delivery, same view delivery and virtual synchrony in `synchrony`, strong total order in `order`; self
delivery is `validity`. Transitional sets and safe indications are what a system tells its applications: no model here does, but
logs may have them.

Read `no_duplication` first; `registry` (one folder up) lists them.
"""
