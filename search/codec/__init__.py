"""A Whoosh codec whose segments are arrays, and the engine room over them.

In: analysed articles (`writing`), plans (`searching`), or Whoosh's own writers and queries (`whoosh_face`). Out: index
folders that open without reading a pickle, answers, and Whoosh readers. Must not know Vietnamese or the web. The format
of the files is described in docs/index-format.md.
"""
