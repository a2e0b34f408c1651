// SPDX-License-Identifier: GPL-2.0-only
#include "collect/check.h"
#include "ctl/commands.h"

int ctl_check(const struct ctl_arguments *args)
{
	return check_file(args->operands[0]) < 0 ? CTL_FAILED : CTL_OK;
}
