// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoders alone: a field of any kind and size, decoders with any parameters,
 * several of its values one after the other.
 *
 * A chain is either refused with a message or makes label text: valid UTF-8
 * without a NUL, quotes and backslashes escaped; the same for the same bytes;
 * appended to what is there; and, where the chain says that it is not lossy,
 * another one for other bytes. The bytes are in an allocation of their size.
 */
#include <errno.h>
#include <stdio.h>

#include "../../src/decode/decoder_internal.h"
#include "machine.h"
#include "random_config.h"
#include "samples.h"

#define N_VALUES 8
#define BEFORE	 "before"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Text for a configuration, quoted so that any byte can be in it. */
static void put_text(struct choices *in, struct buf *out)
{
	static const char *const texts[] = {"",	     "0", "1",	 "$0",	"\\\\1", "a,b",
					    "\\xff", "é", "\\n", "0x1", "A",	 "\\\""};

	put(out, "\"");
	for (uint32_t n = take_below(in, 4); n; n--)
		put(out, "%s", take_one_of(in, texts, ARRAY_SIZE(texts)));
	put(out, "\"");
}

static void put_entries(struct choices *in, bool are_masks, struct buf *out)
{
	put(out, are_masks ? "{bits: {" : "{map: {");
	for (uint32_t n = 1 + take_below(in, 4); n; n--) {
		if (!are_masks && take_seldom(in, 4))
			put_text(in, out);
		else if (!are_masks && take_seldom(in, 3))
			put(out, "%d..%d", (int)(int8_t)take(in), 200);
		else
			put(out, "%llu", (unsigned long long)take_u64(in));
		put(out, ": ");
		put_text(in, out);
		put(out, ", ");
	}
	put(out, "}");
	if (!are_masks && take_below(in, 2)) {
		put(out, ", default: ");
		put_text(in, out);
	}
	put(out, "}");
}

static void put_regex(struct choices *in, struct buf *out)
{
	static const char *const patterns[] = {"(.)(.*)",	"[0-9]+",      "(a|b|)*c?",
					       ".*[^a-z].*",	"(x)|(.*)1",   ".{3}",
					       "((((.))))(.*)", "[[:alpha:]]*"};
	static const char *const replacements[] = {"", "\\0", "\\1", "a\\\\b\\", "\\0\\0\\0"};

	put(out, "{regex: [");
	for (uint32_t n = 1 + take_below(in, 3); n; n--) {
		put(out, "{match: '%s'", take_one_of(in, patterns, ARRAY_SIZE(patterns)));
		if (take_below(in, 2))
			put(out, ", replace: '%s'",
			    take_one_of(in, replacements, ARRAY_SIZE(replacements)));
		put(out, "}, ");
	}
	put(out, "]}");
}

static void put_decoder(struct choices *in, struct buf *out)
{
	switch (take_below(in, 8)) {
	case 0:
		put_entries(in, false, out);
		break;
	case 1:
		put_entries(in, true, out);
		break;
	case 2:
		put_regex(in, out);
		break;
	case 3:
		put(out, "{cidr: {bits: key, less: %u}}", take(in));
		break;
	case 4:
		put(out, take_seldom(in, 4) ? "{stack: {map: none}}" : "{stack: {map: m}}");
		break;
	default:
		put(out, "%s", take_one_of(in, random_decoders, ARRAY_SIZE(random_decoders)));
	}
}

/* A map with this one label. */
static void put_map(struct choices *in, struct buf *yaml)
{
	static const char *const filters[] = {"", ", keep: '.*1.*'", ", drop: '(..)*'"};
	uint32_t n = take_below(in, 4);

	put(yaml, "maps: [{name: m, pin: /p, metrics: [{name: x, type: gauge, labels: {l: "
		  "{field: key");
	put(yaml, "%s", n ? ", decode: [" : "");
	for (uint32_t i = 0; i < n; i++) {
		put_decoder(in, yaml);
		put(yaml, ", ");
	}
	put(yaml, "%s%s}}}]}]", n ? "]" : "", take_one_of(in, filters, ARRAY_SIZE(filters)));
}

struct bed {
	struct field field;
	struct datum_shape shape;
	struct decoder_chain chain;
	struct decoder_scratch scratch;
	struct config *config;
};

static void bed_done(struct bed *b)
{
	decoder_chain_done(&b->chain);
	decoder_scratch_done(&b->scratch);
	config_free(b->config);
	field_done(&b->field);
}

/* What kind of datum the field is, as a plan decides it. */
static void choose_shape(struct bed *b, const struct config_label *l)
{
	const struct field *f = &b->field;
	bool is_number = f->kind <= FIELD_FLOAT && f->size <= 8;
	bool takes_bytes =
		l->n_decoders && decoder_of(&l->decoders[0])->takes_bytes && !f->bit_size;

	b->shape = (struct datum_shape){.kind = DATUM_BYTES, .n = f->size, .field = f};
	if (is_number && !takes_bytes)
		b->shape.kind = f->kind == FIELD_FLOAT ? DATUM_FLOAT : DATUM_NUMBER;
}

static int bed_init(struct bed *b, struct choices *in)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	_cleanup_buf_ struct buf yaml = BUF_INIT;
	const struct config_label *l;
	int r;

	*b = (struct bed){.config = NULL};
	make_scalar(in, &b->field);
	put_map(in, &yaml);
	r = config_parse("f", (struct str){yaml.data, yaml.len}, &b->config, &problems);
	if (r < 0)
		return r;
	l = &b->config->maps[0].metrics[0].labels[0];
	choose_shape(b, l);
	r = decoder_chain_init(&b->chain, l, &b->shape, &machine_stacks, &problems);
	CHECK(r == 0 || r == -EINVAL);
	CHECK((r == 0) == !problems_any(&problems));
	return r;
}

/* What a plan's reader makes of the bytes. */
static struct datum datum_of(const struct bed *b, const uint8_t *bytes)
{
	struct datum d = {.kind = b->shape.kind, .bytes = bytes, .n = b->shape.n};
	double v;
	float f;

	if (d.kind == DATUM_BYTES)
		return d;
	d.is_signed = b->field.kind == FIELD_SINT;
	memcpy(&d.number, bytes, d.n);
	if (d.kind == DATUM_FLOAT && d.n == 4) {
		memcpy(&f, bytes, sizeof(f));
		v = f;
		memcpy(&d.number, &v, sizeof(v));
	} else if (d.is_signed) {
		d.number = (uint64_t)((int64_t)(d.number << (64 - 8 * d.n)) >> (64 - 8 * d.n));
	}
	return d;
}

static void check_escaped(const char *text, size_t n)
{
	CHECK(strlen(text) == n && is_utf8((const unsigned char *)text, n));
	for (; *text; text++) {
		CHECK(*text != '"' && *text != '\n');
		if (*text == '\\') {
			text++;
			CHECK(*text == '"' || *text == '\\' || *text == 'n');
		}
	}
}

/* The text of these bytes; NULL: left out. */
static char *decode(struct bed *b, const uint8_t *from, uint64_t length)
{
	_cleanup_(freep) uint8_t *bytes = copy_bytes(from, b->shape.n);
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct datum d = datum_of(b, bytes);
	int r;

	d.length = length;
	put(&out, BEFORE);
	r = decoder_chain_run(&b->chain, &d, &b->scratch, &out);
	CHECK(r == 0 || r == DECODER_LEAVE_OUT);
	CHECK(!memcmp(out.data, BEFORE, strlen(BEFORE)));
	if (r)
		return NULL;
	check_escaped(buf_string(&out), out.len);
	return buf_take(&out);
}

static void check_pair(struct bed *b, const uint8_t *one, const uint8_t *other, uint64_t length)
{
	_cleanup_(freep) char *a = decode(b, one, length), *c = decode(b, other, length);
	_cleanup_(freep) char *again = decode(b, one, length);

	CHECK(!a == !again && (!a || !strcmp(a, again)));
	if (!decoder_chain_is_lossy(&b->chain) && a && c)
		CHECK(strcmp(a, c) != 0 || !memcmp(one, other, b->shape.n));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	machine_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices in = {data, data + size};
	_cleanup_(bed_done) struct bed b = {0};

	if (bed_init(&b, &in) == 0) {
		for (int i = 0; i < N_VALUES; i++) {
			_cleanup_(freep) uint8_t *one = take_bytes(&in, b.shape.n);
			_cleanup_(freep) uint8_t *other = copy_bytes(one, b.shape.n);

			other[take(&in) % b.shape.n] ^= take(&in);
			check_pair(&b, one, other, take_u64(&in));
		}
	}
	return 0;
}
