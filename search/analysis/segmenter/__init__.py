"""pyvi's words, some forty times faster: the same model, read from pyvi's own files, computed on arrays.

In: text. Out: which tokens pyvi would make and which of them it would join. `model` reads the files, `lexing` cuts text
into pyvi's tokens, `types` keeps what the model says of each token, `labels` finds the best labels, `tables` holds what
was met before, `words` puts them together and falls back to pyvi itself where the installed pyvi is another one.
"""
