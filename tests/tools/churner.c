// SPDX-License-Identifier: GPL-2.0-only
/*
 * churner TYPE PIN CONTROL RATE: a map of 100,000 keys, half of which stay
 * while the others are replaced, RATE times a second, until the standard input
 * ends. tests/e2e/test_churn.py knows what this file does, number by number.
 *
 * - Keys below N_CONSTANT keep their value, those up to N_STABLE are set
 *   to the number of the round, again and again.
 * - Each other key is number `seq` of a long row: of the row there are
 *   always the last WINDOW in the map, or a batch fewer. The row is in no order,
 *   or a walk along the keys of a trie would meet more and more new ones. Keys
 *   come again after SPACE others, with the value of another generation.
 * - A value is made of the key, so that no other key's can be taken for it.
 * - The control page says how far it has got. What begins is noted before the
 *   system call, what is done after it.
 *
 * Exits with 1 where the kernel itself lost a key that stays.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define N_CONSTANT 25000
#define N_STABLE   50000
#define WINDOW	   50000
#define SPACE	   (UINT64_C(1) << 20) /* also the first of these keys */
#define BATCH	   1000
#define MIX	   UINT32_C(2654435761)
#define SWEEP	   100 /* keys of a round between two batches */

struct control {
	uint64_t delete_begun, delete_done; /* of the row */
	uint64_t insert_begun, insert_done;
	uint64_t round_begun, round_done;
};

struct churner {
	struct control *control;
	int fd;
	bool is_trie;
	uint32_t n; /* of what follows */
	uint32_t keys[2 * BATCH];
	uint64_t values[BATCH];
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "churner: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void note(uint64_t *where, uint64_t value)
{
	__atomic_store_n(where, value, __ATOMIC_SEQ_CST);
}

static void add(struct churner *c, uint32_t key, uint64_t n)
{
	if (c->is_trie) {
		c->keys[2 * c->n] = 32;
		c->keys[2 * c->n + 1] = htonl(key);
	} else {
		c->keys[c->n] = key;
	}
	c->values[c->n++] = (uint64_t)(key * MIX) << 24 | n;
}

static void add_of_row(struct churner *c, uint64_t seq)
{
	add(c, (uint32_t)(SPACE + seq * MIX % SPACE), seq / SPACE);
}

static void update(struct churner *c)
{
	uint32_t n = c->n;

	if (bpf_map_update_batch(c->fd, c->keys, c->values, &n, NULL) || n != c->n)
		die("inserting");
	c->n = 0;
}

/* The prefix of all others: the kernel finds it in place of one that is just gone. */
static void update_shortest(struct churner *c)
{
	static const uint32_t key[2];
	static const uint64_t value = 1;

	if (bpf_map_update_elem(c->fd, key, &value, 0))
		die("inserting the shortest prefix");
}

static void drop(struct churner *c)
{
	uint32_t n = c->n;

	if (bpf_map_delete_batch(c->fd, c->keys, &n, NULL) || n != c->n)
		die("deleting");
	c->n = 0;
}

static void insert_next(struct churner *c)
{
	uint64_t first = c->control->insert_done;

	for (uint64_t i = 0; i < BATCH; i++)
		add_of_row(c, first + i);
	note(&c->control->insert_begun, first + BATCH);
	update(c);
	note(&c->control->insert_done, first + BATCH);
}

static void replace(struct churner *c)
{
	uint64_t first = c->control->delete_done;

	for (uint64_t i = 0; i < BATCH; i++)
		add_of_row(c, first + i);
	note(&c->control->delete_begun, first + BATCH);
	drop(c);
	note(&c->control->delete_done, first + BATCH);
	insert_next(c);
}

/* Some keys of the round; the one after the last begins the next. */
static void sweep(struct churner *c)
{
	static uint32_t next = N_STABLE;

	if (next == N_STABLE) {
		note(&c->control->round_done, c->control->round_begun);
		note(&c->control->round_begun, c->control->round_begun + 1);
		next = N_CONSTANT;
	}
	for (uint32_t end = next + SWEEP; next < end; next++)
		add(c, next, c->control->round_begun);
	update(c);
}

static void create(struct churner *c, const char *type, const char *pin)
{
	LIBBPF_OPTS(bpf_map_create_opts, trie, .map_flags = BPF_F_NO_PREALLOC);

	c->is_trie = !strcmp(type, "lpm_trie");
	if (c->is_trie)
		c->fd = bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, "churned", 8, 8, 131072, &trie);
	else if (!strcmp(type, "lru_hash")) /* so large that none is evicted */
		c->fd = bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "churned", 4, 8, 400000, NULL);
	else
		c->fd = bpf_map_create(BPF_MAP_TYPE_HASH, "churned", 4, 8, 131072, NULL);
	if (c->fd < 0)
		die("creating the map");
	for (uint32_t key = 0; key < N_STABLE;) {
		while (c->n < BATCH)
			add(c, key++, 0);
		update(c);
	}
	if (c->is_trie)
		update_shortest(c);
	while (c->control->insert_done < WINDOW)
		insert_next(c);
	if (bpf_obj_pin(c->fd, pin))
		die(pin);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* As fast as wanted, or as it goes: what was missed is not made up for. */
static void churn(struct churner *c, uint64_t rate)
{
	uint64_t step_ns = UINT64_C(1000000000) * BATCH / rate, due_ns = now_ns();
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	uint64_t now;

	while (!poll(&input, 1, 0)) {
		replace(c);
		sweep(c);
		due_ns += step_ns;
		now = now_ns();
		if (now < due_ns)
			usleep((useconds_t)((due_ns - now) / 1000));
		else if (now > due_ns + 100 * step_ns)
			due_ns = now;
	}
}

static void check_stable(struct churner *c)
{
	for (uint32_t key = 0; key < N_STABLE; key++) {
		uint64_t value;

		c->n = 0;
		add(c, key, 0);
		if (bpf_map_lookup_elem(c->fd, c->keys, &value))
			die("looking for a key that should have stayed");
	}
}

int main(int argc, char **argv)
{
	struct churner *c = calloc(1, sizeof(*c));
	uint64_t rate = argc == 5 ? strtoull(argv[4], NULL, 10) : 0;
	int fd;

	if (!c || !rate) {
		fprintf(stderr, "Usage: churner TYPE PIN CONTROL RATE\n");
		return 2;
	}
	fd = open(argv[3], O_RDWR | O_CLOEXEC);
	c->control = mmap(NULL, sizeof(*c->control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || c->control == MAP_FAILED)
		die(argv[3]);
	create(c, argv[1], argv[2]);
	churn(c, rate);
	check_stable(c);
	return 0;
}
