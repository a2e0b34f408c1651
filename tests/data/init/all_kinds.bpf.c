// SPDX-License-Identifier: GPL-2.0-only
/* Every kind of type and map that the other layouts lack. */
#include "map.h"

enum state { IDLE, BUSY, BROKEN = 7 };
enum __attribute__((packed)) small { LOW = -1, HIGH = 1 };

struct event {
	__u64 count;
	__u32 pid;
	char comm[16];
};

struct leaf {
	union {
		struct {
			struct {
				struct {
					union {
						__u64 packets;
						__u8 raw[8];
					};
				} d;
			};
		} b;
		__u64 word;
	};
	struct {
		struct {
			struct {
				struct {
					struct {
						__u32 bytes;
					} h;
				} g;
			} f;
		} e;
	} c;
};

struct odd_key {
	__u8 a;
	__u8 b;
	__u8 c;
} __attribute__((packed));

struct a_structure_with_a_name_that_goes_on_for_much_longer_than_any_person_would_want {
	__u64 a_counter_of_packets_with_a_name_that_goes_on_for_longer_than_sixty_three_characters;
	__u64 a_counter_of_packets_with_a_name_that_goes_on_for_longer_than_sixty_three_characterz;
};

/* Names that a configuration, YAML or a metric gives a meaning of its own. */
struct words {
	__u64 le, count, sum, bucket, total, info, __reserved, packets_total;
	__u64 null, yes, no, on, off, y, n, key, value, name, map, pin, cpu, quantile, __name__;
};

#define TEN(x) x##0, x##1, x##2, x##3, x##4, x##5, x##6, x##7, x##8, x##9
#define HUNDRED(x)                                                                              \
	TEN(x##0), TEN(x##1), TEN(x##2), TEN(x##3), TEN(x##4), TEN(x##5), TEN(x##6), TEN(x##7), \
		TEN(x##8), TEN(x##9)
struct wide {
	__u64 HUNDRED(a), HUNDRED(b), HUNDRED(c);
};

struct versions {
	__u32 v1;
	__u32 v2;
};

struct long_array {
	__u32 counts[100000];
};

MAP(deep, HASH, __u64, struct leaf, 16, 0);
MAP(odd_keys, HASH, struct odd_key, __u64, 16, 0);
MAP(long_names, HASH, __u32,
    struct a_structure_with_a_name_that_goes_on_for_much_longer_than_any_person_would_want, 16, 0);
MAP(words, HASH, struct words, struct words, 16, 0);
MAP(wide, HASH, __u32, struct wide, 16, 0);
MAP(versions, HASH, __u32, struct versions, 16, 0);
MAP(long_array, ARRAY, __u32, struct long_array, 1, 0);
MAP(long_values, ARRAY, __u32, __u64, 100000, 0);
MAP(states, HASH, enum state, __u32, 16, 0);
MAP(seen, LRU_HASH, __u64, _Bool, 16, 0);

struct {
	__uint(type, QUEUE);
	__uint(max_entries, 64);
	__type(value, struct event);
} events SEC(".maps");

struct {
	__uint(type, STACK);
	__uint(max_entries, 64);
	__type(value, __u64);
} free_slots SEC(".maps");

struct {
	__uint(type, BLOOM_FILTER);
	__uint(max_entries, 64);
	__type(value, __u32);
} bloom SEC(".maps");

struct {
	__uint(type, HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
	__array(
		values, struct {
			__uint(type, HASH);
			__uint(max_entries, 16);
			__type(key, __u32);
			__type(value, __u64);
		});
} by_tenant SEC(".maps");

double load_average = 1.5;
float ratio = 0.25;
_Bool is_enabled = 1;
enum state current_state = BROKEN;
enum small direction_hint = LOW;
__s32 temperature = -3;
__u64 n_requests = 12;
__u8 one_element[1] = {4};
struct event *last_event = (void *)0;
unsigned __int128 wide_number = 5;
char version[16] = "v1.2";
