/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_MAP_OPS_H
#define SOURCE_MAP_OPS_H

/*
 * The operations on eBPF maps, one system call each, over libbpf.
 *
 * All return 0 (or a descriptor) or -errno. What libbpf leaves to its callers
 * is settled here: 524 is handed on as -MAP_ENOTSUPP, and a batch call sets
 * its count on every return.
 *
 * A key takes key_size bytes. A value takes value_size bytes in one copy; in a
 * per-CPU map round_up(value_size, 8) bytes for each *possible* CPU, in the
 * order of their numbers. The elements of a batch follow one another without
 * gaps. In a map of maps a value is 4 bytes: a descriptor where it is written,
 * a map id where it is read.
 *
 * Any of them may return, beside what its comment names:
 *   -EBADF   @fd is not open,
 *   -EINVAL  @fd is no map, or the kernel is older than the command,
 *   -EFAULT  a buffer is not there,
 *   -ENOMEM  no memory in the kernel,
 *   -EPERM   the process may not use bpf() at all: CAP_BPF is missing and the
 *            kernel is older than 5.19, or a seccomp filter forbids it.
 */
#include <stddef.h>
#include <stdint.h>

/* The kernel's ENOTSUPP, which no C library header has: the map type lacks the command. */
#define MAP_ENOTSUPP 524

/* What map_create() makes. Zero is the default of each field but the first sizes. */
struct map_create_opts {
	uint32_t type;	      /* enum bpf_map_type */
	const char *name;     /* at most 15 bytes, the rest is cut; NULL: none */
	uint32_t key_size;    /* bytes; 0 for queues, stacks, ring buffers */
	uint32_t value_size;  /* bytes; 0 for ring buffers */
	uint32_t max_entries; /* at least 1 */
	uint32_t flags;	      /* BPF_F_* */
	int inner_map_fd;     /* maps of maps: a map like those it will hold; 0: none */
	int btf_fd;	      /* 0: no BTF */
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
};

/*
 * map_create() - a new map, gone with its last descriptor and pin.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_CREATE.
 *
 * Return: a descriptor that is closed on exec, or
 *         -EINVAL (a type, size or flag that does not go with the others; BTF
 *         whose types are not of these sizes), -E2BIG (sizes that together
 *         exceed what the kernel can address), -ENOMEM, -EPERM (CAP_BPF is
 *         missing; CAP_SYS_ADMIN for some types), -EMFILE.
 */
int map_create(const struct map_create_opts *opts);

/*
 * map_update() - insert a pair, or replace a key's value.
 * @value: of every possible CPU in a per-CPU map.
 * @flags: BPF_ANY: either; BPF_NOEXIST: only insert; BPF_EXIST: only replace;
 *         with BPF_F_LOCK under the value's spin lock.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_UPDATE_ELEM.
 *
 * Return: 0, or -EEXIST (BPF_NOEXIST, and the key is there: always so in an
 *         array), -ENOENT (BPF_EXIST, and it is not), -E2BIG (the map is full,
 *         or an array's index is outside it; an LRU evicts instead; an LPM
 *         trie says -ENOSPC), -EPERM (a read-only descriptor, or the map is
 *         frozen), -EBUSY (bucket contention: try again), -EINVAL (unknown
 *         flags, a prefix longer than the key).
 */
int map_update(int fd, const void *key, const void *value, uint64_t flags);

/*
 * map_lookup() - copy out a key's value. Does not count as a use in an LRU map.
 * @value: room for the value of every possible CPU in a per-CPU map.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_LOOKUP_ELEM.
 *
 * Return: 0, or -ENOENT (no such key; an empty queue), -EPERM (a write-only
 *         descriptor), -MAP_ENOTSUPP (the type cannot be looked up).
 */
int map_lookup(int fd, const void *key, void *value);

/*
 * map_delete() - remove a pair.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_DELETE_ELEM.
 *
 * Return: 0, or -ENOENT (no such key), -EPERM (a read-only descriptor, or the
 *         map is frozen), -EINVAL (an array, or another type from which
 *         nothing can be deleted), -EBUSY (contention: try again).
 */
int map_delete(int fd, const void *key);

/*
 * map_lookup_and_delete() - take a pair out, or pop from a queue or stack.
 * @key:   NULL for a queue or stack.
 * @value: as for map_lookup().
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_LOOKUP_AND_DELETE_ELEM; hash types
 * since 5.14, queue and stack since 4.20.
 *
 * Return: 0, or -ENOENT (no such key, nothing to pop), -EPERM (as
 *         map_delete()), -MAP_ENOTSUPP (arrays, LPM tries and other types),
 *         -EBUSY (contention: try again).
 */
int map_lookup_and_delete(int fd, const void *key, void *value);

/*
 * map_next_key() - step through the keys, in an order of the kernel's own.
 * @key:      the last one, or NULL for the first. One that is no longer there
 *            starts from the beginning again.
 * @next_key: room for key_size bytes; may be the same memory as @key.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_GET_NEXT_KEY.
 *
 * Return: 0, or -ENOENT (@key was the last, or the map is empty), -EPERM (a
 *         write-only descriptor), -EINVAL or -MAP_ENOTSUPP (the type has no
 *         keys), -ENOMEM.
 */
int map_next_key(int fd, const void *key, void *next_key);

/*
 * map_lookup_batch() - copy out many pairs, going on where the last call ended.
 * @in_token:  NULL in the first call, then what the last one left in
 *             @out_token; never one of an earlier pass, which may silently
 *             start over. A zeroed token is *not* the beginning.
 * @out_token: max(key_size, 4) bytes: the kernel writes a bucket number for
 *             hash types and a whole key for all others. Not @in_token.
 * @keys:      room for *@count keys.
 * @values:    room for *@count values.
 * @count:     in: room; out, on every return: pairs that were copied. Look at
 *             it before the error.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_LOOKUP_BATCH; hash types and array
 * since 5.6, per-CPU array and LPM trie since 5.13, maps of maps since 5.19.
 *
 * Return: 0 (there may be more), or
 *         -ENOENT (the end; these *@count pairs are the last),
 *         -ENOSPC (hash types: the next bucket holds more than *@count pairs
 *         do; 0 copied: repeat with the same @in_token and larger buffers),
 *         -EBUSY, -EDEADLK, -ETIMEDOUT (hash types: a bucket was contended) or
 *         -EINTR (others, before 6.14: keys vanished): go on from @out_token
 *         if *@count is not 0, else repeat,
 *         -ENOMEM (hash types: also after *@count pairs, for a bucket that is
 *         longer than those before),
 *         -MAP_ENOTSUPP (the type lacks it), -EINVAL (so does the kernel),
 *         -EPERM (a write-only descriptor).
 */
int map_lookup_batch(int fd, const void *in_token, void *out_token, void *keys, void *values,
		     uint32_t *count);

/*
 * map_lookup_and_delete_batch() - take many pairs out. The four hash types only.
 *
 * Parameters as map_lookup_batch(). *@count pairs have left the map with any
 * error too; with -EFAULT pairs may have left it that were not copied.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_LOOKUP_AND_DELETE_BATCH; since 5.6.
 *
 * Return: as map_lookup_batch(), and -EPERM (a read-only descriptor, or the
 *         map is frozen).
 */
int map_lookup_and_delete_batch(int fd, const void *in_token, void *out_token, void *keys,
				void *values, uint32_t *count);

/*
 * map_update_batch() - as many map_update()s in turn, until one fails.
 * @count:      in: pairs; out: how many went in. The next one is at fault.
 * @elem_flags: BPF_ANY or BPF_F_LOCK; not BPF_NOEXIST or BPF_EXIST.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_UPDATE_BATCH; since 5.6.
 *
 * Return: 0, or what map_update() returns for the pair at *@count, or
 *         -MAP_ENOTSUPP (the type lacks it), -EINVAL (so does the kernel, or
 *         it does not know these flags).
 */
int map_update_batch(int fd, const void *keys, const void *values, uint32_t *count,
		     uint64_t elem_flags);

/*
 * map_delete_batch() - as many map_delete()s in turn, until one fails.
 * @count: in: keys; out: how many were deleted. The next one is at fault.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_DELETE_BATCH; since 5.6.
 *
 * Return: 0, or what map_delete() returns for the key at *@count, or
 *         -MAP_ENOTSUPP (arrays and others lack it), -EINVAL (so does the
 *         kernel).
 */
int map_delete_batch(int fd, const void *keys, uint32_t *count);

/*
 * map_freeze() - forbid writes by system calls, for good. Programs still write.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_FREEZE; since 5.2.
 *
 * Return: 0, or -EBUSY (written at the moment, or mapped writable), -EPERM (a
 *         read-only descriptor, or frozen already: -EBUSY in older kernels),
 *         -MAP_ENOTSUPP (types and values that cannot be frozen).
 */
int map_freeze(int fd);

/*
 * map_pin() - give a map a name that outlives the process.
 * @path: a new file on a bpf filesystem; no part of it within that filesystem
 *        may hold a dot.
 *
 * Source: include/uapi/linux/bpf.h, BPF_OBJ_PIN.
 *
 * Return: 0, or -EEXIST, -ENOENT (its folder is not there), -EACCES, -EPERM (a
 *         dot in the name, or the folder is on no bpf filesystem), -EINVAL
 *         (@fd is not open or nothing of BPF).
 */
int map_pin(int fd, const char *path);

/*
 * map_get() - open what is pinned: a map, but a program or link as well.
 * @file_flags: 0 to read and write, BPF_F_RDONLY or BPF_F_WRONLY. Read-only
 *              needs read permission on the pin and no capability.
 *
 * Source: include/uapi/linux/bpf.h, BPF_OBJ_GET.
 *
 * Return: a descriptor that is closed on exec, or -ENOENT, -EACCES (forbidden
 *         by the permissions of the pin or its folders, or not on a bpf
 *         filesystem), -EINVAL (a link is pinned there and @file_flags is not
 *         0; unknown flags), -EMFILE.
 */
int map_get(const char *path, uint32_t file_flags);

/*
 * map_get_by_id() - open a loaded map, pinned or not.
 * @file_flags: as for map_get().
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_GET_FD_BY_ID; since 4.13.
 *
 * Return: a descriptor that is closed on exec, or -ENOENT, -EPERM
 *         (CAP_SYS_ADMIN is missing), -EINVAL (unknown flags), -EMFILE.
 */
int map_get_by_id(uint32_t id, uint32_t file_flags);

/*
 * map_next_id() - step through the loaded maps, by ascending ids.
 * @id: the last one, 0 for the first; it need not exist.
 *
 * Source: include/uapi/linux/bpf.h, BPF_MAP_GET_NEXT_ID; since 4.13.
 *
 * Return: 0, or -ENOENT (there is none above @id), -EPERM (CAP_SYS_ADMIN is
 *         missing), -EINVAL (@id is 2^31 - 1 or above).
 */
int map_next_id(uint32_t id, uint32_t *ret_id);

#endif
