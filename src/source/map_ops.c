// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thin: libbpf does the system calls, with -errno as its result since 1.0.
 *
 * What is added is the count of a batch. The kernel writes it only when it got
 * as far as the elements; otherwise the caller's own number stands there and
 * looks like success.
 *
 * - A lookup writes 0 before it begins, and the number of pairs with whatever
 *   ends it half-way. That may be the caller's own only with those errors that
 *   can strike when the buffers are full; with others, as of memory for a
 *   bucket that is longer than those before, it was never written. Nor was it
 *   where the call did not get as far as the map: then the token, which comes
 *   with the pairs, is still what was put there before.
 * - An update or delete that failed stopped before its last element, so a
 *   number that is still the caller's was never written.
 */
#include "source/map_ops.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

int map_create(const struct map_create_opts *opts)
{
	LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = opts->flags,
		    .inner_map_fd = (__u32)opts->inner_map_fd, .btf_fd = (__u32)opts->btf_fd,
		    .btf_key_type_id = opts->btf_key_type_id,
		    .btf_value_type_id = opts->btf_value_type_id);

	return bpf_map_create(opts->type, opts->name, opts->key_size, opts->value_size,
			      opts->max_entries, &o);
}

int map_update(int fd, const void *key, const void *value, uint64_t flags)
{
	return bpf_map_update_elem(fd, key, value, flags);
}

int map_lookup(int fd, const void *key, void *value)
{
	return bpf_map_lookup_elem(fd, key, value);
}

int map_delete(int fd, const void *key)
{
	return bpf_map_delete_elem(fd, key);
}

int map_lookup_and_delete(int fd, const void *key, void *value)
{
	return bpf_map_lookup_and_delete_elem(fd, key, value);
}

int map_next_key(int fd, const void *key, void *next_key)
{
	return bpf_map_get_next_key(fd, key, next_key);
}

static bool may_come_with_all(int r)
{
	return r == 0 || r == -ENOENT || r == -EBUSY || r == -EDEADLK || r == -ETIMEDOUT ||
	       r == -EINTR;
}

/* No number of a bucket, and no key that a full batch ends with. */
static const uint32_t no_token = 0xa5a5a5a5;

static void mark(void *token)
{
	if (token)
		memcpy(token, &no_token, sizeof(no_token));
}

static bool is_marked(const void *token)
{
	return token && !memcmp(token, &no_token, sizeof(no_token));
}

static int settle_count(int r, uint32_t n_room, const void *out_token, uint32_t *count)
{
	if (!r || *count != n_room || (may_come_with_all(r) && !is_marked(out_token)))
		return r;
	*count = 0;
	return r == -ENOENT ? -EIO : r; /* not the map's end */
}

int map_lookup_batch(int fd, const void *in_token, void *out_token, void *keys, void *values,
		     uint32_t *count)
{
	uint32_t n = *count;
	int r;

	mark(out_token);
	r = bpf_map_lookup_batch(fd, (void *)in_token, out_token, keys, values, count, NULL);
	return settle_count(r, n, out_token, count);
}

int map_lookup_and_delete_batch(int fd, const void *in_token, void *out_token, void *keys,
				void *values, uint32_t *count)
{
	uint32_t n = *count;
	int r;

	mark(out_token);
	r = bpf_map_lookup_and_delete_batch(fd, (void *)in_token, out_token, keys, values, count,
					    NULL);
	return settle_count(r, n, out_token, count);
}

int map_update_batch(int fd, const void *keys, const void *values, uint32_t *count,
		     uint64_t elem_flags)
{
	LIBBPF_OPTS(bpf_map_batch_opts, o, .elem_flags = elem_flags);
	uint32_t n = *count;
	int r = bpf_map_update_batch(fd, keys, values, count, &o);

	if (r && *count == n)
		*count = 0;
	return r;
}

int map_delete_batch(int fd, const void *keys, uint32_t *count)
{
	uint32_t n = *count;
	int r = bpf_map_delete_batch(fd, keys, count, NULL);

	if (r && *count == n)
		*count = 0;
	return r;
}

int map_freeze(int fd)
{
	return bpf_map_freeze(fd);
}

int map_pin(int fd, const char *path)
{
	return bpf_obj_pin(fd, path);
}

int map_get(const char *path, uint32_t file_flags)
{
	LIBBPF_OPTS(bpf_obj_get_opts, o, .file_flags = file_flags);

	return bpf_obj_get_opts(path, &o);
}

int map_get_by_id(uint32_t id, uint32_t file_flags)
{
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, o, .open_flags = file_flags);

	return bpf_map_get_fd_by_id_opts(id, &o);
}

int map_next_id(uint32_t id, uint32_t *ret_id)
{
	return bpf_map_get_next_id(id, ret_id);
}
