/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_MAP_SOURCE_H
#define SOURCE_MAP_SOURCE_H

/*
 * Something that holds a map's entries: a map of the kernel, or memory
 * that behaves like one, so that what lies above can be tested without
 * privilege. A source is used by one thread at a time.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "model/layout.h"
#include "model/map_info.h"

/* Conditions, all > 0. */
enum {
	MAP_SOURCE_GONE = 1, /* nothing is pinned there, or has this id, any more */
	MAP_SOURCE_REPLACED, /* the locator now names another map */
	MAP_SOURCE_NO_BTF,   /* the map has none, or this process cannot read it */
};

/* Pairs of a map; key_size and n_cpus * value_stride bytes each, host byte order. */
struct map_batch {
	const void *keys;
	const void *values;
	uint32_t n; /* at least 1 */
};

/* Called once a batch, which is valid until it returns. Non-zero ends the read and is its result.
 */
typedef int (*map_sink_fn)(void *ctx, const struct map_batch *batch);

enum map_read_method {
	MAP_READ_AUTO,	   /* the fastest that works on this map */
	MAP_READ_BATCH,	   /* LOOKUP_BATCH */
	MAP_READ_NEXT_KEY, /* GET_NEXT_KEY and LOOKUP */
	MAP_READ_MAPPED,   /* the memory of an mmapable array; needs write permission on a pin */
};

struct map_read {
	map_sink_fn sink;
	void *ctx;
	uint64_t deadline_ns; /* monotonic; looked at between system calls; 0: none */
	enum map_read_method method;
};

struct map_source;

struct map_source_ops {
	int (*check)(struct map_source *s, struct err *e);
	int (*read)(struct map_source *s, const struct map_read *r, struct err *e);
	int (*drain)(struct map_source *s, const struct map_read *r, struct err *e);
	int (*count)(struct map_source *s, uint64_t deadline_ns, uint64_t *ret_n, struct err *e);
	int (*take)(struct map_source *s, const void *key, void *values, struct err *e);
	int (*layouts)(struct map_source *s, const char *state_dir, struct layout **ret_key,
		       struct layout **ret_value, struct err *e);
	void (*close)(struct map_source *s);
};

struct map_source {
	const struct map_source_ops *ops;
	struct map_info info;
};

/*
 * map_source_open() - open a map.
 * @locator:  its path on a bpf filesystem, or "id:N" (needs CAP_SYS_ADMIN, also
 *            for each check and read). A map opened by its id is not kept
 *            alive: it is gone when its program is, but not during a read.
 * @writable: for drains; else it is opened with BPF_F_RDONLY, which for a pin
 *            needs read permission and no capability.
 *
 * Return: 0, or MAP_SOURCE_GONE (> 0: nothing is pinned there, or has this
 *         id), -EACCES, -EPERM, -EMEDIUMTYPE (a program or link is pinned
 *         there), -EISDIR (a folder), -EINVAL (no bpf filesystem, no id),
 *         -EMFILE (also before the last descriptors are taken, which others
 *         need), -EBUSY (again and again), -ENOMEM, another -errno of the
 *         kernel. There is a sentence in @e for each but 0.
 */
int map_source_open(const char *locator, bool writable, struct map_source **ret_source,
		    struct err *e);

/*
 * map_source_check() - whether the locator still names the map that was
 * opened. Where it does, info.memory_bytes and info.pinned_wall_ns are what
 * they are now: also where a pin was touched, or replaced by another of the
 * same map.
 *
 * Return: 0, MAP_SOURCE_GONE, MAP_SOURCE_REPLACED, or the errors of
 *         map_source_open().
 */
static inline int map_source_check(struct map_source *s, struct err *e)
{
	return s->ops->check(s, e);
}

/*
 * map_source_read() - hand every pair of the map to the sink, in batches.
 *
 * No key comes twice. A pair that is there throughout comes; one that is
 * inserted or deleted meanwhile may. A contended map is tried again a hundred
 * times.
 *
 * Return: 0, what the sink returned, -ETIMEDOUT past the deadline,
 *         -EOPNOTSUPP where the type or method cannot be read, -EBUSY (the
 *         map changes faster than it can be read), -ENOENT (opened by its id,
 *         and gone since), -EPERM (opened by its id, and CAP_SYS_ADMIN is gone
 *         since), -ENOMEM, another -errno of the kernel.
 */
static inline int map_source_read(struct map_source *s, const struct map_read *r, struct err *e)
{
	return s->ops->read(s, r, e);
}

/*
 * map_source_drain() - the same with LOOKUP_AND_DELETE_BATCH: what was handed
 * to the sink is no longer in the map. The method is not looked at. The sink
 * must keep what it is given: a failure comes after it, never instead.
 *
 * The entries of a queue or stack are popped with LOOKUP_AND_DELETE_ELEM. They
 * have no keys, and the same may come twice. Programs may push as fast as they
 * are popped: after max_entries of them the rest waits for the next drain.
 *
 * Return: as map_source_read(), and -EPERM where the map is frozen or was
 *         opened read-only.
 */
static inline int map_source_drain(struct map_source *s, const struct map_read *r, struct err *e)
{
	return s->ops->drain(s, r, e);
}

/*
 * map_source_count() - how full the map is, also where it cannot be read: the
 * entries that it holds; of a ring buffer, whose max_entries are bytes, the
 * bytes that wait to be consumed.
 * @deadline_ns: as in struct map_read.
 *
 * Return: 0, -EOPNOTSUPP where the kernel does not tell (perf event arrays,
 *         socket and task storages, a queue that is not empty, a ring buffer
 *         whose pin this user may not write to), or as map_source_read().
 */
static inline int map_source_count(struct map_source *s, uint64_t deadline_ns, uint64_t *ret_n,
				   struct err *e)
{
	return s->ops->count(s, deadline_ns, ret_n, e);
}

/*
 * map_source_take() - take one pair out, with LOOKUP_AND_DELETE_ELEM.
 * @values: room for n_cpus * value_stride bytes.
 *
 * A kernel before 5.14 does it in two steps: what is added between them is lost.
 *
 * Return: 0, -ENOENT (it is not there any more, or was opened by its id and
 *         the whole map is gone), -EOPNOTSUPP (no hash), -EPERM (frozen,
 *         or opened read-only), -EBUSY (contended throughout), another -errno
 *         of the kernel. There is a sentence in @e for each but 0.
 */
static inline int map_source_take(struct map_source *s, const void *key, void *values,
				  struct err *e)
{
	return s->ops->take(s, key, values, e);
}

/*
 * map_source_layouts() - the layouts of key and value, from BTF. A part that
 * BTF does not describe is NULL, as is the key of a program's globals. The
 * caller frees them.
 * @state_dir: where this process may not read the map's BTF, its copy is
 *             looked for in this folder (source/btf_store.h); NULL: nowhere.
 *
 * Return: 0, MAP_SOURCE_NO_BTF (> 0, with the reason and what to do in @e),
 *         -ENOMEM, -EINVAL (BTF that contradicts itself or the map's sizes).
 */
static inline int map_source_layouts(struct map_source *s, const char *state_dir,
				     struct layout **ret_key, struct layout **ret_value,
				     struct err *e)
{
	return s->ops->layouts(s, state_dir, ret_key, ret_value, e);
}

static inline void map_source_close(struct map_source *s)
{
	if (s)
		s->ops->close(s);
}
DEFINE_CLEANUP(map_source_close, struct map_source *)

/* map_fd_info() - what the kernel says of an open map, nothing of its pin. Return: 0 or -errno. */
int map_fd_info(int fd, struct map_info *ret_info);

#endif
