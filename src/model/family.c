// SPDX-License-Identifier: GPL-2.0-only
#include "model/family.h"

#include <string.h>

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
