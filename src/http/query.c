// SPDX-License-Identifier: GPL-2.0-only
#include "query_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"

/* So much of a name that a client sent is shown to it again. */
#define SHOWN_BYTES 100

struct parse {
	const struct scrape_provider *provider;
	struct query *query;
	struct err *e;
	int result;
};

static const char *find_map(const struct scrape_provider *p, struct str name)
{
	for (size_t i = 0, n = p->n_maps(p->self); i < n; i++) {
		const char *candidate = p->map_name(p->self, i);

		if (str_equal(name, str_of(candidate)))
			return candidate;
	}
	return NULL;
}

static int complain_unknown(struct parse *p, struct str name)
{
	const struct scrape_provider *provider = p->provider;
	size_t n = provider->n_maps(provider->self);
	int shown = name.n < SHOWN_BYTES ? (int)name.n : SHOWN_BYTES;
	_cleanup_(freep) const char **names = calloc(n ? n : 1, sizeof(*names));
	const char *meant = NULL;

	if (!names)
		return err_set(p->e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		names[i] = provider->map_name(provider->self, i);
	if (name.n < SHOWN_BYTES)
		meant = str_suggest(name.p, names, n);
	if (meant)
		return err_set(p->e, -EINVAL, "no map is called '%.*s' (did you mean '%s'?)", shown,
			       name.p, meant);
	return err_set(p->e, -EINVAL, "no map is called '%.*s': the page at / lists them", shown,
		       name.p);
}

static int add_name(struct parse *p, bool exclude, struct str name)
{
	struct query *q = p->query;
	const char *known;

	if (q->n && q->exclude != exclude)
		return err_set(p->e, -EINVAL, "map[] and exclude[] cannot be used together");
	if (q->n == QUERY_MAX_NAMES)
		return err_set(p->e, -EINVAL, "more than %d maps are named", QUERY_MAX_NAMES);
	known = find_map(p->provider, name);
	if (!known)
		return complain_unknown(p, name);
	q->exclude = exclude;
	q->names[q->n++] = known;
	return 0;
}

static enum MHD_Result take_parameter(void *cls, enum MHD_ValueKind kind, const char *key,
				      size_t key_size, const char *value, size_t value_size)
{
	struct parse *p = cls;
	struct str name = {.p = key, .n = key_size};
	bool exclude = str_equal(name, STR("exclude[]"));

	(void)kind;
	if (!exclude && !str_equal(name, STR("map[]")))
		return MHD_YES;
	p->result = add_name(p, exclude,
			     (struct str){.p = value ? value : "", .n = value ? value_size : 0});
	return p->result ? MHD_NO : MHD_YES;
}

int query_parse(struct MHD_Connection *connection, const struct scrape_provider *provider,
		struct query *ret_query, struct err *e)
{
	struct parse p = {.provider = provider, .query = ret_query, .e = e};

	ret_query->n = 0;
	ret_query->exclude = false;
	MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, take_parameter, &p);
	return p.result;
}
