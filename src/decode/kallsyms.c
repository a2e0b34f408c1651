// SPDX-License-Identifier: GPL-2.0-only
/*
 * One table for the process, read at the first use and kept until it ends: who
 * reads it later may have dropped the privilege to see addresses. For the same
 * reason a new table takes the old one's place only if it has addresses.
 *
 * The file has no sizes. A function ends where the next symbol begins, of
 * whatever kind, so symbols that are no functions are kept, too, but without
 * names. An address far behind the last function before it belongs to none.
 *
 * Modules and programs come and go, so an unknown address reads the file
 * again, but not often. User addresses never do: they have the top bit clear.
 */
#include "kallsyms_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "lookup_paths_internal.h"
#include "name_table_internal.h"

#define MAX_SYMBOLS	   (4U << 20)
#define MAX_NAME_BYTES	   (256U << 20)
#define MAX_FUNCTION_BYTES (1U << 20)
#define READ_AGAIN_NS	   (60 * NS_PER_S)

static struct {
	pthread_mutex_t lock;
	struct name_table symbols;
	bool was_tried;
	uint64_t tried_ns;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* "ffffffff81000000 T name\t[module]": hidden addresses are 0. Return: as name_table_add(). */
static int add_line(struct name_table *t, char *line)
{
	char *end, *name;
	uint64_t address = strtoull(line, &end, 16);
	bool is_function;

	if (!address || end[0] != ' ' || !end[1] || end[2] != ' ')
		return 0;
	is_function = strchr("tTwW", end[1]);
	name = end + 3;
	name[is_function ? strcspn(name, " \t\n") : 0] = '\0';
	return name_table_add(t, address, str_of(name));
}

static int read_symbols(struct name_table *t)
{
	_cleanup_(fclosep) FILE *f = fopen(lookup_paths.kallsyms, "re");
	_cleanup_(freep) char *line = NULL;
	size_t cap = 0;
	int r = 0;

	if (!f)
		return -errno;
	while (r == 0 && getline(&line, &cap, f) > 0)
		r = add_line(t, line);
	name_table_sort(t);
	return r == 0 && ferror(f) ? -EIO : r;
}

/* With the lock held. Return: 0 or -ENOMEM. */
static int read_again(uint64_t now_ns)
{
	struct name_table t = {.max_items = MAX_SYMBOLS, .max_bytes = MAX_NAME_BYTES};
	int r = read_symbols(&t);

	shared.was_tried = true;
	shared.tried_ns = now_ns;
	if (r < 0 || !t.text.len) {
		name_table_done(&t);
		return r == -ENOMEM ? r : 0;
	}
	name_table_done(&shared.symbols);
	shared.symbols = t;
	return 0;
}

static struct str find_symbol(uint64_t address)
{
	const struct name_table_item *item = name_table_floor(&shared.symbols, address);

	if (!item || address - item->number > MAX_FUNCTION_BYTES)
		return STR("");
	return name_table_name(&shared.symbols, item);
}

static bool is_time(uint64_t now_ns)
{
	return !shared.was_tried || now_ns >= shared.tried_ns + READ_AGAIN_NS;
}

static int write_locked(uint64_t address, uint64_t now_ns, struct buf *out)
{
	struct str name = find_symbol(address);
	int r;

	if (!name.n && address >> 63 && is_time(now_ns)) {
		r = read_again(now_ns);
		if (r < 0)
			return r;
		name = find_symbol(address);
	}
	return name.n ? buf_append(out, name.p, name.n)
		      : buf_printf(out, "0x%llx", (unsigned long long)address);
}

int kallsyms_load(uint64_t now_ns)
{
	int r = 0;

	pthread_mutex_lock(&shared.lock);
	if (!shared.was_tried)
		r = read_again(now_ns);
	pthread_mutex_unlock(&shared.lock);
	return r;
}

int kallsyms_write(uint64_t address, uint64_t now_ns, struct buf *out)
{
	int r;

	pthread_mutex_lock(&shared.lock);
	r = write_locked(address, now_ns, out);
	pthread_mutex_unlock(&shared.lock);
	return r;
}

void kallsyms_forget(void)
{
	pthread_mutex_lock(&shared.lock);
	name_table_done(&shared.symbols);
	shared.was_tried = false;
	pthread_mutex_unlock(&shared.lock);
}
