// SPDX-License-Identifier: GPL-2.0-only
/* Configurations in files, and what they include. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "config/config.h"
#include "support/alloc_fault.h"

struct folder {
	char path[32];
	char file[64]; /* the main one */
};

static int folder_setup(void **state)
{
	static struct folder f;

	f = (struct folder){.path = "/tmp/test_config_XXXXXX"};
	if (!mkdtemp(f.path))
		return -1;
	snprintf(f.file, sizeof(f.file), "%s/c.yml", f.path);
	*state = &f;
	return 0;
}

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int folder_teardown(void **state)
{
	const struct folder *f = *state;

	return nftw(f->path, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static void assert_not_loaded(const char *path, int code, const char *message)
{
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	struct config *c = NULL;

	assert_int_equal(config_load(path, &c, &p), code);
	assert_null(c);
	assert_int_equal(p.n, 1);
	assert_string_equal(p.items[0], message);
}

static void file_write(const char *path, const char *text)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

/* A file in the folder. */
static void folder_write(const struct folder *f, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	file_write(path, text);
}

static void test_config__load(void **state)
{
	const struct folder *f = *state;
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;

	file_write(f->file, "maps: [{name: m, pin: /m}]\n");
	assert_int_equal(config_load(f->file, &c, &p), 0);
	assert_string_equal(c->paths[0], f->file);
	assert_string_equal(c->maps[0].at.file, f->file);
}

static void test_config__load_what_is_wrong(void **state)
{
	const struct folder *f = *state;
	char message[128];

	snprintf(message, sizeof(message), "%s: cannot be opened: No such file or directory",
		 f->file);
	unlink(f->file);
	assert_not_loaded(f->file, -ENOENT, message);
	snprintf(message, sizeof(message), "%s: cannot be read: Is a directory", f->path);
	assert_not_loaded(f->path, -EISDIR, message);
	file_write(f->file, "maps:\n- name: m\n");
	snprintf(message, sizeof(message),
		 "%s:2:3: a map needs the key 'pin', or else 'map_name' or 'map_id'", f->file);
	assert_not_loaded(f->file, -EINVAL, message);
	snprintf(message, sizeof(message), "%s: larger than 16 MiB, so not a configuration",
		 f->file);
	assert_int_equal(truncate(f->file, (16 << 20) + 1), 0);
	assert_not_loaded(f->file, -EFBIG, message);
}

/* A file of 16 MiB is not too large. */
static void test_config__load_what_is_large(void **state)
{
	static const char maps[] = "maps: [{name: m, pin: /m}]\n";
	const struct folder *f = *state;
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_buf_ struct buf text = BUF_INIT;

	assert_int_equal(buf_reserve(&text, 16 << 20), 0);
	memset(text.data, '#', 16 << 20);
	memcpy(text.data, maps, strlen(maps));
	text.len = 16 << 20;
	file_write(f->file, buf_string(&text));
	assert_int_equal(config_load(f->file, &c, &p), 0);
	assert_int_equal(c->n_maps, 1);
}

static void assert_loaded(const char *path, size_t n_maps)
{
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;

	if (config_load(path, &c, &p) < 0)
		fail_msg("%s", p.n ? p.items[0] : "out of memory");
	assert_true(c->n_maps >= n_maps);
}

static void test_config__files_of_the_project(void **state)
{
	(void)state;
	assert_loaded(SOURCE_DIR "/config/bpfmap_exporter.yml", 1);
	assert_loaded(SOURCE_DIR "/tests/data/config/whole.yml", 4);
	assert_loaded(SOURCE_DIR "/tests/data/config/including.yml", 2);
}

/* All that is said of the main file, "c.yml:…" a line, without the folder. */
static void assert_said(const struct folder *f, const char *expected)
{
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_buf_ struct buf found = BUF_INIT;
	int r = config_load(f->file, &c, &p);

	for (size_t i = 0; i < p.n; i++) {
		const char *text = p.items[i], *folder;

		if (i)
			buf_puts(&found, "\n");
		while ((folder = strstr(text, f->path))) {
			buf_append(&found, text, (size_t)(folder - text));
			text = folder + strlen(f->path) + 1;
		}
		buf_puts(&found, text);
	}
	assert_string_equal(found.len ? buf_string(&found) : "", expected);
	assert_int_equal(r, *expected ? -EINVAL : 0);
	assert_true(!c == (r < 0));
}

static void test_config__include(void **state)
{
	const struct folder *f = *state;
	static const char *const names[] = {"own", "b", "d1", "d2"};
	_cleanup_buf_ struct buf yaml = BUF_INIT;
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/d", f->path);
	assert_int_equal(mkdir(path, 0700), 0);
	folder_write(f, "d/2.yml", "maps: [{name: d2, pin: /m}]\n");
	folder_write(f, "d/1.yml", "maps: [{name: d1, pin: /m}]\n");
	folder_write(f, "b.yml", "maps: [{name: b, pin: /m}]\n");
	/* Each once, by whatever name; the main one not at all; an absolute path, too. */
	buf_printf(&yaml,
		   "include: [b.yml, '*.yml', '%s/d/[0-9].yml', d/../d/2.yml, ./b.yml, no/*]\n"
		   "global: {refresh: 30s}\n"
		   "maps: [{name: own, pin: /m}]\n",
		   f->path);
	file_write(f->file, buf_string(&yaml));
	assert_int_equal(config_load(f->file, &c, &p), 0);
	assert_int_equal(c->n_paths, 4);
	assert_int_equal(c->n_maps, 4);
	for (size_t i = 0; i < c->n_maps; i++) {
		assert_string_equal(c->maps[i].name, names[i]);
		assert_ptr_equal(c->maps[i].at.file, c->paths[i]);
		assert_int_equal(c->maps[i].refresh_ns, UINT64_C(30000000000));
	}
	snprintf(path, sizeof(path), "%s/d/1.yml", f->path);
	assert_string_equal(c->paths[2], path);
}

static void test_config__include_only(void **state)
{
	const struct folder *f = *state;

	folder_write(f, "c.yml", "include: [none*.yml]\n");
	assert_said(f, "");
	folder_write(f, "b.yml", "maps: []\n");
	folder_write(f, "c.yml", "include: [b.yml]\n");
	assert_said(f, "");
}

/* A folder whose own name looks like a pattern. */
static void test_config__include_below_a_pattern(void **state)
{
	const struct folder *f = *state;
	struct folder inner = {.path = ""};
	char path[128];

	snprintf(path, sizeof(path), "%s/[a]*", f->path);
	assert_int_equal(mkdir(path, 0700), 0);
	folder_write(f, "[a]*/b.yml", "maps: 1\n");
	folder_write(f, "[a]*/c.yml", "include: ['b*']\n");
	snprintf(inner.file, sizeof(inner.file), "%s/[a]*/c.yml", f->path);
	snprintf(inner.path, sizeof(inner.path), "%s", f->path);
	assert_said(&inner, "[a]*/b.yml:1:7: maps must be a list, found text");
}

static void test_config__include_what_cannot_be(void **state)
{
	const struct folder *f = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/pipe.yml", f->path);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/folder.yml", f->path);
	assert_int_equal(mkdir(path, 0700), 0);
	folder_write(f, "large.yml", "");
	snprintf(path, sizeof(path), "%s/large.yml", f->path);
	assert_int_equal(truncate(path, (16 << 20) + 1), 0);
	folder_write(f, "c.yml",
		     "maps: []\n"
		     "include:\n"
		     "- none.yml\n"
		     "- pipe.yml\n"
		     "- f*.yml\n"
		     "- large.yml\n");
	assert_said(f, "c.yml:3:3: 'none.yml' cannot be read: No such file or directory\n"
		       "c.yml:4:3: 'pipe.yml' is not an ordinary file\n"
		       "c.yml:5:3: 'folder.yml' cannot be read: Is a directory\n"
		       "c.yml:6:3: 'large.yml' is larger than 16 MiB, so not a configuration");
}

/* In the order of the files, each mistake in its own; the checks across maps see all of them. */
static void test_config__include_mistakes(void **state)
{
	const struct folder *f = *state;

	folder_write(f, "c.yml",
		     "include: [a.yml, b.yml, e.yml, s.yml]\n"
		     "maps:\n"
		     "- {name: m, pin: /m, metrics: [{name: x, type: gauge, help: H.},\n"
		     "   {name: y, type: summary, sum: a, count: b}]}\n"
		     "- {name: n, pin: n}\n");
	folder_write(
		f, "a.yml",
		"global: {}\n"
		"include: []\n"
		"maps:\n"
		"- {name: m, pin: /m, metrics: [{name: x, type: gauge, help: I.}]}\n"
		"- {name: o, pin: /m, metrics: [{name: x, type: gauge, labels: {a: {field: a,\n"
		"   decode: {stack: {map: n}}}}}]}\n");
	folder_write(f, "b.yml",
		     "maps: [{name: o, pin: /m}, {name: o, pin: /m, metrics: [\n"
		     "{name: y_count, type: gauge}]}]\n");
	folder_write(f, "e.yml", "");
	folder_write(f, "s.yml", "maps: [\n");
	assert_said(
		f,
		"c.yml:5:18: the pin 'n' must be an absolute path\n"
		"a.yml:1:1: 'global' can only be in the main file\n"
		"a.yml:2:1: 'include' can only be in the main file\n"
		"a.yml:4:10: the map 'm' is already in line 3 of c.yml\n"
		"a.yml:4:32: the metric 'x' has another help in line 3 of c.yml\n"
		"a.yml:5:32: the metric 'x' has other labels in line 3 of c.yml\n"
		"b.yml:1:15: the map 'o' is already in line 5 of a.yml\n"
		"b.yml:1:35: the map 'o' is already in line 5 of a.yml\n"
		"b.yml:2:1: the metric 'y_count' is what the summary in line 4 of c.yml shows as its "
		"count\n"
		"e.yml:1:1: an included file needs the key 'maps'\n"
		"s.yml:2:1: not valid YAML: did not find expected node content (while parsing a flow "
		"node that starts in line 2)");
}

static void test_config__include_too_many(void **state)
{
	const struct folder *f = *state;
	char name[32];

	for (int i = 0; i < 1001; i++) {
		snprintf(name, sizeof(name), "i%04d.yml", i);
		folder_write(f, name, "maps: []\n");
	}
	folder_write(f, "c.yml", "include: [i0*.yml]\n");
	assert_said(f, "");
	folder_write(f, "c.yml", "include: [i*.yml]\n");
	assert_said(f, "c.yml:1:11: more than 1000 included files");
}

/* A million nodes are for all files together. */
static void test_config__include_does_not_multiply(void **state)
{
	const struct folder *f = *state;
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_puts(&b, "maps: []\n# ");
	buf_puts(&b, "\nx: [");
	for (int i = 0; i < 400000; i++)
		buf_puts(&b, "a,");
	buf_puts(&b, "]\n");
	for (char name[] = "1.yml"; *name <= '3'; (*name)++)
		folder_write(f, name, buf_string(&b));
	folder_write(f, "c.yml", "include: [1.yml, 2.yml, 3.yml]\n");
	assert_said(f, "1.yml:3:1: unknown key 'x' in an included file; known: maps\n"
		       "2.yml:3:1: unknown key 'x' in an included file; known: maps\n"
		       "3.yml:3:399963: more than 1000000 nodes, aliases written out");
}

static void test_config__load_no_memory(void **state)
{
	const struct folder *f = *state;

	folder_write(f, "c.yml", "include: [a.yml, '[b]*']\nmaps: [{name: m, pin: /m}]\n");
	folder_write(f, "a.yml", "maps: [{name: a, pin: /m}]\n");
	folder_write(f, "b.yml", "maps: [{name: b, pin: /m}]\n");
	for (long i = 0;; i++) {
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		_cleanup_(config_freep) struct config *c = NULL;
		int r;

		alloc_fault_arm(i);
		r = config_load(f->file, &c, &p);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_true(problems_any(&p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_config__load, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__load_what_is_wrong, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__load_what_is_large, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__files_of_the_project, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__include, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__include_only, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__include_below_a_pattern, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__include_what_cannot_be, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__include_mistakes, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__include_too_many, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__include_does_not_multiply,
						folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(test_config__load_no_memory, folder_setup,
						folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
