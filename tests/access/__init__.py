"""Calls every route with every role at unions in all relations to the owner of the data, and compares the answers with
the declarations of the routes (D02, D03, A29, A61): `make access`.
"""
