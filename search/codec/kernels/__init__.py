"""The compiled loops of the codec, in two families: `writing` (inversion, merging) and `reading` (scoring, matching).

Compiled by numba on first use, without the interpreter lock, and kept in numba's cache on the disk. They know arrays
only: no files, no articles.
"""
