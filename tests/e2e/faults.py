# SPDX-License-Identifier: GPL-2.0-only
"""Calls of the exporter that fail: the other end of tests/tools/fault_preload.c."""

import mmap
import os
import struct

import support

TOOLS = os.path.join(support.BUILD, "tests")
# Commands of bpf(), and then calls of the C library, as fault_preload.c numbers them.
CALLS = {"MAP_LOOKUP_ELEM": 1, "MAP_GET_NEXT_KEY": 4, "OBJ_GET": 7, "MAP_GET_NEXT_ID": 12,
         "MAP_GET_FD_BY_ID": 14, "OBJ_GET_INFO_BY_FD": 15, "BTF_GET_FD_BY_ID": 19,
         "MAP_LOOKUP_BATCH": 24, "MAP_LOOKUP_AND_DELETE_BATCH": 25, "BTF_INFO": 64, "fopen": 65,
         "opendir": 66, "mmap": 67, "readlink": 68, "stat": 69}
INSTEAD, AFTER, EARLY, SLOW = range(4)
FOR_GOOD = 0xffffffff
_N_CALLS = 80
_TARGET, _RULE = struct.Struct("=128sII"), struct.Struct("=5I")
_RULES_AT = _TARGET.size + 8 * _N_CALLS


class Faults:
    """The control page. target: of which map calls fail, by a part of its pin's path, or by its id."""

    def __init__(self, folder, target="", target_id=0):
        self.path = os.path.join(folder, "faults")
        with open(self.path, "wb") as f:
            f.write(bytes(mmap.PAGESIZE))
        with open(self.path, "r+b") as f:
            self._page = mmap.mmap(f.fileno(), mmap.PAGESIZE)
        self.aim(target, target_id)

    def aim(self, target="", target_id=0):
        """Before the exporter opens the map: a descriptor is told by what it was opened for."""
        _TARGET.pack_into(self._page, 0, target.encode(), target_id, 0)

    def prefix(self):
        """Of the command that is to have them."""
        return ["env", f"FAULT_CONTROL={self.path}",
                f"LD_PRELOAD={os.path.join(TOOLS, 'libfault_preload.so')}"]

    def arm(self, call, error, n_pass=0, n_fail=1, how=INSTEAD, rule=0):
        _RULE.pack_into(self._page, _RULES_AT + rule * _RULE.size, CALLS[call], error, how, n_pass,
                        n_fail)

    def delay(self, call, delay_ms, n_pass=0, n=1, rule=0):
        """Of bpf(): it does not fail, but takes so long."""
        self.arm(call, delay_ms, n_pass, n, SLOW, rule)

    def n_left(self, rule=0):
        """How often it is still to fail."""
        return _RULE.unpack_from(self._page, _RULES_AT + rule * _RULE.size)[-1]

    def disarm(self, rule=0):
        _RULE.pack_into(self._page, _RULES_AT + rule * _RULE.size, 0, 0, 0, 0, 0)

    def counts(self):
        """How often each call came on the target."""
        numbers = struct.unpack_from(f"={_N_CALLS}Q", self._page, _TARGET.size)
        return {name: numbers[i] for name, i in CALLS.items()}
