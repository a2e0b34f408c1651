// SPDX-License-Identifier: GPL-2.0-only
/* Copies of BTF, for an exporter that may not read it. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/status.h"
#include "source/btf_store.h"

static int save_btf_of(const char *pin, const char *state_dir)
{
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	int status = ctl_open(pin, &s), r;
	struct err e = {0};

	if (status)
		return status;
	r = btf_store_save(state_dir, &s->info, &e);
	if (r == MAP_SOURCE_NO_BTF)
		return ctl_fail(CTL_FAILED,
				"%s: %s, so there is nothing to save: write the layout in the "
				"configuration, under 'key:' and 'value:'",
				pin, e.text);
	if (r == -ENOENT)
		return ctl_fail(CTL_REFUSED,
				"%s: %s; --state-dir names the folder, whose parent must be there",
				pin, e.text);
	if (r)
		return ctl_fail_with(err_wrap(&e, r, "%s", pin), &e);
	printf("%s: BTF %u saved\n", pin, s->info.btf_id);
	return CTL_OK;
}

int ctl_btf_save(const struct ctl_arguments *args)
{
	int status = ctl_require_root("reading BTF is root's");

	for (size_t i = 0; !geteuid() && i < args->n; i++)
		status = ctl_worse(status, save_btf_of(args->operands[i], args->state_dir));
	return status;
}
