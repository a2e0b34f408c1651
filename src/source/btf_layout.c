// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a BTF type to a tree of fields.
 *
 * BTF is somebody else's data: types may form loops, name what does not exist,
 * or lie about sizes. Hence: depth, names and the number of fields and
 * enumerators (each counts wherever its enum is used) are bounded, and each
 * member lies inside its parent, which whoever uses a layout relies on. A part
 * with no bytes of its own is padding, so that an array of nothing is not
 * walked four billion times.
 *
 * const, volatile and typedefs are looked through; the outermost typedef is
 * what the type is called. What only the kernel may touch (locks, timers,
 * pointers that it counts) is padding too: it copies out zeroes for them.
 */
#include "btf_layout_internal.h"

#include <bpf/btf.h>
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define MAX_DEPTH	32
#define MAX_FIELDS	65536
#define MAX_ENUMERATORS 262144
#define MAX_NAME_BYTES	512 /* the kernel's KSYM_NAME_LEN */

struct builder {
	const struct btf *btf;
	uint32_t n_fields;
	uint32_t n_enumerators;
	struct err *e;
};

/* A type without its modifiers and typedefs. */
struct resolved {
	const struct btf_type *type;
	const char *alias; /* the outermost typedef, or NULL */
	bool big_endian;   /* one of the typedefs says so */
};

static const char *const kernel_structs[] = {
	"bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer",   "bpf_wq",	     "bpf_list_head",
	"bpf_list_node", "bpf_rb_root",	      "bpf_rb_node", "bpf_refcount", "bpf_task_work",
};

static const char *const big_endian_names[] = {"__be16", "__be32", "__be64"};
static const char *const kernel_pointer_tags[] = {"kptr", "kptr_untrusted", "kptr_ref",
						  "percpu_kptr", "uptr"};

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	while (n--) {
		if (!strcmp(name, names[n]))
			return true;
	}
	return false;
}

/* A name that the kernel would have refused is none. */
static const char *name_at(const struct builder *b, uint32_t offset)
{
	const char *name = btf__name_by_offset(b->btf, offset);

	return name && strnlen(name, MAX_NAME_BYTES) < MAX_NAME_BYTES ? name : "";
}

static int fail_too_many(const struct builder *b)
{
	return err_set(b->e, -EINVAL, "types too deeply nested or too many");
}

static int resolve(struct builder *b, uint32_t id, struct resolved *ret)
{
	struct resolved x = {0};

	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		const char *name;

		x.type = btf__type_by_id(b->btf, id);
		if (!x.type)
			return err_set(b->e, -EINVAL, "type %u does not exist", id);
		if (!btf_is_mod(x.type) && !btf_is_typedef(x.type) && !btf_is_type_tag(x.type)) {
			*ret = x;
			return 0;
		}
		if (btf_is_typedef(x.type)) {
			name = name_at(b, x.type->name_off);
			x.alias = x.alias ? x.alias : name;
			if (is_one_of(name, big_endian_names, ARRAY_SIZE(big_endian_names)))
				x.big_endian = true;
		}
		id = x.type->type;
	}
	return err_set(b->e, -EINVAL, "type %u stands for itself", id);
}

static int set_type_name(struct field *f, const char *keyword, const char *name, const char *suffix)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (!*name)
		return 0;
	if (buf_printf(&text, "%s%s%s", keyword, name, suffix) < 0)
		return -ENOMEM;
	f->type_name = buf_take(&text);
	return f->type_name ? 0 : -ENOMEM;
}

/* The typedef, or the tag with its keyword; a type without either stays unnamed. */
static int name_type(struct builder *b, const struct resolved *x, const char *keyword,
		     const char *suffix, struct field *f)
{
	if (x->alias && *x->alias)
		return set_type_name(f, "", x->alias, suffix);
	return set_type_name(f, keyword, name_at(b, x->type->name_off), suffix);
}

static const char *keyword_of(const struct btf_type *t)
{
	if (btf_is_struct(t))
		return "struct ";
	if (btf_is_union(t))
		return "union ";
	return btf_is_any_enum(t) ? "enum " : "";
}

static int build(struct builder *b, uint32_t id, int depth, struct field *f);

static int build_int(struct builder *b, const struct resolved *x, struct field *f)
{
	uint32_t size = x->type->size;
	int encoding = btf_int_encoding(x->type);

	if (size == 1 && (encoding & BTF_INT_BOOL))
		f->kind = FIELD_BOOL;
	else if (size == 1 || size == 2 || size == 4 || size == 8)
		f->kind = encoding & BTF_INT_SIGNED ? FIELD_SINT : FIELD_UINT;
	else
		f->kind = FIELD_BYTES;
	f->size = size;
	f->big_endian = x->big_endian && f->kind == FIELD_UINT;
	return name_type(b, x, "", "", f);
}

static int build_float(struct builder *b, const struct resolved *x, struct field *f)
{
	f->size = x->type->size;
	f->kind = f->size == 4 || f->size == 8 ? FIELD_FLOAT : FIELD_BYTES;
	return name_type(b, x, "", "", f);
}

static bool is_kernel_pointer(struct builder *b, const struct btf_type *t)
{
	const struct btf_type *target = btf__type_by_id(b->btf, t->type);

	return target && btf_is_type_tag(target) &&
	       is_one_of(name_at(b, target->name_off), kernel_pointer_tags,
			 ARRAY_SIZE(kernel_pointer_tags));
}

static int build_pointer(struct builder *b, const struct resolved *x, struct field *f)
{
	struct resolved target = {0};
	int r;

	f->kind = is_kernel_pointer(b, x->type) ? FIELD_PAD : FIELD_UINT;
	f->size = sizeof(uint64_t); /* programs are 64 bit, whatever this machine is */
	if (x->alias)
		return set_type_name(f, "", x->alias, "");
	r = resolve(b, x->type->type, &target);
	if (r < 0)
		return r;
	if (!target.alias && !target.type->name_off)
		return set_type_name(f, "", "void", " *");
	return name_type(b, &target, keyword_of(target.type), " *", f);
}

static int add_enumerator(struct field *f, const char *name, int64_t value)
{
	struct enumerator *it = &f->enumerators[f->n_enumerators];

	it->value = value;
	it->name = strdup(name);
	if (!it->name)
		return -ENOMEM;
	f->n_enumerators++;
	return 0;
}

/*
 * Older compilers do not say that an enum is signed. A small one is where a
 * value, which has 32 bits here, is none of its own unsigned ones.
 */
static bool enum_is_signed(const struct btf_type *t)
{
	bool is_signed = btf_kflag(t);

	for (uint32_t i = 0; !btf_is_enum64(t) && t->size < 4 && i < btf_vlen(t); i++)
		is_signed |= (uint32_t)btf_enum(t)[i].val >> (8 * t->size) != 0;
	return is_signed;
}

static int add_enumerators(struct builder *b, const struct btf_type *t, struct field *f)
{
	uint32_t n = btf_vlen(t);
	bool is_signed;
	int r = 0;

	b->n_enumerators += n;
	if (b->n_enumerators > MAX_ENUMERATORS)
		return fail_too_many(b);
	is_signed = enum_is_signed(t);
	f->enumerators = n ? calloc(n, sizeof(*f->enumerators)) : NULL;
	if (n && !f->enumerators)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		if (btf_is_enum64(t)) {
			const struct btf_enum64 *it = &btf_enum64(t)[i];

			r = add_enumerator(f, name_at(b, it->name_off),
					   (int64_t)btf_enum64_value(it));
		} else {
			const struct btf_enum *it = &btf_enum(t)[i];

			r = add_enumerator(f, name_at(b, it->name_off),
					   is_signed ? it->val : (int64_t)(uint32_t)it->val);
		}
	}
	return r;
}

static int build_enum(struct builder *b, const struct resolved *x, struct field *f)
{
	const struct btf_type *t = x->type;
	int r = 0;

	f->kind = FIELD_ENUM;
	f->size = t->size;
	if (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8)
		return err_set(b->e, -EINVAL, "an enum of %u bytes", f->size);
	/* Of 8 bytes, older compilers kept only the lower half: no name is better than a wrong one.
	 */
	if (btf_is_enum64(t) || t->size <= 4)
		r = add_enumerators(b, t, f);
	return r < 0 ? r : name_type(b, x, "enum ", "", f);
}

/* char[n] is text and other single bytes are bytes; not a field for each of them. */
static bool build_byte_array(struct builder *b, const struct btf_array *array, struct field *f)
{
	struct resolved element = {0};

	if (resolve(b, array->type, &element) < 0 || !btf_is_int(element.type) ||
	    element.type->size != 1 || (btf_int_encoding(element.type) & BTF_INT_BOOL))
		return false;
	f->kind = strcmp(name_at(b, element.type->name_off), "char") ? FIELD_BYTES : FIELD_CHARS;
	f->size = array->nelems;
	f->n_elems = array->nelems;
	return true;
}

static int build_array(struct builder *b, const struct resolved *x, int depth, struct field *f)
{
	const struct btf_array *array = btf_array(x->type);
	struct field *element;
	uint64_t size;
	int r;

	if (build_byte_array(b, array, f))
		return 0;
	f->kind = FIELD_ARRAY;
	f->n_elems = array->nelems;
	element = field_add_member(f);
	if (!element)
		return -ENOMEM;
	r = build(b, array->type, depth + 1, element);
	if (r < 0)
		return r;
	size = (uint64_t)array->nelems * element->size;
	if (size > UINT32_MAX)
		return err_set(b->e, -EINVAL, "an array of %u elements of %u bytes", array->nelems,
			       element->size);
	f->size = (uint32_t)size;
	return 0;
}

/*
 * The bits' place: the aligned unit of 1, 2, 4 or 8 bytes that holds them,
 * where it lies inside the parent; else just the bytes that they touch.
 */
static int place_bits(struct builder *b, uint32_t bit, uint32_t n_bits, uint32_t parent_size,
		      struct field *f)
{
	uint32_t end = bit + n_bits;

	if ((f->kind != FIELD_UINT && f->kind != FIELD_SINT && f->kind != FIELD_BOOL &&
	     f->kind != FIELD_ENUM) ||
	    n_bits > f->size * 8)
		return err_set(b->e, -EINVAL, "a bit field of %u bits in %u bytes", n_bits,
			       f->size);
	f->bit_size = (uint8_t)n_bits;
	for (uint32_t unit = 1; unit <= 8; unit *= 2) {
		f->offset = bit / 8 / unit * unit;
		f->size = unit;
		if (end <= (f->offset + unit) * 8 && f->offset + unit <= parent_size)
			break;
		f->offset = bit / 8;
		f->size = (end + 7) / 8 - f->offset;
	}
	f->bit_offset = (uint8_t)(bit - f->offset * 8);
	if (f->size > 8) /* packed across nine bytes: nothing reads that */
		f->kind = FIELD_PAD;
	return 0;
}

static int place_member(struct builder *b, uint32_t bit, uint32_t n_bits,
			const struct field *parent, struct field *f)
{
	int r;

	if (n_bits) {
		r = place_bits(b, bit, n_bits, parent->size, f);
		if (r < 0)
			return r;
	} else if (bit % 8) {
		return err_set(b->e, -EINVAL, "a member that starts at bit %u", bit);
	} else {
		f->offset = bit / 8;
	}
	if ((uint64_t)f->offset + f->size > parent->size)
		return err_set(b->e, -EINVAL,
			       "%u bytes at offset %u are outside of its parent's %u bytes",
			       f->size, f->offset, parent->size);
	/* What has no name and is no struct has nothing to be found by. */
	if (!f->name && f->kind != FIELD_STRUCT && f->kind != FIELD_UNION)
		f->kind = FIELD_PAD;
	return 0;
}

/* @bit: where it starts in the parent; @n_bits: of a bit field, else 0. */
static int add_member(struct builder *b, struct field *parent, const char *name, uint32_t type_id,
		      uint32_t bit, uint32_t n_bits, int depth)
{
	struct field *f = field_add_member(parent);
	int r;

	if (!f)
		return -ENOMEM;
	if (*name) {
		f->name = strdup(name);
		if (!f->name)
			return -ENOMEM;
	}
	r = build(b, type_id, depth + 1, f);
	if (r == 0)
		r = place_member(b, bit, n_bits, parent, f);
	return r < 0 ? err_wrap(b->e, r, "%s", *name ? name : "an unnamed member") : 0;
}

/* Older compilers wrote bit fields as integers of fewer bits. Return: how many, 0: it is none. */
static uint32_t bits_of_int(const struct builder *b, uint32_t type_id, uint32_t *bit)
{
	int id = btf__resolve_type(b->btf, type_id);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(b->btf, (uint32_t)id);

	if (!t || !btf_is_int(t) || (btf_int_bits(t) == t->size * 8 && !btf_int_offset(t)))
		return 0;
	*bit += btf_int_offset(t);
	return btf_int_bits(t);
}

static int build_members(struct builder *b, const struct btf_type *t, int depth, struct field *f)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		uint32_t bit = btf_member_bit_offset(t, i);
		uint32_t n_bits = btf_member_bitfield_size(t, i);

		if (!n_bits)
			n_bits = bits_of_int(b, m->type, &bit);
		r = add_member(b, f, name_at(b, m->name_off), m->type, bit, n_bits, depth);
	}
	return r;
}

static int build_composite(struct builder *b, const struct resolved *x, int depth, struct field *f)
{
	const char *name = name_at(b, x->type->name_off);
	int r;

	f->kind = btf_is_union(x->type) ? FIELD_UNION : FIELD_STRUCT;
	f->size = x->type->size;
	r = name_type(b, x, keyword_of(x->type), "", f);
	if (r < 0)
		return r;
	if (!strcmp(name, "in6_addr"))
		f->kind = FIELD_BYTES;
	else if (is_one_of(name, kernel_structs, ARRAY_SIZE(kernel_structs)))
		f->kind = FIELD_PAD;
	else
		return build_members(b, x->type, depth, f);
	return 0;
}

/* The global variables of a program: each a member. */
static int build_section(struct builder *b, const struct btf_type *t, int depth, struct field *f)
{
	int r = 0;

	f->kind = FIELD_STRUCT;
	f->size = t->size;
	for (uint32_t i = 0; r == 0 && i < btf_vlen(t); i++) {
		const struct btf_var_secinfo *it = &btf_var_secinfos(t)[i];
		const struct btf_type *variable = btf__type_by_id(b->btf, it->type);

		if (!variable || !btf_is_var(variable) || it->offset > UINT32_MAX / 8)
			return err_set(b->e, -EINVAL, "a section with what is no variable");
		r = add_member(b, f, name_at(b, variable->name_off), variable->type, it->offset * 8,
			       0, depth);
	}
	return r;
}

static int build_kind(struct builder *b, const struct resolved *x, int depth, struct field *f)
{
	switch (btf_kind(x->type)) {
	case BTF_KIND_INT:
		return build_int(b, x, f);
	case BTF_KIND_FLOAT:
		return build_float(b, x, f);
	case BTF_KIND_PTR:
		return build_pointer(b, x, f);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return build_enum(b, x, f);
	case BTF_KIND_ARRAY:
		return build_array(b, x, depth, f);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return build_composite(b, x, depth, f);
	case BTF_KIND_DATASEC:
		return build_section(b, x->type, depth, f);
	default:
		return err_set(b->e, -EINVAL, "a type that has no size");
	}
}

/* Fills in what the type says of @f; its name and place are the caller's. */
static int build(struct builder *b, uint32_t id, int depth, struct field *f)
{
	struct resolved x = {0};
	int r;

	if (depth > MAX_DEPTH || ++b->n_fields > MAX_FIELDS)
		return fail_too_many(b);
	r = resolve(b, id, &x);
	if (r < 0)
		return r;
	assert(x.type);
	r = build_kind(b, &x, depth, f);
	if (r == 0 && !f->size)
		f->kind = FIELD_PAD;
	return r;
}

int layout_from_btf(const struct btf *btf, uint32_t type_id, uint32_t size,
		    struct layout **ret_layout, struct err *e)
{
	_cleanup_(layout_freep) struct layout *l = layout_new();
	struct builder b = {.btf = btf, .e = e};
	int r;

	r = l ? build(&b, type_id, 0, &l->root) : -ENOMEM;
	if (r == -ENOMEM)
		return err_set(e, r, "no memory for its layout");
	if (r < 0)
		return r;
	if (l->root.size != size)
		return err_set(e, -EINVAL, "it describes %u bytes, but the map has %u",
			       l->root.size, size);
	*ret_layout = take_ptr(l);
	return 0;
}
