// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading a probe: one way for all of them, from the names in its object.
 *
 * Everything that can fail happens beside what runs already: maps are taken
 * over from their pins, the programs are attached a second time, new pins get
 * names of their own and are noted in a journal. The last step only renames
 * the new pins onto the old ones and lets go of the old links, so that a
 * failure before it leaves all as it was. Between the attachment and that
 * last step both generations count: a moment of double counting, rather than
 * one in which nothing is seen.
 *
 * A link opened here before its pin goes is detached when it is closed; the
 * kernel would do it some time later otherwise.
 */
#include "probes_internal.h"

#include <assert.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/btf_store.h"
#include "source/map_ops.h"
#include "source/map_source.h"

#define MAX_PROGRAMS 8
#define NEW_SUFFIX   "_new"

DEFINE_CLEANUP(bpf_object__close, struct bpf_object *)

/* The links of a probe's programs, in their order; NULL: none. */
struct link_set {
	struct bpf_link *links[MAX_PROGRAMS];
};

const struct probe *const probes[] = {&probe_syscalls};
const size_t n_probes = ARRAY_SIZE(probes);

static void link_set_done(struct link_set *set)
{
	for (size_t i = 0; i < MAX_PROGRAMS; i++)
		bpf_link__destroy(take_ptr(set->links[i]));
}

const struct probe *probe_find(const char *name)
{
	for (size_t i = 0; i < n_probes; i++)
		if (!strcmp(probes[i]->name, name))
			return probes[i];
	return NULL;
}

/* A failure of libbpf's, in words that say what to do. */
static int explain(const struct probe *p, int code, const char *what, struct err *e)
{
	const char *details = libbpf_log_text();

	if (code == -EPERM || code == -EACCES)
		return err_set(
			e, code,
			"%s cannot be %s: this needs root with CAP_BPF and CAP_PERFMON, and a "
			"kernel without a policy against it",
			p->name, what);
	if (code == -ENOSYS)
		return err_set(e, code, "%s cannot be %s: this kernel has no bpf()", p->name, what);
	return err_set(e, code, "%s cannot be %s: %s%s%s", p->name, what, err_name(code),
		       *details ? "; libbpf says:\n" : "", details);
}

static int open_object(const struct probe *p, struct bpf_object **ret_object, struct err *e)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = p->name);
	size_t size;
	const void *elf = p->object(&size);

	libbpf_log_start();
	*ret_object = bpf_object__open_mem(elf, size, &opts);
	return *ret_object ? 0 : explain(p, -errno, "read", e);
}

static int attach_programs(const struct probe *p, struct bpf_object *object, struct link_set *set,
			   struct err *e)
{
	struct bpf_program *program;
	size_t i = 0;

	bpf_object__for_each_program(program, object)
	{
		assert(i < MAX_PROGRAMS);
		set->links[i] = bpf_program__attach(program);
		if (!set->links[i++])
			return explain(p, -errno, "attached", e);
	}
	return 0;
}

static int load_object(const struct probe *p, struct bpf_object *object, struct err *e)
{
	int r = bpf_object__load(object);

	return r ? explain(p, r, "loaded", e) : 0;
}

int probe_check(const struct probe *p, struct err *e)
{
	_cleanup_(bpf_object__closep) struct bpf_object *object = NULL;
	_cleanup_(link_set_done) struct link_set links = {0};
	int r = open_object(p, &object, e);

	if (!r)
		r = load_object(p, object, e);
	return r ? r : attach_programs(p, object, &links, e);
}

bool probe_is_loaded(const struct probe *p)
{
	_cleanup_(bpf_object__closep) struct bpf_object *object = NULL;
	struct bpf_program *program;
	struct bpf_map *map;

	if (open_object(p, &object, NULL))
		return false;
	bpf_object__for_each_map(map, object)
	{
		struct pin_path pin = pin_path(p, "", bpf_map__name(map), "");

		if (access(pin.s, F_OK))
			return false;
	}
	bpf_object__for_each_program(program, object)
	{
		struct pin_path link = pin_path(p, "links/", bpf_program__name(program), "");

		if (access(link.s, F_OK))
			return false;
	}
	return true;
}

static bool fits(const struct bpf_map *map, const struct map_info *info)
{
	return info->type == bpf_map__type(map) && info->key_size == bpf_map__key_size(map) &&
	       info->value_size == bpf_map__value_size(map) &&
	       info->max_entries == bpf_map__max_entries(map) &&
	       info->flags == bpf_map__map_flags(map);
}

/* Takes over the map that is pinned already, if there is one. */
static int reuse_map(const struct probe *p, struct bpf_map *map, struct err *e)
{
	struct pin_path path = pin_path(p, "", bpf_map__name(map), "");
	_cleanup_(close_fdp) int fd = map_get(path.s, 0);
	struct map_info info;
	int r;

	if (fd == -ENOENT)
		return 0;
	r = fd < 0 ? fd : map_fd_info(fd, &info);
	if (r == -EPERM || r == -EACCES)
		return explain(p, r, "loaded", e);
	if (r || !fits(map, &info))
		return err_set(e, -EEXIST,
			       "%s: what is pinned there has another layout than this version's "
			       "map; `bpfmapctl probes unload %s` first ends its counts",
			       path.s, p->name);
	r = bpf_map__reuse_fd(map, fd);
	return r ? explain(p, r, "loaded", e) : 0;
}

static int reuse_maps(const struct probe *p, struct bpf_object *object, struct err *e)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		int r = reuse_map(p, map, e);

		if (r)
			return r;
	}
	return 0;
}

/* Pins what is new, and gives the group its access to all. */
static int pin_maps(const struct probe *p, struct bpf_object *object, gid_t group,
		    struct pin_journal *j, struct err *e)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		struct pin_path path = pin_path(p, "", bpf_map__name(map), "");
		int r;

		if (access(path.s, F_OK)) {
			r = bpf_map__pin(map, path.s);
			if (r)
				return explain(p, r, "pinned", e);
			pin_journal_add(j, &path);
		}
		r = pin_set_access(path.s, group, 0640, e);
		if (r)
			return r;
	}
	return 0;
}

static int remove_program_pins(const struct probe *p, const char *name, const char *suffix,
			       struct err *e)
{
	struct pin_path link = pin_path(p, "links/", name, suffix);
	struct pin_path program = pin_path(p, "programs/", name, suffix);
	int r = pin_remove(&link, e);

	return r ? r : pin_remove(&program, e);
}

static int pin_program(const struct probe *p, struct bpf_program *program, struct bpf_link *link,
		       gid_t group, struct pin_journal *j, struct err *e)
{
	const char *name = bpf_program__name(program);
	struct pin_path program_path = pin_path(p, "programs/", name, NEW_SUFFIX);
	struct pin_path link_path = pin_path(p, "links/", name, NEW_SUFFIX);
	int r;

	/* What a process that was killed may have left. */
	r = remove_program_pins(p, name, NEW_SUFFIX, e);
	if (r)
		return r;
	r = bpf_program__pin(program, program_path.s);
	if (r)
		return explain(p, r, "pinned", e);
	pin_journal_add(j, &program_path);
	r = bpf_link__pin(link, link_path.s);
	if (r)
		return explain(p, r, "pinned", e);
	pin_journal_add(j, &link_path);
	return pin_set_access(program_path.s, group, 0640, e);
}

static int pin_programs(const struct probe *p, struct bpf_object *object,
			const struct link_set *links, gid_t group, struct pin_journal *j,
			struct err *e)
{
	struct bpf_program *program;
	size_t i = 0;

	bpf_object__for_each_program(program, object)
	{
		int r = pin_program(p, program, links->links[i++], group, j, e);

		if (r)
			return r;
	}
	return 0;
}

/* Opens the pinned links, so that closing the set detaches them. */
static void open_old_links(const struct probe *p, struct bpf_object *object, struct link_set *set)
{
	struct bpf_program *program;
	size_t i = 0;

	bpf_object__for_each_program(program, object)
	{
		struct pin_path path = pin_path(p, "links/", bpf_program__name(program), "");

		assert(i < MAX_PROGRAMS);
		set->links[i++] = bpf_link__open(path.s);
	}
}

static int replace_pin(const struct probe *p, const char *folder, const char *name, struct err *e)
{
	struct pin_path from = pin_path(p, folder, name, NEW_SUFFIX);
	struct pin_path to = pin_path(p, folder, name, "");

	if (rename(from.s, to.s))
		return err_set(e, -errno, "%s: cannot be replaced: %s", to.s, err_name(errno));
	return 0;
}

static int replace_programs(const struct probe *p, struct bpf_object *object, struct err *e)
{
	_cleanup_(link_set_done) struct link_set old = {0};
	struct bpf_program *program;

	open_old_links(p, object, &old);
	bpf_object__for_each_program(program, object)
	{
		const char *name = bpf_program__name(program);
		int r;

		if ((r = replace_pin(p, "links/", name, e)) ||
		    (r = replace_pin(p, "programs/", name, e)))
			return r;
	}
	return 0;
}

static int load_locked(const struct probe *p, gid_t group, struct pin_journal *j, struct err *e)
{
	_cleanup_(bpf_object__closep) struct bpf_object *object = NULL;
	_cleanup_(link_set_done) struct link_set links = {0};
	int opened, r;

	if ((r = open_object(p, &object, e)) || (r = reuse_maps(p, object, e)) ||
	    (r = load_object(p, object, e)) || (r = pin_make_folders(p, group, j, e)) ||
	    (r = pin_maps(p, object, group, j, e)) || (r = attach_programs(p, object, &links, e)) ||
	    (r = pin_programs(p, object, &links, group, j, e)))
		return r;
	opened = group == (gid_t)-1 ? 0 : pin_open_bpffs(e);
	if (opened < 0)
		return opened;
	r = replace_programs(p, object, e);
	return r ? r : opened;
}

int probe_load(const struct probe *p, gid_t group, struct err *e)
{
	_cleanup_(close_fdp) int lock = -1; /* released after the journal is undone */
	_cleanup_(pin_journal_undo) struct pin_journal journal = {0};
	int r = pin_check_filesystem(e);

	if (!r)
		r = pin_make_root(&journal, e);
	if (r)
		return r;
	lock = pin_root_lock(e);
	if (lock < 0)
		return lock;
	r = load_locked(p, group, &journal, e);
	if (r >= 0)
		pin_journal_keep(&journal);
	return r;
}

static int save_map_btf(const char *pin, const char *state_dir, struct err *e)
{
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	int r = map_source_open(pin, false, &s, e);

	if (r)
		return r;
	r = btf_store_save(state_dir, &s->info, e);
	return r < 0 ? err_wrap(e, r, "%s", pin) : 0;
}

int probe_save_btf(const struct probe *p, const char *state_dir, struct err *e)
{
	_cleanup_(bpf_object__closep) struct bpf_object *object = NULL;
	int result = open_object(p, &object, e);
	struct bpf_map *map;

	if (result)
		return result;
	bpf_object__for_each_map(map, object)
	{
		struct pin_path pin = pin_path(p, "", bpf_map__name(map), "");
		int r = save_map_btf(pin.s, state_dir, result ? NULL : e);

		result = result ? result : r;
	}
	return result;
}

static int remove_pins(const struct probe *p, struct bpf_object *object, struct err *e)
{
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, object)
	{
		const char *name = bpf_program__name(program);
		int r;

		if ((r = remove_program_pins(p, name, "", e)) ||
		    (r = remove_program_pins(p, name, NEW_SUFFIX, e)))
			return r;
	}
	bpf_object__for_each_map(map, object)
	{
		struct pin_path path = pin_path(p, "", bpf_map__name(map), "");
		int r = pin_remove(&path, e);

		if (r)
			return r;
	}
	return 0;
}

int probe_unload(const struct probe *p, struct err *e)
{
	_cleanup_(bpf_object__closep) struct bpf_object *object = NULL;
	_cleanup_(link_set_done) struct link_set old = {0};
	_cleanup_(close_fdp) int lock = -1;
	int r;

	lock = pin_root_lock(e);
	if (lock == -ENOENT)
		return 0;
	if (lock < 0)
		return lock;
	r = open_object(p, &object, e);
	if (r)
		return r;
	open_old_links(p, object, &old);
	r = remove_pins(p, object, e);
	return r ? r : pin_remove_folders(p, e);
}
