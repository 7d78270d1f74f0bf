"""Measurements on anyone's articles: this engine beside others, the same texts and queries, one run.

In: sources, sizes, the names of peers. Out: a report of plain values (`search.bench.run`) and its tables
(`search.bench.tables`). Nothing here is imported by the product but by the command `timbao bench`. Must not know
click, the web, or how a plan is answered.
"""
