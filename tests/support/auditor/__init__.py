"""An auditor who keeps books of his own, in plain dictionaries, and says what the library must do and show.

`wishes` is what may be asked, `books` what the auditor knows, `rules` what he allows, `checks` how he compares.
Nothing here imports a rule of the library: only what a caller needs to ask, and to read the answer.
"""
