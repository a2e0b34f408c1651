// SPDX-License-Identifier: GPL-2.0-only
/* A collector whose pins change at the worst moment. */
#include "unit/collect/rig.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <stdatomic.h>
#include <unistd.h>

#include "source/map_ops.h"
#include "support/maps.h"

/* Opens wait here while they are held: with the map that was pinned when they came. */
static struct {
	atomic_bool held;
	atomic_int n_waiting, n_opens;
} door;

static int open_held(const char *pin, bool writable, struct map_source **ret_source, struct err *e)
{
	int r = map_source_open(pin, writable, ret_source, e);

	atomic_fetch_add(&door.n_opens, 1);
	atomic_fetch_add(&door.n_waiting, 1);
	while (atomic_load(&door.held))
		usleep(1000);
	atomic_fetch_sub(&door.n_waiting, 1);
	return r;
}

/* Another map, with this number in it, takes the name at once. */
static void replace(uint64_t number)
{
	int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 1, 0);
	struct test_pin new = test_pin(fd, "new"), pin = test_pin_path("m");
	const uint32_t key = 1;

	assert_int_equal(map_update(fd, &key, &number, BPF_ANY), 0);
	assert_int_equal(rename(new.path, pin.path), 0);
	close(fd);
}

static void begin(struct rig *r, const char *settings)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct test_pin pin = test_pin_path("m");
	struct collector_options options;
	struct err e = {""};

	atomic_store(&door.held, false);
	atomic_store(&door.n_opens, 0);
	buf_printf(&text,
		   "maps: [{name: m, pin: %s, key: u32, value: u64, %s, metrics: [{name: n, type: "
		   "gauge}]}]\n",
		   pin.path, settings);
	r->config = config_of(buf_string(&text));
	options = (struct collector_options){.config = r->config, .open = open_held};
	if (collector_new(&options, &r->collector, &e))
		fail_msg("%s", e.text);
	r->provider = collector_provider(r->collector);
	rig_left = *r;
	log_capture_begin();
}

static void end(struct rig *r)
{
	free(log_capture_end());
	rig_done(r);
}

static bool shows(struct rig *r, uint64_t number)
{
	_cleanup_(freep) char *text = scrape(r);
	char line[32];

	snprintf(line, sizeof(line), "n %llu", (unsigned long long)number);
	return has_line(text, line);
}

/* How often the map was read, as a scrape shows it. */
static uint64_t n_reads(struct rig *r)
{
	static const char name[] = "\nbpfmap_reads_total{";
	_cleanup_(freep) char *text = scrape(r);
	const char *line = strstr(text, name);

	assert_non_null(line);
	return strtoull(strchr(line, '}') + 1, NULL, 10);
}

/* Milliseconds until the number is shown, without help by scrapes. */
static uint64_t time_until(struct rig *r, uint64_t number)
{
	uint64_t start_ns = clock_mono_ns();

	pump_until(r, shows(r, number));
	return (clock_mono_ns() - start_ns) / NS_PER_MS;
}

static void test_followed_pins__each_scrape(void **state)
{
	static const char *const settings[] = {"refresh: 1h", "refresh: off"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		struct rig r;

		replace(0);
		begin(&r, settings[i]);
		for (uint64_t n = 1; n <= 100; n++) {
			pump_for(&r, 10);
			replace(n);
			if (!shows(&r, n))
				fail_msg("%s: the map before number %llu", settings[i],
					 (unsigned long long)n);
		}
		assert_int_equal(atomic_load(&door.n_opens), 101);
		/* It is read no more often than others afterwards. */
		assert_int_equal(n_reads(&r), 101);
		assert_int_equal(n_reads(&r), 101);
		end(&r);
	}
}

static void test_followed_pins__by_the_timer(void **state)
{
	struct rig r;

	(void)state;
	replace(1);
	begin(&r, "refresh: 1h, at_scrape: never");
	assert_true(shows(&r, 1));
	for (uint64_t n = 2; n <= 5; n++) {
		replace(n);
		assert_in_range(time_until(&r, n), 0, 500);
	}
	end(&r);
}

/* Without a schedule there is none for changes either. */
static void test_followed_pins__by_scrapes_only(void **state)
{
	struct rig r;

	(void)state;
	replace(1);
	begin(&r, "refresh: off");
	assert_true(shows(&r, 1));
	replace(2);
	pump_for(&r, 300);
	assert_int_equal(atomic_load(&door.n_opens), 1);
	assert_true(shows(&r, 2));
	end(&r);
}

/* While the map before it is being opened. */
static void test_followed_pins__during_a_pass(void **state)
{
	struct rig r;

	(void)state;
	replace(1);
	begin(&r, "refresh: 1h, at_scrape: never");
	assert_true(shows(&r, 1));
	for (uint64_t n = 2; n <= 6; n += 2) {
		atomic_store(&door.held, true);
		replace(n);
		pump_until(&r, atomic_load(&door.n_waiting));
		replace(n + 1);
		pump_for(&r, 70); /* which makes it a map that takes long to read */
		atomic_store(&door.held, false);
		assert_in_range(time_until(&r, n + 1), 0, 1500);
	}
	end(&r);
}

/* A scrape that comes then waits for the pass after the one under way. */
static void test_followed_pins__scraped_during_a_pass(void **state)
{
	struct rig r;

	(void)state;
	replace(1);
	begin(&r, "refresh: 1h");
	assert_true(shows(&r, 1));
	for (uint64_t n = 2; n <= 6; n += 2) {
		_cleanup_answer_ struct answer early, late;
		_cleanup_(freep) char *text = NULL;
		char line[32];

		atomic_store(&door.held, true);
		replace(n);
		assert_int_equal(ask(&r, &early, NULL, 10000), 0);
		pump_until(&r, atomic_load(&door.n_waiting));
		replace(n + 1);
		pump_for(&r, 10);
		assert_int_equal(ask(&r, &late, NULL, 10000), 0);
		pump_for(&r, 50);
		assert_int_equal(atomic_load(&early.n_calls), 0);
		atomic_store(&door.held, false);
		pump_until(&r, atomic_load(&late.n_calls) && atomic_load(&early.n_calls));
		text = exposition_text(late.exposition);
		snprintf(line, sizeof(line), "n %llu", (unsigned long long)n + 1);
		assert_line(text, line);
	}
	end(&r);
}

/* Pins that change all the time are followed some times a second, and a scrape sees them as they
 * are. */
static void test_followed_pins__all_the_time(void **state)
{
	uint64_t end_ns, n = 1, n_wakes = 0;
	struct rig r;

	(void)state;
	replace(n);
	begin(&r, "refresh: 1h, at_scrape: never");
	assert_true(shows(&r, 1));
	end_ns = clock_mono_ns() + 2 * NS_PER_S;
	while (clock_mono_ns() < end_ns) {
		struct pollfd fd = {.fd = collector_fd(r.collector), .events = POLLIN};

		replace(++n);
		if (poll(&fd, 1, 2) > 0) {
			n_wakes++;
			collector_run(r.collector);
		}
	}
	/* Of 50 ms each has one for the change, one to wait for the next, and one to read. */
	assert_in_range(n_wakes, 10, 2 * 3 * 20 + 3);
	assert_true(n > 2 * n_wakes);
	assert_in_range(atomic_load(&door.n_opens), 5, 2 * 20 + 2);
	assert_in_range(time_until(&r, n), 0, 500);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_followed_pins__each_scrape),
		RIG_TEST(test_followed_pins__by_the_timer),
		RIG_TEST(test_followed_pins__by_scrapes_only),
		RIG_TEST(test_followed_pins__during_a_pass),
		RIG_TEST(test_followed_pins__scraped_during_a_pass),
		RIG_TEST(test_followed_pins__all_the_time),
	};

	return test_maps_run("test_followed_pins", tests);
}
