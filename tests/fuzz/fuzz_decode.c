// SPDX-License-Identifier: GPL-2.0-only
/*
 * A layout, metrics and entries out of random bytes, through the plan, the
 * builder (two passes, the second after the first) and the text format.
 *
 * Whatever they are: each line is a name, labels of valid UTF-8 with their
 * quotes escaped, and a number; no two lines of a metric have the same labels;
 * there are as many lines as the builder counted, and no more than the limit;
 * two passes over the same entries show the same. Keys and values lie in
 * allocations of their exact size, so that the address sanitizer sees a read
 * past their end.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "decode/builder.h"
#include "render/text.h"

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

#define N_FIELDS  6
#define N_METRICS 3
#define N_LABELS  3
#define N_ENTRIES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *p, *end;
};

/* Zeros follow the end. */
static uint8_t take(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static uint32_t take_below(struct input *in, uint32_t n)
{
	return take(in) % n;
}

static void *take_bytes(struct input *in, size_t n)
{
	uint8_t *bytes = malloc(n ? n : 1);

	CHECK(bytes);
	for (size_t i = 0; i < n; i++)
		bytes[i] = take(in);
	return bytes;
}

static void make_scalar(struct input *in, struct field *f)
{
	static const uint8_t sizes[] = {1, 2, 4, 8};
	static const uint8_t fixed[FIELD_PAD + 1] = {
		[FIELD_BOOL] = 1, [FIELD_IPV4] = 4, [FIELD_IPV6] = 16, [FIELD_MAC] = 6};

	f->kind = (enum field_kind)take_below(in, FIELD_STRUCT);
	f->size = fixed[f->kind] ? fixed[f->kind] : sizes[take_below(in, 4)];
	if (f->kind == FIELD_FLOAT && f->size < 4)
		f->size = 8;
	if (f->kind == FIELD_CHARS || f->kind == FIELD_BYTES)
		f->size = 1 + take_below(in, 20);
	if (f->kind == FIELD_UINT && take_below(in, 4) == 0)
		f->big_endian = true;
	else if ((f->kind == FIELD_UINT || f->kind == FIELD_SINT) && take_below(in, 4) == 0)
		f->bit_size = (uint8_t)(1 + take_below(in, 8 * f->size));
	if (f->bit_size)
		f->bit_offset = (uint8_t)take_below(in, 8 * f->size - f->bit_size + 1);
	if (f->kind == FIELD_ENUM) {
		f->enumerators = calloc(1, sizeof(*f->enumerators));
		f->n_enumerators = 1;
		f->enumerators[0].value = (int8_t)take(in);
		f->enumerators[0].name = strdup("ENUMERATOR");
	}
}

/* Fields f0, f1, … one after the other, arrays and gaps among them. */
static struct layout *make_layout(struct input *in, char prefix)
{
	struct layout *l = layout_new();
	uint32_t n = 1 + take_below(in, N_FIELDS);

	CHECK(l);
	for (uint32_t i = 0; i < n; i++) {
		struct field *f = field_add_member(&l->root), *element;
		char name[3] = {prefix, (char)('0' + i)};

		CHECK(f);
		f->name = strdup(name);
		f->offset = l->root.size + take_below(in, 4);
		if (take_below(in, 5) == 0) {
			f->kind = FIELD_ARRAY;
			f->n_elems = 1 + take_below(in, 3);
			element = field_add_member(f);
			make_scalar(in, element);
			f->size = element->size * f->n_elems;
		} else {
			make_scalar(in, f);
		}
		l->root.size = f->offset + f->size;
	}
	l->root.size += take_below(in, 8);
	return l;
}

struct metrics {
	struct config_map map;
	struct config_metric metrics[N_METRICS];
	struct config_label labels[N_METRICS][N_LABELS];
	struct config_decoder decoders[N_METRICS][N_LABELS][2];
	char fields[N_METRICS][N_LABELS + 1][8];
	struct family *families[N_METRICS];
};

static char *make_path(struct input *in, char path[8])
{
	static const char *const specials[] = {"$cpu", "$pin", "$id", "key", "value"};
	uint32_t kind = take_below(in, 12);

	if (kind < 5) {
		strcpy(path, specials[kind]);
	} else {
		path[0] = kind & 1 ? 'k' : 'v';
		path[1] = (char)('0' + take_below(in, N_FIELDS));
		strcpy(path + 2, kind > 9 ? ".1" : "");
	}
	return path;
}

static struct config_map_entry names[] = {
	{.first = 1, .last = 3, .text = (char *)"few"},
	{.name = (char *)"ENUMERATOR", .text = (char *)"quote\"\\\n"},
};

static void make_label(struct input *in, struct metrics *m, size_t i, size_t k)
{
	static char label_names[N_LABELS][2] = {"a", "b", "c"};
	struct config_label *l = &m->labels[i][k];

	l->name = label_names[k];
	if (take_below(in, 8) == 0) {
		l->text = (char *)"con\"st";
		return;
	}
	l->expr = (struct config_expr){.field = make_path(in, m->fields[i][k]), .mask = UINT64_MAX};
	if (*l->expr.field != '$' && take_below(in, 4) == 0) {
		l->expr.computed = true;
		l->expr.shift = take_below(in, 64);
		l->expr.mask = 1 + (uint64_t)take(in) * 0x0101010101010101;
	}
	l->decoders = m->decoders[i][k];
	l->n_decoders = take_below(in, 3);
	for (size_t d = 0; d < l->n_decoders; d++) {
		l->decoders[d].kind =
			(enum config_decoder_kind)take_below(in, CONFIG_DECODE_MAP + 1);
		l->decoders[d].entries = names;
		l->decoders[d].n_entries = 2;
		l->decoders[d].fallback = (char *)(take_below(in, 2) ? "other:$0" : NULL);
	}
}

static void make_metrics(struct input *in, struct metrics *m, enum config_cpu cpu)
{
	static char metric_names[N_METRICS][4] = {"x_0", "x_1", "x_2"};

	*m = (struct metrics){.map = {.name = (char *)"m", .cpu = cpu, .metrics = m->metrics}};
	m->map.n_metrics = 1 + take_below(in, N_METRICS);
	for (size_t i = 0; i < m->map.n_metrics; i++) {
		struct config_metric *c = &m->metrics[i];

		c->name = metric_names[i];
		c->type = take_below(in, 4) ? CONFIG_GAUGE : CONFIG_INFO;
		c->skip_zero = c->type == CONFIG_GAUGE && take_below(in, 2);
		c->value.scale = take_below(in, 2) ? SCALE_ONE
						   : (struct scale){take(in) + 1U,
								    (int)take_below(in, 61) - 30,
								    (int)take_below(in, 129) - 64};
		c->value.expr = (struct config_expr){.field = make_path(in, m->fields[i][N_LABELS]),
						     .mask = UINT64_MAX};
		c->labels = m->labels[i];
		c->n_labels = take_below(in, N_LABELS + 1);
		for (size_t k = 0; k < c->n_labels; k++)
			make_label(in, m, i, k);
		m->families[i] = family_new(
			c->name, c->type == CONFIG_INFO ? FAMILY_INFO : FAMILY_GAUGE, "h");
		CHECK(m->families[i]);
	}
}

static bool is_utf8(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t c = p[i++];
		unsigned int more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		uint32_t least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;

		if (!more)
			continue;
		if (c < 0xc0 || c >= 0xf8 || n - i < more)
			return false;
		c &= 0x3fU >> more;
		for (; more; more--) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			c = c << 6 | (p[i++] & 0x3f);
		}
		if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
	}
	return true;
}

/* name{a="…",b="…"} number. Returns what follows the line. */
static const char *check_line(const char *p)
{
	char *end;

	CHECK(!strncmp(p, "x_", 2) && p[2] >= '0' && p[2] < '0' + N_METRICS);
	p += 3;
	if (*p == '{') {
		do {
			p++;
			CHECK(*p >= 'a' && *p < 'a' + N_LABELS && p[1] == '=' && p[2] == '"');
			for (p += 3; *p != '"'; p++) {
				CHECK(*p && *p != '\n');
				if (*p == '\\') {
					p++;
					CHECK(*p == '"' || *p == '\\' || *p == 'n');
				}
			}
			p++;
		} while (*p == ',');
		CHECK(*p == '}');
		p++;
	}
	CHECK(*p == ' ' && !isspace((unsigned char)p[1]));
	strtod(p + 1, &end);
	CHECK(end > p + 1 && *end == '\n');
	return end + 1;
}

static uint64_t count_samples(const char *text)
{
	uint64_t n = 0;

	while (*text) {
		if (*text == '#') {
			text = strchr(text, '\n') + 1;
		} else {
			text = check_line(text);
			n++;
		}
	}
	return n;
}

/* The labels before the value: two of them the same would be refused by who scrapes. */
static void check_unique(const char *text)
{
	struct str lines[N_METRICS * N_ENTRIES * 4 + 1];
	size_t n = 0;

	for (; *text; text = strchr(text, '\n') + 1) {
		const char *end = strchr(text, '\n');

		if (*text == '#')
			continue;
		while (*end != ' ')
			end--;
		for (size_t i = 0; i < n; i++)
			CHECK(!str_equal(lines[i], (struct str){text, (size_t)(end - text)}));
		CHECK(n < sizeof(lines) / sizeof(*lines));
		lines[n++] = (struct str){text, (size_t)(end - text)};
	}
}

static char *render(struct snapshot *s, size_t chunk)
{
	_cleanup_(exposition_unrefp) struct exposition *x = exposition_new(&s, 1);
	_cleanup_(text_render_freep) struct text_render *r = x ? text_render_new(x) : NULL;
	_cleanup_buf_ struct buf text = BUF_INIT;
	ssize_t n;

	CHECK(r);
	do {
		CHECK(buf_reserve(&text, chunk) == 0);
		n = text_render_read(r, text.data + text.len, chunk);
		CHECK(n >= 0);
		text.len += (size_t)n;
	} while (n);
	CHECK(text.len == strlen(buf_string(&text)));
	return buf_take(&text);
}

struct entries {
	void *keys, *values;
	uint32_t n;
};

static struct snapshot *run_pass(struct plan *plan, struct snapshot *previous,
				 const struct map_info *info, const struct entries *e,
				 uint64_t max_series)
{
	_cleanup_(builder_freep) struct builder *b = builder_new(plan, previous, max_series);
	struct builder_result r = {0};
	uint32_t half = e->n / 2;
	_cleanup_(freep) char *text = NULL;

	CHECK(b);
	CHECK(builder_add(b, e->keys, e->values, half) == 0);
	CHECK(builder_add(b, (char *)e->keys + half * info->key_size,
			  (char *)e->values + half * info->n_cpus * info->value_stride,
			  e->n - half) == 0);
	CHECK(builder_finish(b, &r) == 0);
	CHECK(r.n_entries == e->n);
	text = render(r.snapshot, 7 + max_series);
	CHECK(is_utf8((const unsigned char *)text, strlen(text)));
	CHECK(count_samples(text) == r.n_series);
	CHECK(r.n_series <= max_series);
	check_unique(text);
	return r.snapshot;
}

/* A map has no key twice. */
static void make_keys_unique(struct entries *e, const struct map_info *info, size_t value_bytes)
{
	char *keys = e->keys, *values = e->values;
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n; i++) {
		uint32_t k = 0;

		while (k < n && memcmp(keys + k * info->key_size, keys + i * info->key_size,
				       info->key_size) != 0)
			k++;
		if (k < n)
			continue;
		memmove(keys + n * info->key_size, keys + i * info->key_size, info->key_size);
		memmove(values + n * value_bytes, values + i * value_bytes, value_bytes);
		n++;
	}
	e->n = n;
	e->keys = realloc(e->keys, n * info->key_size + !n);
	e->values = realloc(e->values, n * value_bytes + !n);
}

static void run_plan(struct input *in, struct plan *plan, const struct map_info *info)
{
	size_t value_bytes = (size_t)info->n_cpus * info->value_stride;
	uint64_t max_series = take(in) & 1 ? 10000 : take(in);
	struct entries e = {.n = take_below(in, N_ENTRIES)};
	struct snapshot *first, *second;
	char *texts[2];

	e.keys = take_bytes(in, e.n * info->key_size);
	e.values = take_bytes(in, e.n * value_bytes);
	make_keys_unique(&e, info, value_bytes);
	first = run_pass(plan, NULL, info, &e, max_series);
	second = run_pass(plan, first, info, &e, max_series);
	texts[0] = render(first, 4096);
	texts[1] = render(second, 1);
	CHECK(!strcmp(texts[0], texts[1]));
	snapshot_unref(first);
	if (e.n) { /* other keys than before */
		((uint8_t *)e.keys)[take(in) % (e.n * info->key_size)] ^= 1;
		make_keys_unique(&e, info, value_bytes);
	}
	first = run_pass(plan, second, info, &e, max_series);
	snapshot_unref(first);
	snapshot_unref(second);
	free(texts[0]);
	free(texts[1]);
	free(e.keys);
	free(e.values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, data + size};
	_cleanup_(layout_freep) struct layout *key = make_layout(&in, 'k');
	_cleanup_(layout_freep) struct layout *value = make_layout(&in, 'v');
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	_cleanup_(plan_unrefp) struct plan *plan = NULL;
	struct map_info info = {.type = BPF_MAP_TYPE_HASH, .id = 7};
	enum config_cpu cpu = CONFIG_CPU_SUM;
	static struct metrics m;
	struct plan_input input;
	int r;

	if (take_below(&in, 2)) {
		info.type = BPF_MAP_TYPE_PERCPU_HASH;
		cpu = (enum config_cpu)take_below(&in, CONFIG_CPU_EACH + 1);
	}
	info.key_size = key->root.size;
	info.value_size = value->root.size;
	map_info_set_stride(&info, 3);
	make_metrics(&in, &m, cpu);
	input = (struct plan_input){.map = &m.map,
				    .families = m.families,
				    .info = &info,
				    .key = key,
				    .value = value,
				    .pin = "/p"};
	r = plan_compile(&input, &plan, &problems);
	CHECK(r == 0 || r == -EINVAL);
	CHECK((r == 0) == !problems_any(&problems));
	if (r == 0)
		run_plan(&in, plan, &info);
	for (size_t i = 0; i < m.map.n_metrics; i++)
		family_unref(m.families[i]);
	return 0;
}
