"""What is done with a violating run once it is found: making it smaller, finding what would have prevented it, and saving it.

This wing imports every wing of the core, `checker.inputs` to replay saved runs, and `reports` to write them. Read `minimise`
first; `timeline` prepares a run for the interactive page, and `trace_file` reads and judges a saved one.
"""
