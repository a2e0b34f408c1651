// SPDX-License-Identifier: GPL-2.0-only
/* Global variables of every kind, for the test that reads them. */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;

#define SEC(name) __attribute__((section(name), used))

enum mode { OFF, ON = 7 };
enum fall { DOWN = -2, UP = 1 };
enum __attribute__((packed)) small { BEFORE = -1, AFTER = 1 };
enum __attribute__((packed)) byte { FEW = 1, MANY = 200 };
enum wide { LOW = 1, HIGH = 0x100000000ULL };

struct hist {
	__u32 slots[27];
};

struct point {
	__u16 x;
	__u64 y;
};

struct bits {
	__u32 low : 3;
	__u32 middle : 13;
	int negative : 10;
	__u64 large : 40;
	__u8 flag : 1;
	enum mode mode : 4;
};

struct nest {
	int number;
	union {
		struct {
			__be32 address;
			__be16 port;
		};
		union {
			__u64 word;
			__u8 raw[16];
		};
	};
};

struct hist hists[4];
struct point points[3];
struct bits bits;
struct nest nest;
__u64 total;
__u32 matrix[2][3];
char names[3][16];
enum mode mode;
enum fall fall;
enum small small;
enum byte byte;
enum wide wide;
void *pointer;
struct nest *link;
_Bool flag;
double fraction;
float half;

static volatile __u32 started = 5;
int negative = -3;

const volatile __u32 limit = 9;
const volatile char label[8] = "text";

static __attribute__((noinline)) __u32 count(void)
{
	static __u32 calls;

	return ++calls;
}

SEC("raw_tp/sys_enter")
int fill(void *ctx)
{
	static __u32 calls, slots[4];

	{
		static __u32 calls = 40; /* another one of this name */

		calls++;
	}
	calls++;
	slots[calls & 3] = 11;
	hists[1].slots[26] = 12;
	hists[3].slots[0] = limit;
	points[2].y = 13;
	bits.low = 5;
	bits.middle = 0x1234;
	bits.negative = -4;
	bits.large = 0xabcdef0123ULL;
	bits.flag = 1;
	bits.mode = ON;
	nest.number = -1;
	nest.address = 0x0100007f;
	nest.port = 0x5000;
	matrix[1][2] = 14;
	names[2][0] = label[0];
	mode = ON;
	fall = DOWN;
	small = BEFORE;
	byte = MANY;
	wide = HIGH;
	pointer = ctx;
	link = &nest;
	flag = 1;
	total += started + negative + count() + slots[(calls + 1) & 3];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
