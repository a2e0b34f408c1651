// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoders of a label. Those of the peer hand on bytes: the first is given
 * those of the key, others what the one before it made. Ours know the type of
 * the field, so the first decoder says what it is.
 *
 *	RAW     no decoder yet: the bytes
 *	NUMBER  `uint`: decimal text there, an integer here
 *	TEXT    all others
 *
 * What the peer shows where it knows no name is made the same by a `regex`.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "import_internal.h"

#define MAX_STEPS 8

void chain_step(struct chain *c, const char *fmt, ...)
{
	va_list args;

	put(c->im, &c->steps, CHAIN_ITEM);
	va_start(args, fmt);
	if (buf_vprintf(&c->steps, fmt, args) < 0)
		c->im->mistakes.no_memory = true;
	va_end(args);
	put(c->im, &c->steps, "\n");
	c->n_steps++;
}

void chain_rewrite(struct chain *c, const char *match, const char *replace)
{
	put(c->im, &c->steps, CHAIN_INDENT "    - {match: ");
	put_yaml(c->im, &c->steps, match);
	if (replace) {
		put(c->im, &c->steps, ", replace: ");
		put_yaml(c->im, &c->steps, replace);
	}
	put(c->im, &c->steps, "}\n");
}

static void wrong(struct chain *c, const struct place *at, const char *what, const char *why)
{
	mistake(c->im, at, "the label '%s': %s %s", c->label->name, what, why);
	c->is_wrong = true;
}

/* The first decoder says what the field is: @size bytes each, of which @count are used. */
static void be(struct chain *c, const char *type, uint64_t size, uint64_t count)
{
	c->type = type;
	c->count = count;
	c->unused = c->label->size - size * (count ? count : 1);
	c->state = CHAIN_TEXT;
}

static bool takes_bytes(struct chain *c, const struct node *n, const char *name)
{
	if (c->state == CHAIN_RAW)
		return true;
	wrong(c, &n->at, name, "reads the bytes of the key: make it the first decoder");
	return false;
}

static const char *uint_type(uint64_t size)
{
	static const char *const types[] = {[1] = "u8", [2] = "u16", [4] = "u32", [8] = "u64"};

	return size < ARRAY_SIZE(types) ? types[size] : NULL;
}

static void decode_uint(struct chain *c, const struct node *n)
{
	const char *type = uint_type(c->label->size);

	if (!takes_bytes(c, n, "uint"))
		return;
	if (!type) {
		wrong(c, &n->at, "uint",
		      "takes 1, 2, 4 or 8 bytes: correct 'size', and write 'padding' for the rest");
		return;
	}
	be(c, type, c->label->size, 0);
	c->plain = "dec";
	c->state = CHAIN_NUMBER;
}

static void decode_string(struct chain *c, const struct node *n)
{
	(void)n;
	if (c->state != CHAIN_RAW)
		return;
	be(c, "char", 1, c->label->size);
	c->plain = "string";
}

static void decode_hex(struct chain *c, const struct node *n)
{
	if (c->is_marked) {
		warn(c->im, &n->at,
		     "the label '%s': hex after regexp has no equivalent and was left out",
		     c->label->name);
		return;
	}
	if (c->state == CHAIN_RAW)
		be(c, "bytes", 1, c->label->size);
	else if (!c->n_steps)
		chain_step(c, "%s", c->plain);
	chain_step(c, "hex");
	c->state = CHAIN_TEXT;
}

static void decode_inet_ip(struct chain *c, const struct node *n)
{
	if (!takes_bytes(c, n, "inet_ip"))
		return;
	if (c->label->size != 4 && c->label->size != 16) {
		wrong(c, &n->at, "inet_ip", "takes 4 or 16 bytes: correct 'size'");
		return;
	}
	be(c, c->label->size == 4 ? "ipv4" : "ipv6", c->label->size, 0);
	c->plain = "ip";
}

/* After `string` it is given the bytes up to the root of the name, which ours ends with anyway. */
static void decode_dname(struct chain *c, const struct node *n)
{
	bool cut = c->state == CHAIN_TEXT && !strcmp(c->plain, "string") && !c->n_steps;

	if (!cut && !takes_bytes(c, n, "dname"))
		return;
	be(c, "bytes", 1, c->label->size);
	chain_step(c, "dns");
	chain_step(c, "map: {\"\": \".\"}");
	if (!cut)
		warn(c->im, &n->at,
		     "the label '%s' ends where the name does: ebpf_exporter shows a dot for each "
		     "byte behind it, too",
		     c->label->name);
}

static void unknown(struct chain *c, const char *match, const char *replace)
{
	chain_step(c, "regex:");
	chain_rewrite(c, match, replace);
}

static void decode_ifname(struct chain *c, const struct node *n)
{
	if (!takes_bytes(c, n, "ifname"))
		return;
	if (c->label->size < 4) {
		wrong(c, &n->at, "ifname", "takes 4 bytes: correct 'size'");
		return;
	}
	be(c, "u32", 4, 0);
	chain_step(c, "ifname");
	unknown(c, "[0-9]+", "unknown:\\0");
}

static void decode_majorminor(struct chain *c, const struct node *n)
{
	if (!takes_bytes(c, n, "majorminor"))
		return;
	if (c->label->size < 4) {
		wrong(c, &n->at, "majorminor", "takes 4 bytes: correct 'size'");
		return;
	}
	be(c, "u32", 4, 0);
	chain_step(c, "{device: {dev: user}}");
	note(c->im,
	     "Where the kernel has no name for a device, the label '%s' is its number: ebpf_exporter "
	     "shows unknown:MAJOR:MINOR.",
	     c->label->name);
}

static void decode_ksym(struct chain *c, const struct node *n)
{
	if (!takes_bytes(c, n, "ksym"))
		return;
	if (c->label->size < 8) {
		wrong(c, &n->at, "ksym", "takes 8 bytes: correct 'size'");
		return;
	}
	be(c, "u64", 8, 0);
	chain_step(c, "ksym");
	unknown(c, "0x[0-9a-f]+", "unknown_addr:\\0");
}

static void decode_kstack(struct chain *c, const struct node *n)
{
	if (!takes_bytes(c, n, "kstack"))
		return;
	if (c->label->size % 8) {
		wrong(c, &n->at, "kstack", "takes addresses of 8 bytes: correct 'size'");
		return;
	}
	be(c, "u64", 8, c->label->size / 8);
	chain_step(c, "stack");
	warn(c->im, &n->at,
	     "the label '%s' is the stack from its root, joined by semicolons: ebpf_exporter begins with "
	     "the innermost function and joins by line ends",
	     c->label->name);
}

/* Those that take the decimal text of `uint`. */
static bool takes_number(struct chain *c, const struct node *n, const char *name)
{
	if (c->state == CHAIN_NUMBER && !c->n_steps) {
		chain_step(c, "%s", name);
		c->state = CHAIN_TEXT;
		return true;
	}
	if (c->state == CHAIN_RAW)
		wrong(c, &n->at, name, "takes a number: put the decoder 'uint' before it");
	else
		warn(c->im, &n->at,
		     "the label '%s': %s of a text has no equivalent and was left out",
		     c->label->name, name);
	return false;
}

static void decode_cgroup(struct chain *c, const struct node *n)
{
	if (!takes_number(c, n, "cgroup"))
		return;
	unknown(c, "[0-9]+", "unknown_cgroup_id:\\0");
	chain_rewrite(c, "/", "/sys/fs/cgroup");
	chain_rewrite(c, "/.*", "/sys/fs/cgroup\\0");
}

static void decode_errno(struct chain *c, const struct node *n)
{
	if (!takes_number(c, n, "errno"))
		return;
	unknown(c, "[0-9]+", "unknown:\\0");
	chain_rewrite(c, "EOPNOTSUPP", "ENOTSUP");
}

static void decode_syscall(struct chain *c, const struct node *n)
{
	if (takes_number(c, n, "syscall"))
		unknown(c, "[0-9]+", "unknown_syscall:\\0");
}

static void decode_pci(struct chain *c, const struct node *n)
{
	const struct buf *notes = &c->im->notes;

	if (takes_number(c, n, text_at(c->im, n, "name")) &&
	    !(notes->len && memmem(notes->data, notes->len, "pci.ids", strlen("pci.ids"))))
		note(c->im, "Where pci.ids has no name, labels of PCI are the number, without a "
			    "word before it.");
}

static const struct {
	const char *name;
	void (*translate)(struct chain *c, const struct node *n);
} decoders[] = {
	{"cgroup", decode_cgroup},  {"dname", decode_dname},	 {"errno", decode_errno},
	{"hex", decode_hex},	    {"ifname", decode_ifname},	 {"inet_ip", decode_inet_ip},
	{"kstack", decode_kstack},  {"ksym", decode_ksym},	 {"majorminor", decode_majorminor},
	{"pci_class", decode_pci},  {"pci_device", decode_pci},	 {"pci_subclass", decode_pci},
	{"pci_vendor", decode_pci}, {"regexp", chain_regexp},	 {"static_map", chain_static_map},
	{"string", decode_string},  {"syscall", decode_syscall}, {"uint", decode_uint},
};

static void unknown_decoder(struct chain *c, const struct node *n, const char *name)
{
	const struct place at = member_at(n, "name");
	const char *names[ARRAY_SIZE(decoders)];
	const char *meant;

	for (size_t i = 0; i < ARRAY_SIZE(decoders); i++)
		names[i] = decoders[i].name;
	meant = str_suggest(name, names, ARRAY_SIZE(names));
	if (*name)
		mistake(c->im, &at, "ebpf_exporter has no decoder '%s'%s%s%s", name,
			meant ? " (did you mean '" : "", meant ? meant : "", meant ? "'?)" : "");
	else
		mistake(c->im, &at, "a decoder needs the key 'name'");
	c->is_wrong = true;
}

static void translate(struct chain *c, const struct node *n)
{
	static const char *const keys[] = {"name", "static_map", "regexps", "allow_unknown"};
	const char *name;

	c->is_wrong |= !check_keys(c->im, n, "a decoder", keys, ARRAY_SIZE(keys));
	name = c->is_wrong ? NULL : text_at(c->im, n, "name");
	for (size_t i = 0; name && i < ARRAY_SIZE(decoders); i++) {
		if (!strcmp(name, decoders[i].name)) {
			decoders[i].translate(c, n);
			return;
		}
	}
	if (name)
		unknown_decoder(c, n, name);
	c->is_wrong = true;
}

void chain_translate(struct chain *c, struct import *im, const struct label *label)
{
	const struct node *list = label->decoders;

	*c = (struct chain){.im = im, .label = label, .plain = ""};
	for (size_t i = 0; i < list->n_items && !c->is_wrong; i++) {
		c->is_last = i + 1 == list->n_items;
		translate(c, list->items[i]);
	}
	if (c->n_steps > MAX_STEPS)
		mistake(im, &label->at, "the label '%s' needs more than %d decoders here",
			label->name, MAX_STEPS);
}

void chain_done(struct chain *c)
{
	buf_done(&c->steps);
	buf_done(&c->keep);
}
