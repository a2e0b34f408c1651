# SPDX-License-Identifier: GPL-2.0-only
"""The bpf() system call for tests: maps of somebody else, with and without BTF."""

import ctypes
import os
import platform
import struct

NUMBER = {"x86_64": 321, "aarch64": 280}[platform.machine()]
_MAP_CREATE, _UPDATE, _DELETE, _PROG_LOAD, _OBJ_PIN, _OBJ_GET, _BTF_LOAD, _POP, _FREEZE, _UPDATE_BATCH = (
    0, 2, 3, 5, 6, 7, 18, 21, 22, 26)

TYPES = {"hash": 1, "array": 2, "percpu_hash": 5, "percpu_array": 6, "lru_hash": 9,
         "lru_percpu_hash": 10, "lpm_trie": 11, "queue": 22, "stack": 23}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _possible_cpus():
    with open("/sys/devices/system/cpu/possible", encoding="ascii") as f:
        return int(f.read().strip().replace(",", "-").split("-")[-1]) + 1


N_CPUS = _possible_cpus()


def _call(command, attr):
    buffer = ctypes.create_string_buffer(attr, max(len(attr), 128))
    result = _libc.syscall(ctypes.c_long(NUMBER), ctypes.c_long(command), buffer,
                           ctypes.c_ulong(len(attr)))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"bpf({command}): {os.strerror(code)}")
    return result


def _address(data):
    buffer = ctypes.create_string_buffer(data, len(data))
    return ctypes.addressof(buffer), buffer


def create(map_type, key_size, value_size, max_entries, name="test", flags=0, btf=(0, 0, 0)):
    """A map's descriptor. btf: descriptor, type of the key, type of the value."""
    return _call(_MAP_CREATE, struct.pack("=7I16s4I", TYPES[map_type], key_size, value_size,
                                          max_entries, flags, 0, 0, name.encode(), 0, *btf))


ANY, NOEXIST = 0, 1


def update(fd, key, value, flags=ANY):
    key_at, key_buffer = _address(key)
    value_at, value_buffer = _address(value)
    _call(_UPDATE, struct.pack("=IIQQQ", fd, 0, key_at, value_at, flags))
    del key_buffer, value_buffer


def push(fd, value):
    """To a queue or stack, which has no keys."""
    at, buffer = _address(value)
    _call(_UPDATE, struct.pack("=IIQQQ", fd, 0, 0, at, ANY))
    del buffer


def freeze(fd):
    _call(_FREEZE, struct.pack("=I", fd))


def delete(fd, key):
    at, buffer = _address(key)
    _call(_DELETE, struct.pack("=IIQQQ", fd, 0, at, 0, 0))
    del buffer


def update_batch(fd, keys, values, n):
    keys_at, keys_buffer = _address(keys)
    values_at, values_buffer = _address(values)
    _call(_UPDATE_BATCH, struct.pack("=QQQQIIQQ", 0, 0, keys_at, values_at, n, fd, 0, 0))
    del keys_buffer, values_buffer


def pin(fd, path):
    at, buffer = _address(path.encode() + b"\0")
    _call(_OBJ_PIN, struct.pack("=QII", at, fd, 0))
    del buffer


def get(path):
    at, buffer = _address(path.encode() + b"\0")
    fd = _call(_OBJ_GET, struct.pack("=QII", at, 0, 0))
    del buffer
    return fd


def load_program():
    """A socket filter that does nothing."""
    code, code_buffer = _address(struct.pack("=BBhi", 0xb7, 0, 0, 0) + struct.pack("=BBhi", 0x95, 0, 0, 0))
    license_at, license_buffer = _address(b"GPL\0")
    fd = _call(_PROG_LOAD, struct.pack("=IIQQIIQ", 1, 2, code, license_at, 0, 0, 0))
    del code_buffer, license_buffer
    return fd


class Btf:
    """Types, put together one by one; each adder gives the type's number."""

    def __init__(self):
        self._types, self._strings, self._n = b"", b"\0", 0

    def _name(self, text):
        if not text:
            return 0
        offset = len(self._strings)
        self._strings += text.encode() + b"\0"
        return offset

    def _add(self, name, kind, vlen, size, rest=b""):
        self._types += struct.pack("=III", self._name(name), kind << 24 | vlen, size) + rest
        self._n += 1
        return self._n

    def integer(self, name, size, signed=False):
        return self._add(name, 1, 0, size, struct.pack("=I", (1 if signed else 0) << 24 | size * 8))

    def typedef(self, name, to):
        return self._add(name, 8, 0, to)

    def array(self, element, index, n):
        return self._add("", 3, 0, 0, struct.pack("=III", element, index, n))

    def enum(self, name, values):
        rest = b"".join(struct.pack("=Ii", self._name(k), v) for k, v in values.items())
        return self._add(name, 6, len(values), 4, rest)

    def structure(self, name, size, fields):
        """fields: (name, type, offset in bytes)."""
        rest = b"".join(struct.pack("=III", self._name(n), t, o * 8) for n, t, o in fields)
        return self._add(name, 4, len(fields), size, rest)

    def load(self):
        data = struct.pack("=HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(self._types), len(self._types),
                           len(self._strings)) + self._types + self._strings
        at, buffer = _address(data)
        fd = _call(_BTF_LOAD, struct.pack("=QQIII", at, 0, len(data), 0, 0))
        del buffer
        return fd
