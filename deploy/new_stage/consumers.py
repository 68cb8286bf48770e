"""Adds a service to the consumers of a topic in the source text of contracts/topics.py."""

import ast

from names import Refused


def with_consumer(source: str, topic: str, service: str) -> str:
    """The source with the service as one more consumer of the topic. Raises Refused if the topic has no consumers."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Topic":
            name, *_, consumers = node.args[:4]
            if isinstance(name, ast.Constant) and name.value == topic:
                readers = (*ast.literal_eval(consumers), service)
                return _replaced(source, consumers, repr(readers).replace("'", '"'))
    raise Refused(f"the topic {topic} names no consumers, because it is for downstream systems; read another event")


def _replaced(source: str, node: ast.expr, text: str) -> str:
    """The source with the text in place of the node."""
    lines = source.encode().splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    after = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
    return (before + text.encode() + after).decode()
