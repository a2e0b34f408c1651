// SPDX-License-Identifier: GPL-2.0-only
/*
 * User ids as names, out of the passwd file itself: the C library's way would
 * load modules and talk to daemons. Once a second at most it is looked at
 * whether the file is another one now. An unknown user stays a number.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cached_name_internal.h"
#include "lookup_paths_internal.h"
#include "name_table_internal.h"

#define LOOK_AGAIN_NS  NS_PER_S
#define MAX_USERS      1000000
#define MAX_NAME_BYTES (64U << 20)

struct user_state {
	struct name_table names;
	uint64_t look_again_ns;
	struct stat read; /* of the file that the names are from */
};

static int user_init(struct decoder *d, const struct decoder_input *in)
{
	int r = number_init(d, in);

	if (r < 0)
		return r;
	d->state = calloc(1, sizeof(struct user_state));
	return d->state ? 0 : -ENOMEM;
}

static void user_done(struct decoder *d)
{
	struct user_state *s = d->state;

	if (s)
		name_table_done(&s->names);
	free(s);
}

/*
 * "name:x:1000:1000:…". What is none, or begins with # + or - as for other
 * sources of names, is passed over. Return: as name_table_add().
 */
static int add_line(struct name_table *t, char *line)
{
	const char *name = strsep(&line, ":"), *uid;
	unsigned long long number;

	strsep(&line, ":");
	uid = strsep(&line, ":");
	if (strchr("#+-", *name) || !line || str_parse_u64(str_of(uid), &number) < 0 ||
	    number > UINT32_MAX)
		return 0;
	return name_table_add(t, number, str_of(name));
}

static int read_names(struct name_table *t, FILE *f)
{
	_cleanup_(freep) char *line = NULL;
	size_t cap = 0;
	int r = 0;

	while (r == 0 && getline(&line, &cap, f) > 0)
		r = add_line(t, line);
	name_table_sort(t);
	return r == 0 && ferror(f) ? -EIO : r;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A file that cannot be read changes nothing. Return: 0 or -ENOMEM. */
static int look_again(struct user_state *s)
{
	struct name_table t = {.max_items = MAX_USERS, .max_bytes = MAX_NAME_BYTES};
	_cleanup_(fclosep) FILE *f = fopen(lookup_paths.passwd, "re");
	struct stat st;
	int r;

	if (!f || fstat(fileno(f), &st) < 0 || is_same_file(&st, &s->read))
		return 0;
	r = read_names(&t, f);
	if (r < 0) {
		name_table_done(&t);
		return r == -ENOMEM ? r : 0;
	}
	name_table_done(&s->names);
	s->names = t;
	s->read = st;
	return 0;
}

static int user_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	struct user_state *s = d->state;
	const struct name_table_item *item;
	uint64_t now_ns = clock_mono_ns();
	struct str name;

	if (now_ns >= s->look_again_ns) {
		int r = look_again(s);

		if (r < 0)
			return r;
		s->look_again_ns = now_ns + LOOK_AGAIN_NS;
	}
	item = name_table_floor(&s->names, in->number);
	if (!item || item->number != in->number)
		return datum_write_default(in, out);
	name = name_table_name(&s->names, item);
	return buf_append(out, name.p, name.n);
}

const struct decoder_ops decoder_user = {
	.name = "user",
	.is_changing = true,
	.init = user_init,
	.decode = user_decode,
	.done = user_done,
};
