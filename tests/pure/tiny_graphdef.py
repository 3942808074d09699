"""Frozen TensorFlow graphs written by hand: the messages of graph.proto as far as the converter reads them."""

import numpy as np

DTYPES = {np.dtype(np.float32): 1, np.dtype(np.int32): 3}


def varint(number):
    """A whole number, 7 bits a byte, lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def entry(number, content):
    """One field: text and bytes with their length, or a whole number."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def node(name, operator, inputs=(), **attributes):
    """One node of a GraphDef."""
    message = entry(1, name) + entry(2, operator)
    message += b"".join(entry(3, text) for text in inputs)
    for key, value in attributes.items():
        message += entry(5, entry(1, key) + entry(2, attribute(value)))
    return entry(1, message)


def attribute(value):
    """AttrValue of a text, a list of whole numbers, or an array."""
    if isinstance(value, str):
        return entry(2, value)
    if isinstance(value, list):
        return entry(1, entry(3, b"".join(map(varint, value))))
    shape = b"".join(entry(2, entry(1, size)) for size in value.shape)
    held = entry(4, value.tobytes()) if value.ndim else entry(7, varint(int(value)))
    return entry(8, entry(1, DTYPES[value.dtype]) + entry(2, shape) + held)


def constant(name, value):
    return node(name, "Const", value=np.asarray(value))
