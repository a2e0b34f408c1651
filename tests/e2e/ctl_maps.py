# SPDX-License-Identifier: GPL-2.0-only
"""Running bpfmapctl, and maps of every type that it has to show."""

import json
import os
import struct
import subprocess

import bpf
import support

CTL = os.path.join(support.BUILD, "bpfmapctl")

PROGRAM = """
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 my_id_t;
#define MAP(name, type_n, n, K, V) \\
	struct { int (*type)[type_n]; int (*max_entries)[n]; K *key; V *value; } \\
	name __attribute__((section(".maps"), used))

enum verdict { PASS, DROP = 3, ERROR = -1 };
struct in6_addr { __u8 bytes[16]; };
struct flow {
	__be16 port;
	__u8 proto;
	/* a byte of padding */
	struct { __u32 zone; union { __u32 low; __u8 lowest; }; };
	struct in6_addr whole;
};
struct point { int x; char tag[4]; };
struct stats {
	__u64 packets;
	int delta;
	_Bool on;
	enum verdict verdict;
	double ratio;
	float half;
	char text[16];
	__u8 raw[4];
	__u32 a : 3, b : 13;
	int c : 4;
	__u32 counts[3];
	struct point points[2];
	union { __u32 word; __u16 short_; } u;
	__int128 wide;
	struct { __u8 deep; } inner;
	__u32 many[40];
	__u8 long_raw[64];
};
struct sums { __u64 calls; __u32 small; int below; enum verdict verdict; double d; char name[8]; __u32 pair[2]; };

MAP(flows, 1, 8, struct flow, struct stats);
MAP(ids, 1, 1000, my_id_t, __u32);
MAP(sums, 5, 8, __u32, struct sums);
MAP(slots, 2, 3, __u32, __u64);

__u64 runs = 5;
char greeting[8] = "hello";

__attribute__((section("socket"), used)) int count(void *ctx)
{
	runs++;
	return greeting[0];
}
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
"""

def flow(port, proto, zone, low, whole=bytes(range(16))):
    return struct.pack(">H", port) + struct.pack("=BxII16s", proto, zone, low, whole)


def stats(packets=1, delta=-2, on=1, verdict=3, ratio=0.5, half=0.25, text=b"hi", raw=b"\x00\x01\xfe\xff",
          a=5, b=8000, c=-3, counts=(1, 2, 3), word=0x01020304):
    bits = a | b << 3
    head = struct.pack("=Qi?3xi4xdf16s4s", packets, delta, on, verdict, ratio, half, text, raw)
    # a and b fill 16 bits of a word, c the next four
    body = struct.pack("=I3I", bits | (c & 15) << 16, *counts)
    body += struct.pack("=i4si4s", 1, b"p1", -1, b"p2") + struct.pack("=I", word)
    data = head + body
    data += bytes(-len(data) % 16)
    data += (2**127 + 5).to_bytes(16, "little") + b"\x07" + bytes(3)
    data += struct.pack("=40I", *range(40)) + bytes(range(64))
    return data + bytes(-len(data) % 16)


def sums(calls, small=0, below=0, verdict=0, d=0.0, name=b"", pair=(0, 0)):
    """One CPU's value."""
    data = struct.pack("=QIiixxxxd8sII", calls, small, below, verdict, d, name, *pair)
    return data + bytes(-len(data) % 8)


def on_cpus(*values):
    """A per-CPU value: what is not given is zero."""
    return b"".join(values) + bytes(len(values[0]) * (bpf.N_CPUS - len(values)))


class Case(support.Case):
    """A test with the maps of PROGRAM pinned in its folder."""

    def load_maps(self):
        self.load_program("ctl", PROGRAM, "pinmaps", self.pins)

    def ctl(self, *args, status=0, **kwargs):
        result = subprocess.run([CTL, *args], capture_output=True, check=False, **kwargs)
        self.assertEqual(result.returncode, status, (args, result.stdout[-2000:], result.stderr))
        return result

    def put(self, pin, entries):
        fd = bpf.get(self.pin(pin))
        try:
            for key, value in entries.items():
                bpf.update(fd, key, value)
        finally:
            os.close(fd)

    def dump(self, pin, *args):
        """The entries as Python reads them from the JSON."""
        return json.loads(self.ctl("dump", self.pin(pin), "--format=json", *args).stdout)
