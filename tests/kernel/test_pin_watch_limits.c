// SPDX-License-Identifier: GPL-2.0-only
/* Many folders, many events, much time, and too little of everything. */
#include "pin_watch_rig.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "source/pin_glob.h"

static void test_pin_watch__many_folders(void **state)
{
	struct rig rig;

	(void)state;
	rig_start(&rig, "many", PATTERNS("*/stats", "eth1*/stats", "x"));
	make_interfaces(&rig, 0, 500);
	add_pin(&rig, "not_a_folder");
	expect(&rig, "01");
	assert_int_equal(n_watches(rig.w), N_ABOVE + 500);
	remove_entry(&rig, "eth499/stats");
	expect(&rig, "0");
	add_pin(&rig, "eth499/stats");
	remove_interfaces(&rig, 0, 499);
	expect(&rig, "01");
	assert_int_equal(n_watches(rig.w), N_ABOVE + 1);
	make_interfaces(&rig, 0, 499);
	expect(&rig, "01");
	assert_int_equal(n_watches(rig.w), N_ABOVE + 500);
	remove_interfaces(&rig, 0, 500);
	expect(&rig, "01");
	expect(&rig, "");
	assert_int_equal(n_watches(rig.w), N_ABOVE);
	rig_done(&rig);
}

static unsigned int max_queued_events(void)
{
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	unsigned int n;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%u", &n), 1);
	fclose(f);
	return n;
}

/* Names that nobody asked for fill the queue; what was asked for may be among what is lost. */
static void test_pin_watch__overflow(void **state)
{
	unsigned int n = max_queued_events();
	struct rig rig;

	(void)state;
	rig_start(&rig, "overflow", PATTERNS("a", NULL, "elsewhere/*", "c"));
	add_pin(&rig, "other");
	for (int i = 0; i < 100; i++)
		move(&rig, i % 2 ? "another" : "other", i % 2 ? "other" : "another");
	expect(&rig, "");
	for (unsigned int i = 0; i < n; i++)
		move(&rig, i % 2 ? "another" : "other", i % 2 ? "other" : "another");
	make_folder(&rig, "elsewhere");
	expect(&rig, "023");
	add_pin(&rig, "elsewhere/map");
	expect(&rig, "2");
	rig_done(&rig);
}

static void make_folders(const struct rig *rig, int first, int end)
{
	char name[64];

	for (int i = first; i < end; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		make_folder(rig, name);
	}
}

static void remove_folders(const struct rig *rig, int first, int end)
{
	char name[64];

	for (int i = first; i < end; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		remove_entry(rig, name);
	}
}

/* A folder of two patterns counts once. */
static void test_pin_watch__limit_of_folders(void **state)
{
	enum { N = PIN_WATCH_FOLDERS_MAX };
	struct rig rig;
	char last[64];

	(void)state;
	rig_init(&rig, "limit", PATTERNS("*/stats", "*/other"));
	make_folders(&rig, 0, N - 100);
	rig_watch(&rig);
	assert_int_equal(n_watches(rig.w), N_ABOVE + N - 100);
	add_pin(&rig, "d1/other");
	expect(&rig, "1");
	remove_entry(&rig, "d1/other");
	snprintf(last, sizeof(last), "d%d/other", N - 101);
	add_pin(&rig, last);
	expect(&rig, "1");
	remove_entry(&rig, last);
	make_folders(&rig, N - 100, N + 10);
	expect(&rig, "01");
	assert_int_equal(n_watches(rig.w), N);
	remove_folders(&rig, 1, N + 10); /* all but d0 */
	assert_int_equal(pin_watch_look(rig.w), 0);
	assert_int_equal(n_watches(rig.w), N_ABOVE + 1);
	expect(&rig, "01");
	rig_done(&rig);
}

/* Two ways round at each part: without remembering where it has been, 2^40 folders. */
static void test_pin_watch__links_in_a_circle(void **state)
{
	char pattern[100];
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		snprintf(pattern + 2 * i, sizeof(pattern) - 2 * i, "*/map");
	rig_init(&rig, "circle", PATTERNS(pattern));
	make_link(&rig, ".", "a");
	make_link(&rig, ".", "b");
	rig_watch(&rig);
	assert_int_equal(n_watches(rig.w), N_ABOVE);
	rig_done(&rig);
}

static size_t n_bytes_allocated(void)
{
	return mallinfo2().uordblks;
}

static void test_pin_watch__changes_without_end(void **state)
{
	size_t n_bytes = 0;
	struct rig rig;
	char told[64];

	(void)state;
	rig_start(&rig, "long", PATTERNS("*/stats"));
	make_interfaces(&rig, 0, 3);
	for (unsigned int i = 3; i < 10003; i++) {
		make_interfaces(&rig, i, i + 1);
		told[0] = '\0';
		if (i % 3)
			pin_watch_read(rig.w, note, told);
		assert_string_equal(told, i % 3 ? "0" : "");
		remove_interfaces(&rig, i - 3, i - 2);
		if (i == 100)
			n_bytes = n_bytes_allocated();
	}
	expect(&rig, "0");
	assert_int_equal(n_watches(rig.w), N_ABOVE + 3);
	assert_in_range(n_bytes_allocated(), 0, n_bytes + 4096);
	rig_done(&rig);
}

/* In a child, until it is killed: folders and pins come, go and take each other's names; most of it
 * fails. */
static _Noreturn void change_at_random(const struct rig *rig)
{
	unsigned int seed = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int n = rand_r(&seed), from = n / 8 % 6, to = n / 64 % 6;
		char a[32], b[32];

		snprintf(a, sizeof(a), n % 8 < 4 ? "eth%d/stats" : "eth%d", from);
		snprintf(b, sizeof(b), n % 8 < 4 ? "eth%d/stats" : "eth%d", to);
		if (n % 4 == 0)
			rename(path_of(rig, a), path_of(rig, b));
		else if (n % 4 == 1)
			remove(path_of(rig, a));
		else if (n % 8 < 4)
			map_pin(rig->map, path_of(rig, a));
		else
			mkdir(path_of(rig, a), 0755);
	}
}

static void list_matches(const char *pattern, char *text, size_t size)
{
	struct pin_matches m = {0};
	size_t n = 0;

	assert_int_equal(pin_glob(pattern, &m, NULL), 0);
	text[0] = '\0';
	for (size_t i = 0; i < m.n; i++)
		n += (size_t)snprintf(text + n, size - n, "%s ", m.items[i].path);
	pin_matches_done(&m);
}

/* Return: whether it was told. */
static bool look_if_told(const struct rig *rig, char *known, size_t size)
{
	char told[64] = "";

	pin_watch_read(rig->w, note, told);
	if (told[0])
		list_matches(rig->patterns[0], known, size);
	return told[0];
}

/* Who looks whenever told to knows in the end what is there, however it came about. */
static void test_pin_watch__while_others_change_it(void **state)
{
	char known[2048] = "", there[2048];
	struct rig rig;
	pid_t pid;

	(void)state;
	rig_start(&rig, "others", PATTERNS("*/stats"));
	pid = fork();
	if (!pid)
		change_at_random(&rig);
	for (int n_told = 0; n_told < 200;)
		n_told += look_if_told(&rig, known, sizeof(known));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	look_if_told(&rig, known, sizeof(known));
	list_matches(rig.patterns[0], there, sizeof(there));
	assert_string_equal(known, there);
	expect(&rig, "");
	for (int i = 0; i < 6; i++) {
		char name[32];

		snprintf(name, sizeof(name), "eth%d/stats", i);
		if (unlink(path_of(&rig, name)) < 0 && map_pin(rig.map, path_of(&rig, name)) < 0)
			continue; /* no such folder */
		expect(&rig, "0");
	}
	rig_done(&rig);
}

/* inotify's numbers rise with each folder, so that two meet in the table when enough have gone. */
static void test_pin_watch__numbers_go_round_the_table(void **state)
{
	struct rig rig;

	(void)state;
	rig_start(&rig, "numbers", PATTERNS("*/stats", "keep/map"));
	make_folder(&rig, "keep");
	for (int i = 0; i < 3 * PIN_WATCH_FOLDERS_MAX; i++) {
		make_folder(&rig, "d");
		expect(&rig, i ? "0" : "01");
		add_pin(&rig, "d/map");
		expect(&rig, "");
		remove_entry(&rig, "d/map");
		remove_entry(&rig, "d");
		expect(&rig, "0");
	}
	add_pin(&rig, "keep/map");
	expect(&rig, "1");
	rig_done(&rig);
}

static void test_pin_watch__without_memory(void **state)
{
	struct rig rig;
	long nth;

	(void)state;
	rig_init(&rig, "memory", PATTERNS("*/stats", NULL, "eth1/stats"));
	make_interfaces(&rig, 0, 2);
	for (nth = 0;; nth++) {
		struct err e = {0};
		int r;

		alloc_fault_arm(nth);
		r = pin_watch_new(rig.pointers, rig.n, &rig.w, &e);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_non_null(strstr(e.text, "cannot be watched"));
		assert_null(rig.w);
	}
	assert_true(nth > 10);
	/* Nothing was closed that was never opened. */
	assert_true(pin_watch_fd(rig.w) > 0);
	for (nth = 0;; nth++) {
		int r;

		alloc_fault_arm(nth);
		r = pin_watch_look(rig.w);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_int_equal(n_watches(rig.w), N_ABOVE + 2);
	}
	assert_true(nth > 5);
	rig_done(&rig);
}

/* Told at once all the same, and again when the folders could be looked through. */
static void test_pin_watch_read__without_memory(void **state)
{
	bool has_struck = true;
	struct rig rig;
	long nth;

	(void)state;
	rig_start(&rig, "read", PATTERNS("*/stats", "other", "eth0/*"));
	make_interfaces(&rig, 0, 1);
	expect(&rig, "02");
	for (nth = 0; has_struck; nth++) {
		char told[64] = "", later[64] = "";

		make_interfaces(&rig, 1, 2);
		alloc_fault_arm(nth);
		pin_watch_read(rig.w, note, told);
		has_struck = alloc_fault_disarm();
		assert_string_equal(told, "0");
		assert_int_equal(n_watches(rig.w), N_ABOVE + (has_struck ? 1 : 2));
		pin_watch_read(rig.w, note, later);
		assert_string_equal(later, has_struck ? "0" : "");
		assert_int_equal(n_watches(rig.w), N_ABOVE + 2);
		remove_interfaces(&rig, 1, 2);
		expect(&rig, "0");
	}
	assert_true(nth > 5);
	rig_done(&rig);
}

/* From now on the system call fails with @code. */
static int deny(int syscall_nr, int code)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)syscall_nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = ARRAY_SIZE(program), .filter = program};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0 ? -errno : 0;
}

/* In a child. Return: what pin_watch_new() did; 1 where the message is missing. */
static int watch_denied(struct rig *rig, int syscall_nr, int code)
{
	struct err e = {0};
	int r = deny(syscall_nr, code);

	if (r < 0)
		return 2;
	r = pin_watch_new(rig->pointers, rig->n, &rig->w, &e);
	if (r < 0)
		return strstr(e.text, err_name(-code)) ? r : 1;
	pin_watch_free(rig->w);
	return 0;
}

static void test_pin_watch_new__errors(void **state)
{
	static const struct {
		int syscall_nr, code, expected;
	} cases[] = {
		{SYS_inotify_init1, ENOSYS, -ENOSYS},
		{SYS_inotify_init1, EPERM, -EPERM},
		{SYS_inotify_init1, EMFILE, -EMFILE},
		{SYS_inotify_add_watch, ENOMEM, -ENOMEM},
		{SYS_inotify_add_watch, ENOSPC, 0},
		{SYS_inotify_add_watch, EACCES, 0},
		{SYS_statfs, ENOMEM, -ENOMEM},
		{SYS_statfs, ENOENT, 0},
		{SYS_openat, EMFILE, -EMFILE},
		{SYS_openat, ENFILE, -ENFILE},
		{SYS_openat, EACCES, 0},
	};
	struct rig rig;

	(void)state;
	rig_init(&rig, "errors", PATTERNS("*/stats"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int status;
		pid_t pid = fork();

		if (!pid)
			_exit(-watch_denied(&rig, cases[i].syscall_nr, cases[i].code));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), -cases[i].expected);
	}
	rig_done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_watch__many_folders),
		cmocka_unit_test(test_pin_watch__overflow),
		cmocka_unit_test(test_pin_watch__limit_of_folders),
		cmocka_unit_test(test_pin_watch__links_in_a_circle),
		cmocka_unit_test(test_pin_watch__changes_without_end),
		cmocka_unit_test(test_pin_watch__while_others_change_it),
		cmocka_unit_test(test_pin_watch__numbers_go_round_the_table),
		cmocka_unit_test(test_pin_watch__without_memory),
		cmocka_unit_test(test_pin_watch_read__without_memory),
		cmocka_unit_test(test_pin_watch_new__errors),
	};

	return test_maps_run("pin_watch_limits", tests);
}
