/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_MAP_PLAN_INTERNAL_H
#define COLLECT_MAP_PLAN_INTERNAL_H

#include "base/problems.h"
#include "instance_internal.h"
#include "decode/plan.h"
#include "source/map_source.h"
#include "source/pin_glob.h"

/*
 * map_plan() - the plan of an open map. BTF is only asked for where the
 * configuration does not say the whole layout.
 *
 * Return: one reference in @ret_plan and 0; -EINVAL with messages in
 *         @problems, -ENOMEM.
 */
int map_plan(struct map_source *source, const struct instance_class *class,
	     const struct pin_match *pin, struct plan **ret_plan, struct problems *problems);

#endif
