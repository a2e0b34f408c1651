// SPDX-License-Identifier: GPL-2.0-only
#include "model/family.h"

#include <string.h>

size_t family_base_suffix(const struct family *f)
{
	struct str suffix = f->type == FAMILY_COUNTER ? STR("_total") : STR("_info");

	if ((f->type != FAMILY_COUNTER && f->type != FAMILY_INFO) || f->is_crowded)
		return 0;
	return str_ends_in(str_of(f->name), suffix) ? suffix.n : 0;
}

struct str family_unit(const struct family *f)
{
	static const char *const units[] = {"seconds", "bytes",	  "ratio",  "celsius", "meters",
					    "volts",   "amperes", "joules", "grams"};
	struct str base = {.p = f->name, .n = strlen(f->name) - family_base_suffix(f)};

	for (size_t i = 0; i < ARRAY_SIZE(units) && f->type != FAMILY_INFO; i++) {
		struct str unit = str_of(units[i]);

		if (str_ends_in(base, unit) && base.p[base.n - unit.n - 1] == '_')
			return unit;
	}
	return STR("");
}

struct family *family_new(const char *name, enum family_type type, const char *help)
{
	_cleanup_(family_unrefp) struct family *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	atomic_init(&f->refs, 1);
	f->type = type;
	f->name = strdup(name);
	f->help = strdup(help);
	if (!f->name || !f->help)
		return NULL;
	return take_ptr(f);
}

struct family *family_ref(struct family *f)
{
	atomic_fetch_add(&f->refs, 1);
	return f;
}

void family_unref(struct family *f)
{
	if (!f || atomic_fetch_sub(&f->refs, 1) != 1)
		return;
	free(f->name);
	free(f->help);
	free(f);
}
