// SPDX-License-Identifier: GPL-2.0-only
#include "pin_watch_rig.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mount.h>

#define NOBODY 65534

static const struct {
	uint32_t bit;
	const char *name;
} event_names[] = {
	{IN_ACCESS, "ACCESS"},	       {IN_MODIFY, "MODIFY"},
	{IN_ATTRIB, "ATTRIB"},	       {IN_OPEN, "OPEN"},
	{IN_CLOSE, "CLOSE"},	       {IN_MOVED_FROM, "MOVED_FROM"},
	{IN_MOVED_TO, "MOVED_TO"},     {IN_CREATE, "CREATE"},
	{IN_DELETE, "DELETE"},	       {IN_DELETE_SELF, "DELETE_SELF"},
	{IN_MOVE_SELF, "MOVE_SELF"},   {IN_UNMOUNT, "UNMOUNT"},
	{IN_Q_OVERFLOW, "Q_OVERFLOW"}, {IN_IGNORED, "IGNORED"},
};

/* "CREATE m, …", what there is to read. */
static void describe_events(int fd, char *text, size_t size)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n = read(fd, events, sizeof(events));
	size_t len = 0;

	text[0] = '\0';
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *event = (const void *)(events + at);

		at += (ssize_t)(sizeof(*event) + event->len);
		for (size_t i = 0; i < ARRAY_SIZE(event_names); i++)
			if (event->mask & event_names[i].bit)
				len += (size_t)snprintf(text + len, size - len, "%s%s%s%s",
							len ? ", " : "", event_names[i].name,
							event->len ? " " : "",
							event->len ? event->name : "");
	}
}

enum op { PIN, OPEN, RENAME, REMOVE, MKDIR, CHMOD, LINK, MOUNT, UMOUNT };

static void run(const struct rig *rig, enum op op, const char *a, const char *b)
{
	switch (op) {
	case PIN:
		add_pin(rig, a);
		return;
	case OPEN:
		close(map_get(path_of(rig, a), BPF_F_RDONLY));
		return;
	case RENAME:
		move(rig, a, b);
		return;
	case REMOVE:
		remove_entry(rig, a);
		return;
	case MKDIR:
		make_folder(rig, a);
		return;
	case CHMOD:
		set_mode(rig, a, 0711);
		return;
	case LINK:
		make_link(rig, a, b);
		return;
	case MOUNT:
		assert_int_equal(mount("bpf", path_of(rig, a), "bpf", 0, NULL), 0);
		return;
	case UMOUNT:
		assert_int_equal(umount(path_of(rig, a)), 0);
		return;
	}
}

/* Folder d is watched too, from when it is there. */
static void test_pin_watch__what_bpffs_tells(void **state)
{
	static const struct {
		enum op op;
		const char *a, *b, *events;
	} cases[] = {
		{PIN, "m", NULL, "CREATE m"},
		{OPEN, "m", NULL, ""},
		{PIN, "n", NULL, "CREATE n"},
		{RENAME, "n", "m", "MOVED_FROM n, MOVED_TO m"},
		{CHMOD, "m", NULL, "ATTRIB m"},
		{REMOVE, "m", NULL, "DELETE m"},
		{MKDIR, "d", NULL, "CREATE d"},
		{PIN, "d/m", NULL, "CREATE m"},
		{CHMOD, "d", NULL, "ATTRIB d, ATTRIB"},
		{RENAME, "d", "e", "MOVED_FROM d, MOVED_TO e, MOVE_SELF"},
		{REMOVE, "e/m", NULL, "DELETE m"},
		{REMOVE, "e", NULL, "DELETE_SELF, IGNORED, DELETE e"},
		{MKDIR, "d", NULL, "CREATE d"},
		{LINK, "d", "l", "CREATE l"},
		{REMOVE, "l", NULL, "DELETE l"},
		{MOUNT, "d", NULL, ""},
		{PIN, "d/m", NULL, ""},
		{UMOUNT, "d", NULL, ""},
	};
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct rig rig;

	(void)state;
	rig_init(&rig, "facts", PATTERNS(NULL));
	inotify_add_watch(fd, rig.base.path, IN_ALL_EVENTS);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char events[256];

		run(&rig, cases[i].op, cases[i].a, cases[i].b);
		describe_events(fd, events, sizeof(events));
		assert_string_equal(events, cases[i].events);
		if (cases[i].op == MKDIR)
			inotify_add_watch(fd, path_of(&rig, cases[i].a), IN_ALL_EVENTS);
	}
	rig_done(&rig);
	close(fd);
}

struct step {
	enum op op;
	const char *a, *b;
	const char *told;
};

static void play(const char *name, const char *const *patterns, const struct step *steps, size_t n)
{
	struct rig rig;

	rig_start(&rig, name, patterns);
	for (size_t i = 0; i < n; i++) {
		run(&rig, steps[i].op, steps[i].a, steps[i].b);
		expect(&rig, steps[i].told);
		expect(&rig, "");
	}
	rig_done(&rig);
}

static void test_pin_watch__steps(void **state)
{
	static const struct {
		const char *name;
		const char *patterns[PATTERNS_MAX];
		struct step steps[16];
	} cases[] = {
		{"a pin",
		 {"map"},
		 {{PIN, "map", NULL, "0"},
		  {OPEN, "map", NULL, ""},
		  {PIN, "other", NULL, ""},
		  {RENAME, "other", "map", "0"},
		  {CHMOD, "map", NULL, "0"},
		  {RENAME, "map", "away", "0"},
		  {REMOVE, "away", NULL, ""},
		  {PIN, "map", NULL, "0"},
		  {REMOVE, "map", NULL, "0"},
		  {PIN, "map2", NULL, ""},
		  {PIN, "ma", NULL, ""}}},
		{"folders that come later",
		 {"a/b/map"},
		 {{MKDIR, "a", NULL, "0"},
		  {MKDIR, "a/c", NULL, ""},
		  {MKDIR, "a/b", NULL, "0"},
		  {PIN, "a/b/map", NULL, "0"},
		  {PIN, "a/b/other", NULL, ""},
		  {PIN, "a/map", NULL, ""},
		  {REMOVE, "a/b/other", NULL, ""},
		  {REMOVE, "a/b/map", NULL, "0"},
		  {REMOVE, "a/b", NULL, "0"},
		  {MKDIR, "a/b", NULL, "0"},
		  {PIN, "a/b/map", NULL, "0"},
		  {CHMOD, "a", NULL, "0"}}},
		{"folders that move",
		 {"a/*/map"},
		 {{MKDIR, "a", NULL, "0"},
		  {MKDIR, "b", NULL, ""},
		  {MKDIR, "a/x", NULL, "0"},
		  {PIN, "a/x/map", NULL, "0"},
		  {RENAME, "a/x", "a/y", "0"},
		  {RENAME, "a/y/map", "a/y/gone", "0"},
		  {RENAME, "a/y", "b/y", "0"},
		  {PIN, "b/y/map", NULL, ""},
		  {RENAME, "b/y", "a/z", "0"},
		  {RENAME, "a/z/gone", "a/z/map", "0"}}},
		{"names as pin_glob() has them",
		 {"*", "m?p", "[!a-l]*", ".*"},
		 {{PIN, "map", NULL, "012"},
		  {PIN, "xy", NULL, "02"},
		  {PIN, "a", NULL, "0"},
		  {RENAME, "a", "mop", "012"}}},
		{"the folder itself and its parent",
		 {".*/map"},
		 {{PIN, "map", NULL, ""}, {PIN, "../map", NULL, ""}, {REMOVE, "../map", NULL, ""}}},
		{"several patterns",
		 {"d/map", NULL, "d/*", "*/map"},
		 {{MKDIR, "d", NULL, "023"},
		  {PIN, "d/map", NULL, "023"},
		  {PIN, "d/other", NULL, "2"},
		  {MKDIR, "e", NULL, "3"},
		  {PIN, "e/map", NULL, "3"},
		  {PIN, "map", NULL, "3"},
		  {REMOVE, "d/map", NULL, "023"}}},
		{"the same name in two parts",
		 {"*/*/x", "./x//x/"},
		 {{MKDIR, "x", NULL, "01"}, {PIN, "x/x", NULL, "01"}, {PIN, "x/y", NULL, "0"}}},
		{"a symbolic link",
		 {"link/map"},
		 {{MKDIR, "d", NULL, ""},
		  {LINK, "d", "link", "0"},
		  {PIN, "d/map", NULL, "0"},
		  {RENAME, "d", "e", "0"},
		  {PIN, "e/other", NULL, ""},
		  {REMOVE, "e/map", NULL, ""},
		  {REMOVE, "link", NULL, "0"},
		  {LINK, "e", "link", "0"},
		  {REMOVE, "e/other", NULL, ""},
		  {REMOVE, "e", NULL, "0"}}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t n = 0;

		while (n < ARRAY_SIZE(cases[i].steps) && cases[i].steps[n].told)
			n++;
		play(cases[i].name, cases[i].patterns, cases[i].steps, n);
	}
}

static void test_pin_watch__relative_pattern(void **state)
{
	static const char *const patterns[] = {"d/*", "", "/", NULL};
	struct rig rig;

	(void)state;
	rig_init(&rig, "relative", PATTERNS(NULL));
	assert_int_equal(chdir(rig.base.path), 0);
	assert_int_equal(pin_watch_new(patterns, ARRAY_SIZE(patterns), &rig.w, NULL), 0);
	assert_int_equal(n_watches(rig.w), 1);
	make_folder(&rig, "d");
	expect(&rig, "0");
	add_pin(&rig, "d/map");
	expect(&rig, "0");
	assert_int_equal(chdir("/"), 0);
	rig_done(&rig);
}

/* Else every file in /tmp would wake the collector. */
static void test_pin_watch__only_bpf_filesystems(void **state)
{
	static const char *const patterns[] = {"/tmp/*", "/tmp/*/map", "/nowhere/map", "/map"};
	struct rig rig = {0};

	(void)state;
	assert_int_equal(pin_watch_new(patterns, ARRAY_SIZE(patterns), &rig.w, NULL), 0);
	assert_int_equal(n_watches(rig.w), 0);
	expect(&rig, "");
	pin_watch_free(rig.w);
}

static void test_pin_watch__nothing_to_watch(void **state)
{
	static const char *const patterns[] = {NULL, NULL};
	struct rig rig = {0};

	(void)state;
	assert_int_equal(pin_watch_new(patterns, ARRAY_SIZE(patterns), &rig.w, NULL), 0);
	expect(&rig, "");
	assert_int_equal(pin_watch_look(rig.w), 0);
	pin_watch_free(rig.w);
	assert_int_equal(pin_watch_new(NULL, 0, &rig.w, NULL), 0);
	pin_watch_free(rig.w);
	pin_watch_free(NULL);
}

static void test_pin_watch__descriptor(void **state)
{
	static const char *const patterns[] = {"/sys/fs/bpf/map"};
	struct pin_watch *w;
	int fd;

	(void)state;
	assert_int_equal(pin_watch_new(patterns, ARRAY_SIZE(patterns), &w, NULL), 0);
	fd = pin_watch_fd(w);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	pin_watch_free(w);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* What moved away keeps its inode, so the kernel would keep on telling of it. */
static void test_pin_watch__moved_folder_is_forgotten(void **state)
{
	struct rig rig;

	(void)state;
	rig_start(&rig, "moved", PATTERNS("in/*/stats", "in/a/*"));
	make_folder(&rig, "in");
	make_folder(&rig, "in/a");
	make_folder(&rig, "out");
	expect(&rig, "01");
	assert_int_equal(n_watches(rig.w), N_ABOVE + 2);
	move(&rig, "in/a", "in/b");
	expect(&rig, "01");
	add_pin(&rig, "in/b/stats");
	expect(&rig, "0");
	move(&rig, "in/b", "out/a");
	expect(&rig, "0");
	assert_int_equal(n_watches(rig.w), N_ABOVE + 1);
	remove_entry(&rig, "out/a/stats");
	expect(&rig, "");
	rig_done(&rig);
}

static void test_pin_watch__one_call_for_many_events(void **state)
{
	struct rig rig;

	(void)state;
	rig_start(&rig, "once", PATTERNS("a", "*", "b"));
	for (int i = 0; i < 1000; i++) {
		add_pin(&rig, "a");
		remove_entry(&rig, "a");
	}
	expect(&rig, "01");
	rig_done(&rig);
}

static int watch_as_nobody(struct rig *rig)
{
	int r;

	if (seteuid(NOBODY) < 0)
		return -errno;
	r = pin_watch_new(rig->pointers, rig->n, &rig->w, NULL);
	if (seteuid(0) < 0)
		abort();
	return r;
}

static void expect_as_nobody(const struct rig *rig, const char *expected)
{
	char told[64] = "";

	assert_int_equal(seteuid(NOBODY), 0);
	pin_watch_read(rig->w, note, told);
	if (seteuid(0) < 0)
		abort();
	assert_string_equal(told, expected);
}

static void test_pin_watch__folders_that_may_not_be_read(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, "denied", PATTERNS("*/stats", "shut/stats", "pass/d/stats"));
	make_folder(&rig, "open");
	make_folder(&rig, "shut");
	make_folder(&rig, "pass");
	make_folder(&rig, "pass/d");
	set_mode(&rig, "shut", 0700);
	set_mode(&rig, "pass", 0711);
	assert_int_equal(watch_as_nobody(&rig), 0);
	assert_int_equal(n_watches(rig.w), N_ABOVE + 2);
	add_pin(&rig, "shut/stats");
	expect_as_nobody(&rig, "");
	add_pin(&rig, "open/stats");
	expect_as_nobody(&rig, "0");
	add_pin(&rig, "pass/d/stats");
	expect_as_nobody(&rig, "2");
	/* No parent of d tells that it moves. */
	move(&rig, "pass/d", "pass/e");
	expect_as_nobody(&rig, "2");
	set_mode(&rig, "shut", 0755);
	expect_as_nobody(&rig, "01");
	remove_entry(&rig, "shut/stats");
	expect_as_nobody(&rig, "01");
	rig_done(&rig);
}

/* A mount is not told; looking finds what is in it. */
static void test_pin_watch_look__mount(void **state)
{
	struct rig rig;

	(void)state;
	rig_start(&rig, "mount", PATTERNS("d/map", "d/*"));
	run(&rig, MKDIR, "d", NULL);
	expect(&rig, "01");
	run(&rig, MOUNT, "d", NULL);
	expect(&rig, "");
	assert_int_equal(pin_watch_look(rig.w), 0);
	add_pin(&rig, "d/map");
	expect(&rig, "01");
	run(&rig, UMOUNT, "d", NULL);
	expect(&rig, "01");
	assert_int_equal(n_watches(rig.w), N_ABOVE + 1);
	add_pin(&rig, "d/map");
	expect(&rig, "01");
	rig_done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_watch__what_bpffs_tells),
		cmocka_unit_test(test_pin_watch__steps),
		cmocka_unit_test(test_pin_watch__relative_pattern),
		cmocka_unit_test(test_pin_watch__only_bpf_filesystems),
		cmocka_unit_test(test_pin_watch__nothing_to_watch),
		cmocka_unit_test(test_pin_watch__descriptor),
		cmocka_unit_test(test_pin_watch__moved_folder_is_forgotten),
		cmocka_unit_test(test_pin_watch__one_call_for_many_events),
		cmocka_unit_test(test_pin_watch__folders_that_may_not_be_read),
		cmocka_unit_test(test_pin_watch_look__mount),
	};

	return test_maps_run("pin_watch", tests);
}
