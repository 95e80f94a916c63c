"""How fast the library is on this machine, beside what the bare drivers do in the same run: `python -m benches`.

A figure counts only as a ratio: ours and the raw side take turns, block by block, so that both meet the same machine.
`sides` says what both sides can do, `ours` does it through the library, `raw` and `raw_sqlite` without it on the same
tables with the same guarantees; the other modules hold the benchmarks. Nothing here ever asserts on time.
"""
