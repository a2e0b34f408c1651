// SPDX-License-Identifier: GPL-2.0-only
/* Cgroup ids as paths, in a folder that stands for the mount; containers and pods in paths. */
#include "one_decoder.h"

#include <dirent.h>
#include <ftw.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "decode/cgroup_tree_internal.h"

#define S    NS_PER_S
#define ID   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2  "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID  "01234567-89ab-cdef-0123-456789abcdef"
#define UID_ "01234567_89ab_cdef_0123_456789abcdef"

static const char *real_mountinfo;
static char base[32]; /* with a blank: mountinfo escapes it */
static char root[64], mountinfo[64];

/* What folders seem to have in them. All zero: what they have. */
static struct {
	uint64_t upper_half; /* of the inode numbers */
	unsigned int n_made_up, next;
	unsigned int delay_ms; /* of one walk */
} folders;

#define MADE_UP_ID (UINT64_C(1) << 40)

struct dirent *__real_readdir(DIR *dir);
struct dirent *__wrap_readdir(DIR *dir);

struct dirent *__wrap_readdir(DIR *dir)
{
	static struct dirent made_up = {.d_type = DT_DIR};
	struct timespec delay = {.tv_nsec = folders.delay_ms * 1000000L};
	struct dirent *d;

	if (folders.delay_ms)
		(void)nanosleep(&delay, NULL);
	folders.delay_ms = 0;
	if (folders.next < folders.n_made_up) {
		made_up.d_ino = MADE_UP_ID + folders.next;
		(void)snprintf(made_up.d_name, sizeof(made_up.d_name), "%u", folders.next++);
		return &made_up;
	}
	d = __real_readdir(dir);
	if (d)
		d->d_ino |= folders.upper_half;
	return d;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* A fresh tree and a mountinfo that names it. */
static int set_up(void **state)
{
	char text[256], *blank;

	(void)state;
	real_mountinfo = lookup_paths.mountinfo;
	(void)snprintf(base, sizeof(base), "/tmp/test cgroup.XXXXXX");
	if (!mkdtemp(base))
		return -1;
	(void)snprintf(root, sizeof(root), "%s/root", base);
	(void)snprintf(mountinfo, sizeof(mountinfo), "%s/mountinfo", base);
	blank = strchr(root, ' ');
	(void)snprintf(text, sizeof(text),
		       "22 1 0:20 / / rw - ext4 cgroup2 rw\n"
		       "30 22 0:25 / /sys/fs/cgroup/pids rw - cgroup cgroup rw\n"
		       "31 22 0:26 /sub /nonexistent rw - cgroup2 cgroup2 rw\n"
		       "32 22 0:26 / %.*s\\040%s rw,relatime shared:9 - cgroup2 none rw\n",
		       (int)(blank - root), root, blank + 1);
	write_file(mountinfo, text);
	lookup_paths.mountinfo = mountinfo;
	cgroup_tree_forget();
	return mkdir(root, 0755);
}

static int tear_down(void **state)
{
	(void)state;
	lookup_paths.mountinfo = real_mountinfo;
	cgroup_tree_forget();
	memset(&folders, 0, sizeof(folders));
	return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static uint64_t inode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static uint64_t make_group(const char *path)
{
	char full[256];

	(void)snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(mkdir(full, 0755), 0);
	return inode_of(full);
}

static void remove_group(const char *path)
{
	char full[256];

	(void)snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(rmdir(full), 0);
}

static void expect_path(uint64_t id, bool low_half, uint64_t now_ns, const char *expected)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r = cgroup_tree_find(id, low_half, now_ns, &out);

	assert_int_equal(r, expected ? 0 : CGROUP_UNKNOWN);
	assert_string_equal(buf_string(&out), expected ? expected : "");
}

static void test_cgroup_tree__paths(void **state)
{
	uint64_t a = make_group("/a"), b = make_group("/a/b c"), d = make_group("/a/b c/d.scope");
	char file[128];

	(void)state;
	(void)snprintf(file, sizeof(file), "%s/a/cgroup.procs", root);
	write_file(file, "");
	expect_path(inode_of(root), false, S, "/");
	expect_path(a, false, S, "/a");
	expect_path(b, false, S, "/a/b c");
	expect_path(d, false, S, "/a/b c/d.scope");
	expect_path(d & UINT32_MAX, true, S, "/a/b c/d.scope");
	expect_path(inode_of(file), false, S, NULL);
	expect_path(a | UINT64_C(77) << 33, false, S, NULL);
	expect_path(0, false, S, NULL);
	expect_path(UINT64_MAX, false, S, NULL);
	expect_path(UINT32_MAX, true, S, NULL);
	assert_int_equal(cgroup_tree_n_walks(), 1);
}

/* A lower half is enough, where no more was asked for. */
static void test_cgroup_tree__lower_halves(void **state)
{
	uint64_t upper = UINT64_C(5) << 32, a = make_group("/a"), b = make_group("/a/b");

	(void)state;
	assert_true(a <= UINT32_MAX && b <= UINT32_MAX);
	folders.upper_half = upper;
	expect_path(a | upper, false, S, "/a");
	expect_path(b | upper, false, S, "/a/b");
	expect_path(a, true, S, "/a");
	expect_path(b, true, S, "/a/b");
	expect_path(b | UINT64_C(7) << 32, true, S, "/a/b");
	expect_path(a, false, S, NULL);
	expect_path(a | UINT64_C(7) << 32, false, S, NULL);
	assert_int_equal(cgroup_tree_n_walks(), 1);
}

static void test_cgroup_tree__a_million(void **state)
{
	(void)state;
	folders.n_made_up = 1000001;
	expect_path(inode_of(root), false, S, "/");
	expect_path(MADE_UP_ID, false, S, "/0");
	expect_path(MADE_UP_ID + 999998, false, S, "/999998");
	expect_path(MADE_UP_ID + 999999, false, S, NULL);
	assert_int_equal(cgroup_tree_n_walks(), 1);
}

/* One that takes long is not repeated before ten times as long. */
static void test_cgroup_tree__walks_take_a_tenth(void **state)
{
	uint64_t a = make_group("/a"), start_ns = clock_mono_ns(), took_ns;

	(void)state;
	folders.delay_ms = 150;
	expect_path(a, false, 100 * S, "/a");
	took_ns = clock_mono_ns() - start_ns;
	expect_path(1, false, 101 * S, NULL);
	expect_path(1, false, 101 * S + 499999999, NULL);
	assert_int_equal(cgroup_tree_n_walks(), 1);
	expect_path(1, false, 100 * S + 10 * took_ns, NULL);
	assert_int_equal(cgroup_tree_n_walks(), 2);
}

static void test_cgroup_tree__when_it_walks(void **state)
{
	uint64_t a, b;

	(void)state;
	a = make_group("/a");
	expect_path(a, false, 100 * S, "/a");
	b = make_group("/b");
	expect_path(b, false, 101 * S - 1, NULL);
	assert_int_equal(cgroup_tree_n_walks(), 1);
	expect_path(b, false, 101 * S, "/b");
	assert_int_equal(cgroup_tree_n_walks(), 2);
	remove_group("/a");
	expect_path(a, false, 111 * S - 1, "/a"); /* not known to be gone */
	assert_int_equal(cgroup_tree_n_walks(), 2);
	expect_path(a, false, 111 * S, NULL);
	expect_path(b, false, 111 * S, "/b");
	assert_int_equal(cgroup_tree_n_walks(), 3);
	expect_path(a, false, 112 * S, NULL); /* asked again, no oftener than each second */
	expect_path(a, false, 112 * S + 1, NULL);
	assert_int_equal(cgroup_tree_n_walks(), 4);
}

static void test_cgroup_tree__ten_thousand_by_one_walk(void **state)
{
	static uint64_t ids[10000];
	uint64_t start_ns, walk_ns;
	char path[64];

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		(void)snprintf(path, sizeof(path), "/slice%u", i);
		make_group(path);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		(void)snprintf(path, sizeof(path), "/slice%u/%u.scope", i % 100, i);
		ids[i] = make_group(path);
	}
	start_ns = clock_mono_ns();
	expect_path(ids[0], false, S, "/slice0/0.scope");
	walk_ns = clock_mono_ns() - start_ns;
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		(void)snprintf(path, sizeof(path), "/slice%u/%u.scope", i % 100, i);
		expect_path(ids[i], false, S, path);
	}
	assert_int_equal(cgroup_tree_n_walks(), 1);
	print_message("10,100 folders walked in %llu us, all resolved in %llu us\n",
		      (unsigned long long)walk_ns / 1000,
		      (unsigned long long)(clock_mono_ns() - start_ns) / 1000);
}

/* Paths longer than can be opened end the descent there, and nothing else. */
static void test_cgroup_tree__very_deep(void **state)
{
	char name[201];
	int start = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t id = 0, shallow = make_group("/a");
	struct stat st;

	(void)state;
	memset(name, 'x', 200);
	name[200] = '\0';
	assert_int_equal(chdir(root), 0);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(mkdir(name, 0755), 0);
		assert_int_equal(chdir(name), 0);
		assert_int_equal(stat(".", &st), 0);
		id = st.st_ino;
	}
	expect_path(id, false, S, NULL);
	expect_path(shallow, false, S, "/a");
	assert_int_equal(cgroup_tree_n_walks(), 1);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(chdir(".."), 0);
		assert_int_equal(rmdir(name), 0);
	}
	assert_int_equal(fchdir(start), 0);
	close(start);
}

static void test_cgroup_tree__no_mount(void **state)
{
	uint64_t a = make_group("/a");

	(void)state;
	expect_path(a, false, S, "/a");
	write_file(mountinfo, "22 1 0:20 / / rw - ext4 cgroup2 rw\nrubbish\n1 - cgroup2 \n");
	expect_path(a, false, 20 * S, "/a"); /* what is known stays */
	cgroup_tree_forget();
	expect_path(a, false, S, NULL);
	lookup_paths.mountinfo = "/nonexistent/mountinfo";
	expect_path(a, false, 20 * S, NULL);
}

static void test_cgroup_tree__no_memory(void **state)
{
	uint64_t a = make_group("/a");
	bool struck = true;

	(void)state;
	for (long i = 0; struck; i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;
		int r;

		cgroup_tree_forget();
		alloc_fault_arm(i);
		r = cgroup_tree_find(a, false, S, &out);
		struck = alloc_fault_disarm();
		assert_int_equal(r, struck ? -ENOMEM : 0);
	}
}

/* Asks while others make it walk; returns NULL where all was well. */
static void *ask_often(void *id)
{
	for (uint64_t now_ns = S; now_ns < 200 * S; now_ns += S) {
		_cleanup_buf_ struct buf out = BUF_INIT;

		if (cgroup_tree_find(*(uint64_t *)id, false, now_ns, &out) != 0 ||
		    strcmp(buf_string(&out), "/a") != 0 ||
		    cgroup_tree_find(1, false, now_ns, &out) != CGROUP_UNKNOWN)
			return id;
	}
	return NULL;
}

static void test_cgroup_tree__threads(void **state)
{
	uint64_t a = make_group("/a");
	pthread_t threads[4];
	void *bad;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &a), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &bad), 0);
		assert_null(bad);
	}
	assert_in_range(cgroup_tree_n_walks(), 2, 199); /* one a second, whoever asks */
}

/* A folder made in the real hierarchy. */
static void test_cgroup__here(void **state)
{
	_cleanup_(fclosep) FILE *f = fopen(real_mountinfo, "re");
	struct one o = one_of(&decoder_cgroup, DATUM_NUMBER, 8);
	char line[4096], mount[1024], type[64], path[2048], expected[64];
	bool is_found = false;

	(void)state;
	assert_non_null(f);
	while (!is_found && fgets(line, sizeof(line), f)) {
		const char *dash = strstr(line, " - ");

		is_found = dash && sscanf(dash + 3, "%63s", type) == 1 &&
			   !strcmp(type, "cgroup2") &&
			   sscanf(line, "%*s %*s %*s / %1023s", mount) == 1;
	}
	(void)snprintf(expected, sizeof(expected), "/bpfmap_exporter_test.%d", (int)getpid());
	(void)snprintf(path, sizeof(path), "%s%s", mount, expected);
	if (!is_found || mkdir(path, 0755) < 0) {
		print_message("no cgroup2 hierarchy here in which this user may make a group\n");
		skip();
	}
	lookup_paths.mountinfo = real_mountinfo;
	cgroup_tree_forget();
	assert_int_equal(one_init(&o), 0);
	one_expect_number(&o, inode_of(path), false, expected);
	one_expect_number(&o, inode_of(mount), false, "/");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(cgroup_tree_n_walks(), 1);
	one_done(&o);
}

static void test_cgroup__decoders(void **state)
{
	struct one cgroup = one_of(&decoder_cgroup, DATUM_NUMBER, 8);
	struct one half = one_of(&decoder_cgroup, DATUM_NUMBER, 4);
	struct one container = one_of(&decoder_container, DATUM_NUMBER, 8);
	struct one pod = one_of(&decoder_pod, DATUM_NUMBER, 8);
	uint64_t kubepods = make_group("/kubepods"), p = make_group("/kubepods/pod" UID),
		 c = make_group("/kubepods/pod" UID "/" ID);

	(void)state;
	assert_int_equal(one_init(&cgroup), 0);
	assert_int_equal(one_init(&container), 0);
	assert_int_equal(one_init(&pod), 0);
	assert_true(cgroup.d.is_lossy && !cgroup.d.is_merging && cgroup.d.ops->is_changing);
	assert_true(container.d.is_lossy && container.d.is_merging);
	assert_true(container.d.ops->is_changing);
	assert_true(pod.d.is_lossy && pod.d.is_merging && pod.d.ops->is_changing);
	one_expect_number(&cgroup, c, false, "/kubepods/pod" UID "/" ID);
	one_expect_number(&cgroup, UINT64_MAX, false, "18446744073709551615");
	one_expect_number(&cgroup, UINT64_MAX, true, "-1");
	one_expect_number(&half, c & UINT32_MAX, false, "/kubepods/pod" UID "/" ID);
	one_expect_number(&half, c | UINT64_C(0xffffffff) << 32, true, /* as of an s32 */
			  "/kubepods/pod" UID "/" ID);
	one_expect_number(&container, c, false, ID);
	one_expect_number(&container, p, false, "");
	one_expect_number(&container, 1, false, "");
	one_expect_number(&pod, c, false, UID);
	one_expect_number(&pod, p, false, UID);
	one_expect_number(&pod, kubepods, false, "");
	one_expect_number(&pod, 1, false, "");
}

static void test_cgroup__containers_and_pods(void **state)
{
	static const struct {
		const char *path, *container, *pod;
	} cases[] = {
		{"/docker/" ID, ID, ""},
		{"/docker/" ID "/init.scope", ID, ""},
		{"/docker/" ID "/docker/" ID2 "/x", ID2, ""},
		{"/system.slice/docker-" ID ".scope", ID, ""},
		{"/system.slice/docker-" ID ".scope/system.slice/a.service", ID, ""},
		{"/default/" ID, ID, ""},
		{"/kubepods/burstable/pod" UID "/" ID, ID, UID},
		{"/kubepods/besteffort/pod" UID "/crio-" ID, ID, UID},
		{"/kubepods/pod0123456789abcdef0123456789abcdef/" ID, ID,
		 "0123456789abcdef0123456789abcdef"},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
		 ".slice/cri-containerd-" ID ".scope",
		 ID, UID},
		{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope/container", ID, UID},
		{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-conmon-" ID ".scope", "", UID},
		{"/system.slice/containerd.service/kubepods-burstable-pod" UID_
		 ".slice:cri-containerd:" ID,
		 ID, UID},
		{"/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/"
		 "kubelet-kubepods-pod" UID_ ".slice/cri-containerd-" ID2 ".scope",
		 ID2, UID},
		{"/machine.slice/libpod-" ID ".scope/container", ID, ""},
		{"/machine.slice/libpod-conmon-" ID ".scope", "", ""},
		{"/machine.slice/machine-libpod_pod_" ID ".slice/libpod-" ID2 ".scope", ID2, ""},
		{"/system.slice/var-lib-docker-overlay2-" ID "-merged.mount", "", ""},
		{"/system.slice/" ID ".service", "", ""},
		{"/", "", ""},
		{"", "", ""},
		{"1234", "", ""},
		{ID, ID, ""},
		{"/a/" ID "0", "", ""},
		{"/a/0" ID, "", ""},
		{"/a/x" ID ".scope", "", ""},
		{"/a/.scope", "", ""},
		{"/a/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", "", ""},
		{"/kubepods/pod" UID "0", "", ""},
		{"/kubepods/pod01234567-89ab-cdef-0123-456789abcdeg", "", ""},
		{"/kubepods/pod01234567-89ab-cdef-0123x456789abcdef", "", ""},
		{"/kubepods/pod", "", ""},
		{"/kubepods/xpod" UID, "", ""},
		{"/.slice/pod.slice/:/-pod", "", ""},
	};
	struct one container = one_of(&decoder_container, DATUM_TEXT, 0);
	struct one pod = one_of(&decoder_pod, DATUM_TEXT, 0);

	(void)state;
	assert_int_equal(one_init(&container), 0);
	assert_int_equal(one_init(&pod), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *path = cases[i].path;

		one_expect_bytes(&container, DATUM_TEXT, path, strlen(path), cases[i].container);
		one_expect_bytes(&pod, DATUM_TEXT, path, strlen(path), cases[i].pod);
	}
	one_expect_bytes(&container, DATUM_TEXT, "\0/\xff\0" ID, 68, "");
	one_expect_bytes(&pod, DATUM_TEXT, "/pod\0-\xff", 7, "");
}

/* decode: [cgroup, container] */
static void test_cgroup__chain(void **state)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct config_decoder decoders[] = {{.kind = CONFIG_DECODE_CGROUP},
					    {.kind = CONFIG_DECODE_CONTAINER}};
	struct config_label label = {.decoders = decoders, .n_decoders = 2};
	struct datum_shape shape = {.kind = DATUM_NUMBER, .n = 8};
	struct decoder_chain chain;
	struct decoder_scratch scratch = {0};
	uint64_t id = make_group("/" ID);
	struct datum in = {.kind = DATUM_NUMBER, .number = id, .n = 8};

	(void)state;
	assert_int_equal(decoder_chain_init(&chain, &label, &shape, NULL, &problems), 0);
	assert_true(decoder_chain_is_merging(&chain) && decoder_chain_is_changing(&chain));
	assert_int_equal(decoder_chain_run(&chain, &in, &scratch, &out), 0);
	in.number = 1;
	assert_int_equal(decoder_chain_run(&chain, &in, &scratch, &out), 0);
	assert_string_equal(buf_string(&out), ID);
	decoder_chain_done(&chain);
	decoder_scratch_done(&scratch);
}

static void test_cgroup__what_they_need(void **state)
{
	(void)state;
	one_expect_refusal(one_of(&decoder_cgroup, DATUM_TEXT, 0),
			   "f:2:3: cgroup needs an integer field");
	one_expect_refusal(one_of(&decoder_container, DATUM_BYTES, 16),
			   "f:2:3: container needs a cgroup id, an integer field, or a path as "
			   "text: for a field that holds the path write [string, container]");
	one_expect_refusal(one_of(&decoder_pod, DATUM_FLOAT, 8),
			   "f:2:3: pod needs a cgroup id, an integer field, or a path as text: for "
			   "a field that holds the path write [string, pod]");
}

static void test_cgroup__no_memory(void **state)
{
	uint64_t a = make_group("/" ID);

	(void)state;
	one_try_without_memory(one_of(&decoder_cgroup, DATUM_NUMBER, 8), a, cgroup_tree_forget);
	one_try_without_memory(one_of(&decoder_cgroup, DATUM_NUMBER, 8), 1, cgroup_tree_forget);
	one_try_without_memory(one_of(&decoder_container, DATUM_NUMBER, 8), a, cgroup_tree_forget);
	one_try_without_memory(one_of(&decoder_pod, DATUM_NUMBER, 8), a, cgroup_tree_forget);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cgroup_tree__paths),
		TEST(test_cgroup_tree__lower_halves),
		TEST(test_cgroup_tree__a_million),
		TEST(test_cgroup_tree__walks_take_a_tenth),
		TEST(test_cgroup_tree__when_it_walks),
		TEST(test_cgroup_tree__ten_thousand_by_one_walk),
		TEST(test_cgroup_tree__very_deep),
		TEST(test_cgroup_tree__no_mount),
		TEST(test_cgroup_tree__no_memory),
		TEST(test_cgroup_tree__threads),
		TEST(test_cgroup__here),
		TEST(test_cgroup__decoders),
		TEST(test_cgroup__containers_and_pods),
		TEST(test_cgroup__chain),
		TEST(test_cgroup__what_they_need),
		TEST(test_cgroup__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
