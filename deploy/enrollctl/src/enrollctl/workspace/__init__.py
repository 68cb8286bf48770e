"""The folder of a local stack, `.local` unless another one is given, and what lies in it."""
