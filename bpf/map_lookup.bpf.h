/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MAP_LOOKUP_BPF_H
#define MAP_LOOKUP_BPF_H

/*
 * map_find_or_insert() - the value of a key, made from @init where it is new.
 *
 * BPF_NOEXIST, so that of two CPUs that meet a key for the first time at once
 * the later one does not overwrite what the earlier one has counted; whether
 * the insertion was ours or theirs, the second lookup finds it.
 *
 * Return: the value, or NULL: the map is full. The caller counts that.
 */
static __always_inline void *map_find_or_insert(void *map, const void *key, const void *init)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	bpf_map_update_elem(map, key, init, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

#endif
