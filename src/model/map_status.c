// SPDX-License-Identifier: GPL-2.0-only
#include "model/map_status.h"

const char *map_failure_name(enum map_failure failure)
{
	static const char *const names[N_MAP_FAILURES] = {
		[MAP_FAILURE_MISSING] = "missing", [MAP_FAILURE_PERMISSION] = "permission",
		[MAP_FAILURE_TYPE] = "type",	   [MAP_FAILURE_LAYOUT] = "layout",
		[MAP_FAILURE_TIMEOUT] = "timeout", [MAP_FAILURE_MEMORY] = "memory",
		[MAP_FAILURE_EVICT] = "evict",	   [MAP_FAILURE_READ] = "read",
	};

	return names[failure];
}
