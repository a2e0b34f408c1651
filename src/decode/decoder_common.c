// SPDX-License-Identifier: GPL-2.0-only
#include "decoder_common_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

int decoder_needs(const struct decoder *d, const struct decoder_input *in, const char *what)
{
	const struct place *at = &in->config->at;

	if (in->shape->kind == DATUM_TEXT)
		return problems_add(in->problems, at, "%s needs %s, not text", d->ops->name, what);
	return problems_add(in->problems, at, "%s needs %s, not %zu bytes", d->ops->name, what,
			    in->shape->n);
}

int decoder_init_number(struct decoder *d, const struct decoder_input *in)
{
	if (in->shape->kind == DATUM_NUMBER)
		return 0;
	return problems_add(in->problems, &in->config->at, "%s needs an integer field",
			    d->ops->name);
}

int decoder_init_magnitude(struct decoder *d, const struct decoder_input *in)
{
	int r = decoder_init_number(d, in);

	if (r == 0)
		d->is_lossy = d->is_merging = in->shape->field->kind != FIELD_UINT;
	return r;
}

uint64_t decoder_magnitude(const struct datum *in)
{
	return in->is_signed && (int64_t)in->number < 0 ? 0 - in->number : in->number;
}

int decoder_write_name(const char *const *names, size_t n, const struct datum *in, struct buf *out)
{
	if (in->number < n && names[in->number])
		return buf_puts(out, names[in->number]);
	return datum_write_default(in, out);
}

int decoder_plain_init(struct decoder *plain, const struct decoder_input *in)
{
	plain->ops = decoder_default(in->shape);
	return plain->ops->init ? plain->ops->init(plain, in) : 0;
}

int decoder_plain_text(const struct decoder *plain, const struct datum *in, struct buf *scratch,
		       struct str *ret_text)
{
	int r;

	if (in->kind == DATUM_TEXT) {
		*ret_text = (struct str){.p = (const char *)in->bytes, .n = in->n};
		return 0;
	}
	r = plain->ops->decode(plain, in, scratch);
	if (r < 0 || !buf_string(scratch))
		return -ENOMEM;
	*ret_text = (struct str){.p = scratch->data, .n = scratch->len};
	return 0;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int find_twins(struct decoder_entries *e)
{
	_cleanup_(freep) const char **texts = calloc(e->n + 1, sizeof(*texts));

	if (!texts)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++)
		texts[i] = e->items[i].text;
	qsort(texts, e->n, sizeof(*texts), compare_texts);
	for (size_t i = 1; i < e->n; i++)
		if (!strcmp(texts[i - 1], texts[i]))
			e->has_twins = true;
	return 0;
}

int decoder_entries_copy(const struct config_decoder *c, struct decoder_entries *ret)
{
	ret->items = calloc(c->n_entries + 1, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_entries; i++) {
		struct config_map_entry *e = &ret->items[ret->n++];

		*e = c->entries[i];
		e->name = e->name ? strdup(e->name) : NULL;
		e->text = strdup(e->text);
		if (!e->text || (c->entries[i].name && !e->name))
			return -ENOMEM;
	}
	return find_twins(ret);
}

void decoder_entries_done(struct decoder_entries *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free(e->items[i].name);
		free(e->items[i].text);
	}
	free(e->items);
}

size_t decoder_write_ip(char *dst, const uint8_t *bytes, size_t n)
{
	size_t len = 0;

	if (n == 16) {
		inet_ntop(AF_INET6, bytes, dst, IP_TEXT_MAX);
		return strlen(dst);
	}
	for (int i = 0; i < 4; i++) {
		if (i)
			dst[len++] = '.';
		len += num_write_u64(dst + len, bytes[i]);
	}
	return len;
}
