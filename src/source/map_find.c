// SPDX-License-Identifier: GPL-2.0-only
#include "source/map_find.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "source/map_ops.h"

static int add_id(struct pin_matches *m, uint32_t id)
{
	char locator[32];

	snprintf(locator, sizeof(locator), "id:%u", id);
	return pin_matches_add(m, locator);
}

/* Return: 1, 0, or -errno; -ENOENT where the map is gone. */
static int has_name(uint32_t id, const char *name)
{
	_cleanup_(close_fdp) int fd = map_get_by_id(id, BPF_F_RDONLY);
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int r = fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, &info, &size);

	return r < 0 ? r : !strncmp(info.name, name, sizeof(info.name) - 1);
}

static int find_name(const char *name, struct pin_matches *found)
{
	uint32_t id = 0;
	int r;

	while ((r = map_next_id(id, &id)) == 0) {
		int q = has_name(id, name);

		if (q > 0)
			q = add_id(found, id);
		if (q < 0 && q != -ENOENT)
			return q;
	}
	return r == -ENOENT ? 0 : r;
}

int map_find_name(const char *name, struct pin_matches *ret_matches, struct err *e)
{
	_cleanup_(pin_matches_done) struct pin_matches found = {0};
	int r = find_name(name, &found);

	if (r == -EPERM)
		return err_set(e, r,
			       "finding maps by the name '%s' needs CAP_SYS_ADMIN; without it, "
			       "pin them and name the pins",
			       name);
	if (r < 0)
		return err_set(e, r, "finding maps by the name '%s': %s", name, err_name(r));
	pin_matches_sort(&found);
	*ret_matches = found;
	found = (struct pin_matches){0};
	return 0;
}

int map_find_id(uint32_t id, struct pin_matches *ret_matches, struct err *e)
{
	_cleanup_(pin_matches_done) struct pin_matches found = {0};

	if (add_id(&found, id) < 0)
		return err_set(e, -ENOMEM, "id:%u: no memory to look for it", id);
	*ret_matches = found;
	found = (struct pin_matches){0};
	return 0;
}
