"""The rules of stages 3 and 4: no I/O, no clock. They import only the standard library, words and refusals."""
