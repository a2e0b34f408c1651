// SPDX-License-Identifier: GPL-2.0-only
/*
 * pin_churner SHAPE FOLDER LOG N PER_SECOND: N pins that come, go and are replaced
 * by other maps: FOLDER/pNNNN ("flat") or FOLDER/pNNNN/stats ("nested"). "ready" is written when
 * there are the first of them; a line on the standard input ends the changes ("quiet"), another one
 * removes all pins.
 *
 * Each map is an array of one number that no other map has. The log says, one
 * record a change, which pin named which number from then on: a change takes
 * effect between its two times.
 *
 * A map goes with its last pin: this process keeps no descriptor of it.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct change {
	uint64_t begin_ns, end_ns;
	uint32_t pin, map_id;
	uint64_t number; /* 0: nothing is pinned there */
};

struct pins {
	const char *folder;
	FILE *log;
	uint32_t n;
	bool is_flat;
	uint64_t n_made;
	bool *is_there;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "pin_churner: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

enum name { PIN, BESIDE, OWN_FOLDER };

static const char *path_of(const struct pins *p, uint32_t pin, enum name name)
{
	static const struct {
		const char *before, *after;
	} flat[] = {{"p", ""}, {"new", ""}}, nested[] = {{"p", "/stats"}, {"p", "/new"}, {"p", ""}};
	static char path[2][256];
	static int which;

	which = !which;
	snprintf(path[which], sizeof(path[which]), "%s/%s%04u%s", p->folder,
		 p->is_flat ? flat[name].before : nested[name].before, pin,
		 p->is_flat ? flat[name].after : nested[name].after);
	return path[which];
}

/* One record at a time, so that a reader sees whole ones. */
static void note(struct pins *p, uint64_t begin_ns, uint32_t pin, uint32_t map_id, uint64_t number)
{
	struct change c = {begin_ns, now_ns(), pin, map_id, number};

	if (fwrite(&c, sizeof(c), 1, p->log) != 1 || fflush(p->log))
		die("writing the log");
	p->is_there[pin] = number;
}

static int make_map(uint64_t number, uint32_t *ret_id)
{
	struct bpf_map_info info = {0};
	uint32_t key = 0, size = sizeof(info);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "of_pin", 4, 8, 1, NULL);

	if (fd < 0 || bpf_map_update_elem(fd, &key, &number, 0) ||
	    bpf_obj_get_info_by_fd(fd, &info, &size))
		die("making a map");
	*ret_id = info.id;
	return fd;
}

static void unpin(struct pins *p, uint32_t pin)
{
	uint64_t begin_ns = now_ns();

	if (unlink(path_of(p, pin, PIN)))
		die("removing a pin");
	note(p, begin_ns, pin, 0, 0);
}

/* Where nothing is, or in place of what is there. */
static void pin(struct pins *p, uint32_t pin)
{
	const char *path = path_of(p, pin, PIN), *new = path_of(p, pin, BESIDE);
	uint64_t number = ++p->n_made, begin_ns;
	uint32_t id;
	int fd = make_map(number, &id);
	bool is_there = p->is_there[pin];

	if (is_there && bpf_obj_pin(fd, new))
		die("pinning beside");
	begin_ns = now_ns();
	if (is_there ? rename(new, path) : bpf_obj_pin(fd, path))
		die("pinning");
	note(p, begin_ns, pin, id, number);
	close(fd);
}

static void change_one(struct pins *p)
{
	uint32_t which = (uint32_t)rand() % p->n;
	int how = rand() % 4;

	if (!p->is_there[which] || how == 0) {
		pin(p, which);
		return;
	}
	unpin(p, which);
	if (how == 1)
		pin(p, which);
}

static bool is_ended(int timeout_ms)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char c;

	return poll(&input, 1, timeout_ms) > 0 && read(STDIN_FILENO, &c, 1) >= 0;
}

static void churn(struct pins *p, uint64_t per_second)
{
	uint64_t due_ns = now_ns();

	while (!is_ended(0)) {
		uint64_t now;

		change_one(p);
		due_ns += 1000000000 / per_second;
		now = now_ns();
		if (now < due_ns)
			usleep((useconds_t)((due_ns - now) / 1000));
		else
			due_ns = now;
	}
}

int main(int argc, char **argv)
{
	struct pins p;

	if (argc != 6) {
		fprintf(stderr, "Usage: pin_churner flat|nested FOLDER LOG N PER_SECOND\n");
		return 2;
	}
	p = (struct pins){
		.is_flat = !strcmp(argv[1], "flat"),
		.folder = argv[2],
		.log = fopen(argv[3], "w"),
		.n = (uint32_t)atoi(argv[4]),
	};
	p.is_there = calloc(p.n, sizeof(*p.is_there));
	if (!p.log || !p.is_there)
		die(argv[3]);
	for (uint32_t i = 0; i < p.n; i++) {
		if (!p.is_flat && mkdir(path_of(&p, i, OWN_FOLDER), 0700))
			die(argv[2]);
		if (i % 10) /* a tenth comes later */
			pin(&p, i);
	}
	puts("ready");
	fflush(stdout);
	churn(&p, strtoull(argv[5], NULL, 10));
	puts("quiet");
	fflush(stdout);
	is_ended(-1);
	for (uint32_t i = 0; i < p.n; i++)
		if (p.is_there[i])
			unpin(&p, i);
	return 0;
}
