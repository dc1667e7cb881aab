"""Writes GGUF version 3. The bytes depend on what is written alone."""

import struct

import numpy as np

UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
ALIGNMENT = 32
TENSOR_TYPES = {np.dtype(np.float32): 0, np.dtype(np.float16): 1}


def packed_text(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def packed_array(kind, values):
    if kind == STRING:
        body = b"".join(packed_text(value) for value in values)
    else:
        body = np.asarray(values, "<i4" if kind == INT32 else "<f4").tobytes()
    return struct.pack("<IIQ", ARRAY, kind, len(values)) + body


def packed(value):
    """A value with its type: bool, int (32 bits, unsigned), float (32 bits), str, or a list of one of these (ints are
    signed there, as the keys that we need have it)."""
    if isinstance(value, bool):
        return struct.pack("<I?", BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", UINT32, value)
    if isinstance(value, float):
        return struct.pack("<If", FLOAT32, value)
    if isinstance(value, str):
        return struct.pack("<I", STRING) + packed_text(value)
    kind = {str: STRING, int: INT32, float: FLOAT32}[type(value[0])]
    return packed_array(kind, value)


def padding(size):
    return b"\0" * (-size % ALIGNMENT)


def write_gguf(path, fields, tensors):
    """fields: key to value; tensors: name to a float16 or float32 array in numpy's order (last index fastest)."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields))
    for key, value in fields.items():
        head += packed_text(key) + packed(value)
    blobs, offset = [], 0
    for name, array in tensors.items():
        blob = np.ascontiguousarray(array).tobytes()
        head += packed_text(name) + struct.pack("<I", array.ndim)
        head += struct.pack("<%dQ" % array.ndim, *reversed(array.shape))  # ggml names the fastest dimension first.
        head += struct.pack("<IQ", TENSOR_TYPES[array.dtype], offset)
        blob += padding(len(blob))
        blobs.append(blob)
        offset += len(blob)
    path.write_bytes(head + padding(len(head)) + b"".join(blobs))
