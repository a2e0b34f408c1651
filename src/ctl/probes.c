// SPDX-License-Identifier: GPL-2.0-only
/* The bundled probes. */
#include "probes/probes.h"

#include <stdio.h>

#include "ctl/status.h"

static const char probes_are_roots[] = "the probes are root's";

int ctl_probes_list(const struct ctl_arguments *args)
{
	int status = ctl_require_root(probes_are_roots);

	(void)args;
	printf("%-16s %-8s %-9s %s\n", "PROBE", "LOADED", "RUNS HERE", "COUNTS");
	for (size_t i = 0; i < n_probes; i++) {
		const struct probe *p = probes[i];
		const char *loaded = "?", *runs = "?";
		struct err e = {0};
		int r = 0;

		if (!status) {
			loaded = probe_is_loaded(p) ? "yes" : "no";
			r = probe_check(p, &e);
			runs = r ? "no" : "yes";
		}
		printf("%-16s %-8s %-9s %s\n", p->name, loaded, runs, p->summary);
		if (r)
			ctl_fail_with(r, &e);
	}
	return status;
}

static int check_probe_names(const struct ctl_arguments *args)
{
	const char *names[16] = {NULL};

	for (size_t i = 0; i < n_probes && i < ARRAY_SIZE(names); i++)
		names[i] = probes[i]->name;
	for (size_t i = 0; i < args->n; i++)
		if (!probe_find(args->operands[i]))
			return ctl_fail_suggest("there is no probe", args->operands[i], names,
						ARRAY_SIZE(names));
	return CTL_OK;
}

/* The probes that the operands name, or all of them, through @act; one failure does not stop the
 * rest. */
static int for_each_probe(const struct ctl_arguments *args,
			  int (*act)(const struct probe *p, const struct ctl_arguments *args))
{
	int status = check_probe_names(args);

	if (!status)
		status = ctl_require_root(probes_are_roots);
	if (status)
		return status;
	for (size_t i = 0; i < args->n; i++)
		status = ctl_worse(status, act(probe_find(args->operands[i]), args));
	for (size_t i = 0; !args->n && i < n_probes; i++)
		status = ctl_worse(status, act(probes[i], args));
	return status;
}

static int load_probe(const struct probe *p, const struct ctl_arguments *args)
{
	struct err e = {0};
	int r = probe_load(p, args->group, &e);

	if (r < 0)
		return ctl_fail_with(r, &e);
	if (r == PROBE_OPENED_BPFFS)
		ctl_fail(CTL_OK, "%s", e.text);
	if (probe_save_btf(p, args->state_dir, &e))
		ctl_fail(CTL_OK, "%s is loaded, but the BTF of its maps is not saved: %s", p->name,
			 e.text);
	return CTL_OK;
}

static int unload_probe(const struct probe *p, const struct ctl_arguments *args)
{
	struct err e = {0};
	int r = probe_unload(p, &e);

	(void)args;
	if (r < 0)
		return ctl_fail_with(r, &e);
	if (r == PROBE_LEFT_FILES)
		ctl_fail(CTL_OK, "%s", e.text);
	return CTL_OK;
}

int ctl_probes_load(const struct ctl_arguments *args)
{
	return for_each_probe(args, load_probe);
}

int ctl_probes_unload(const struct ctl_arguments *args)
{
	return for_each_probe(args, unload_probe);
}
