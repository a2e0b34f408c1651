// SPDX-License-Identifier: GPL-2.0-only
/* Layouts of maps without BTF: only sizes are known. */
#include "propose_internal.h"

#include <string.h>

#define MAX_PARTS 16

/* Return: false without memory. */
static bool add_part(struct layout *l, const char *name, enum field_kind kind, uint32_t size)
{
	struct field *f = field_add_member(&l->root);

	if (!f)
		return false;
	*f = (struct field){.kind = kind, .size = size, .offset = l->root.size};
	if (kind == FIELD_BYTES)
		f->n_elems = size;
	f->name = strdup(name);
	l->root.size += size;
	return f->name != NULL;
}

static void make_scalar(struct pool *p, struct layout *l, uint32_t size, const char **ret_text)
{
	l->root = (struct field){.kind = FIELD_UINT, .size = size};
	*ret_text = pool_printf(p, "u%u # guess: by its size", 8 * size);
}

/* As many numbers of 64 bits, or of 32. */
static bool make_numbers(struct pool *p, struct layout *l, uint32_t size, bool is_key,
			 const char **ret_text)
{
	uint32_t each = size % 8 ? 4 : 8;
	const char *text = "[";
	bool ok = true;

	for (uint32_t i = 0; ok && i < size / each; i++) {
		const char *name = pool_printf(p, "%s_%u", is_key ? "part" : "word", i);

		ok = add_part(l, name, FIELD_UINT, each);
		text = pool_printf(p, "%s%s{name: %s, type: u%u}", text, i ? ", " : "", name,
				   8 * each);
	}
	*ret_text = pool_printf(p, "%s] # guess: by its size", text);
	return ok;
}

static bool make_bytes(struct pool *p, struct layout *l, uint32_t size, const char **ret_text)
{
	*ret_text = pool_printf(p, "[{name: bytes, type: bytes, count: %u}]", size);
	return add_part(l, "bytes", FIELD_BYTES, size);
}

static bool make_prefix(struct pool *p, struct layout *l, uint32_t size, const char **ret_text)
{
	*ret_text = pool_printf(
		p, "[{name: prefixlen, type: u32}, {name: data, type: bytes, count: %u}]",
		size - 4);
	return add_part(l, "prefixlen", FIELD_UINT, 4) &&
	       add_part(l, "data", FIELD_BYTES, size - 4);
}

struct layout *propose_layout(struct pool *p, const struct map_info *info, bool is_key,
			      const char **ret_text)
{
	_cleanup_(layout_freep) struct layout *l = layout_new();
	uint32_t size = is_key ? info->key_size : info->value_size;
	bool ok = l;

	if (!size || (is_key && map_type_is_array(info->type)))
		return NULL;
	if (ok && is_key && info->type == BPF_MAP_TYPE_LPM_TRIE && size > 4 && size % 4 == 0)
		ok = make_prefix(p, l, size, ret_text);
	else if (ok && (size == 1 || size == 2 || size == 4 || size == 8))
		make_scalar(p, l, size, ret_text);
	else if (ok && size % 4 == 0 && size / (size % 8 ? 4 : 8) <= MAX_PARTS)
		ok = make_numbers(p, l, size, is_key, ret_text);
	else if (ok)
		ok = make_bytes(p, l, size, ret_text);
	if (ok)
		return take_ptr(l);
	p->no_memory = true;
	return NULL;
}
