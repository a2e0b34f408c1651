// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpfmap_exporter: options, configuration, collector, server, and then a loop
 * over signals and the collector's timer until SIGTERM or SIGINT.
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "base/log.h"
#include "collect/check.h"
#include "collect/collector.h"
#include "http/server.h"
#include "probes/probes.h"

#define DEFAULT_CONFIG	"/etc/bpfmap_exporter/bpfmap_exporter.yml"
#define DEFAULT_ADDRESS ":10435"
#define PROGRAM_PINS	PROBES_PIN_ROOT "/*/programs/*"
#define N_ADDRESSES_MAX 32

enum exit_code { EXIT_WELL, EXIT_CONFIG, EXIT_USAGE, EXIT_REFUSED };

struct options {
	const char *config_path;
	const char *addresses[N_ADDRESSES_MAX];
	size_t n_addresses;
	const char *telemetry_path;
	bool has_created_samples;
	enum log_level log_level;
	enum log_format log_format;
	bool only_check;
};

static const char help[] =
	"Usage: bpfmap_exporter [OPTION]…\n"
	"Serve the contents of pinned eBPF maps as Prometheus metrics.\n"
	"\n"
	"  --config.file=PATH           what to export (" DEFAULT_CONFIG ")\n"
	"  --config.check               check that file, also against the maps that can be\n"
	"                               opened here, and exit\n"
	"  --web.listen-address=ADDR    HOST:PORT, numeric; may be repeated. Without HOST:\n"
	"                               every address (" DEFAULT_ADDRESS ")\n"
	"  --web.telemetry-path=PATH    where the metrics are (/metrics)\n"
	"  --web.enable-created-samples\n"
	"                               OpenMetrics: also a sample NAME_created, the time at which\n"
	"                               a counter, histogram or summary began\n"
	"  --log.level=LEVEL            debug, info, warn or error (info)\n"
	"  --log.format=FORMAT          logfmt or json (logfmt)\n"
	"  --version                    print the version and exit\n"
	"  --help                       print this and exit\n"
	"\n"
	"Exit status: 0 after SIGTERM or SIGINT, 1 for a mistake in the configuration, 2 for\n"
	"one in the options, 3 for what the system refused.\n";

enum {
	OPT_CONFIG = 256,
	OPT_CHECK,
	OPT_LISTEN,
	OPT_PATH,
	OPT_CREATED,
	OPT_LEVEL,
	OPT_FORMAT,
	OPT_VERSION,
	OPT_HELP
};

static const struct option long_options[] = {
	{"config.file", required_argument, NULL, OPT_CONFIG},
	{"config.check", no_argument, NULL, OPT_CHECK},
	{"web.listen-address", required_argument, NULL, OPT_LISTEN},
	{"web.telemetry-path", required_argument, NULL, OPT_PATH},
	{"web.enable-created-samples", no_argument, NULL, OPT_CREATED},
	{"log.level", required_argument, NULL, OPT_LEVEL},
	{"log.format", required_argument, NULL, OPT_FORMAT},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static int usage(const char *problem, const char *value)
{
	fprintf(stderr, "bpfmap_exporter: %s '%s'; see bpfmap_exporter --help\n", problem, value);
	return EXIT_USAGE;
}

/* Return: -1 to go on, else an exit code. */
static int take_option(struct options *o, int option)
{
	switch (option) {
	case OPT_CONFIG:
		o->config_path = optarg;
		return -1;
	case OPT_CHECK:
		o->only_check = true;
		return -1;
	case OPT_LISTEN:
		if (o->n_addresses == N_ADDRESSES_MAX)
			return usage("too many listen addresses at", optarg);
		o->addresses[o->n_addresses++] = optarg;
		return -1;
	case OPT_PATH:
		if (optarg[0] != '/' || !optarg[1] || strpbrk(optarg, "?#"))
			return usage(
				"the telemetry path must start with / and be more than that, not",
				optarg);
		o->telemetry_path = optarg;
		return -1;
	case OPT_CREATED:
		o->has_created_samples = true;
		return -1;
	case OPT_LEVEL:
		return log_level_parse(optarg, &o->log_level) == 0
			       ? -1
			       : usage("the log level is debug, info, warn or error, not", optarg);
	case OPT_FORMAT:
		return log_format_parse(optarg, &o->log_format) == 0
			       ? -1
			       : usage("the log format is logfmt or json, not", optarg);
	case OPT_VERSION:
		puts("bpfmap_exporter " BPFMAP_VERSION);
		return EXIT_WELL;
	case OPT_HELP:
		fputs(help, stdout);
		return EXIT_WELL;
	default: /* getopt has said what is wrong */
		fputs("See bpfmap_exporter --help\n", stderr);
		return EXIT_USAGE;
	}
}

/* Return: -1 to go on, else an exit code. */
static int parse_options(int argc, char **argv, struct options *o)
{
	int option, code = -1;

	while (code < 0 && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		code = take_option(o, option);
	if (code < 0 && optind < argc)
		return usage("there is no argument", argv[optind]);
	if (!o->n_addresses)
		o->addresses[o->n_addresses++] = DEFAULT_ADDRESS;
	return code;
}

/* The signals come through a descriptor; threads that start later inherit the mask. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Return: whether to go on. */
static bool take_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo != SIGHUP)
		return false;
	log_write(LOG_LEVEL_WARN,
		  "the configuration is read at start only: restart to load it anew", NULL);
	return true;
}

static void run(struct collector *c, int signals)
{
	struct pollfd fds[] = {
		{.fd = signals, .events = POLLIN},
		{.fd = collector_fd(c), .events = POLLIN},
	};

	for (;;) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			continue;
		if (fds[0].revents && !take_signal(signals))
			return;
		if (fds[1].revents)
			collector_run(c);
	}
}

static int refuse(const struct err *e)
{
	log_write(LOG_LEVEL_ERROR, e->text, NULL);
	return EXIT_REFUSED;
}

static void log_start(const struct options *o, const struct config *config,
		      const struct http_server *server)
{
	char n_maps[24], port[8];

	snprintf(n_maps, sizeof(n_maps), "%zu", config->n_maps);
	for (size_t i = 0; i < o->n_addresses; i++) {
		snprintf(port, sizeof(port), "%u", http_server_port(server, i));
		log_write(LOG_LEVEL_INFO, "listening", "address", o->addresses[i], "port", port,
			  "config", o->config_path, "maps", n_maps, "version", BPFMAP_VERSION,
			  NULL);
	}
}

static int serve(const struct options *o, const struct config *config)
{
	const struct collector_options collector_options = {.config = config,
							    .program_pins = PROGRAM_PINS};
	const struct http_options http_options = {
		.listen_addresses = o->addresses,
		.n_listen_addresses = o->n_addresses,
		.telemetry_path = o->telemetry_path,
		.version = BPFMAP_VERSION,
		.has_created_samples = o->has_created_samples,
	};
	_cleanup_(close_fdp) int signals = open_signals();
	_cleanup_(collector_freep) struct collector *collector = NULL;
	_cleanup_(http_server_stopp) struct http_server *server = NULL;
	struct scrape_provider provider;
	struct err e = {""};
	int r;

	if (signals < 0) {
		err_set(&e, -errno, "signals cannot be waited for: %s", err_name(errno));
		return refuse(&e);
	}
	if (collector_new(&collector_options, &collector, &e) < 0)
		return refuse(&e);
	provider = collector_provider(collector);
	r = http_server_start(&http_options, &provider, &server, &e);
	if (r < 0) {
		collector_stop(collector);
		(void)refuse(&e);
		return r == -EINVAL ? EXIT_USAGE : EXIT_REFUSED;
	}
	log_start(o, config, server);
	run(collector, signals);
	collector_stop(collector);
	return EXIT_WELL;
}

/*
 * Every map that is read keeps a descriptor open, and a pattern may match
 * thousands: the limit that the system starts programs with is for others.
 */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Snapshots are a few large blocks that come and go with every pass. glibc
 * would learn to keep such blocks in its heap, which then never gets smaller.
 */
static void return_large_blocks(void)
{
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

/* What was printed must have arrived. */
static int finish_output(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	fprintf(stderr, "bpfmap_exporter: standard output: %s\n", err_name(errno));
	return EXIT_REFUSED;
}

int main(int argc, char **argv)
{
	struct options o = {
		.config_path = DEFAULT_CONFIG,
		.telemetry_path = "/metrics",
		.log_level = LOG_LEVEL_INFO,
	};
	_cleanup_(config_freep) struct config *config = NULL;
	int code;

	code = parse_options(argc, argv, &o);
	if (code >= 0)
		return finish_output(code);
	log_setup(o.log_level, o.log_format);
	return_large_blocks();
	if (o.only_check)
		return finish_output(check_file(o.config_path) < 0 ? EXIT_CONFIG : EXIT_WELL);
	if (check_load(o.config_path, &config) < 0)
		return EXIT_CONFIG;
	raise_descriptor_limit();
	return serve(&o, config);
}
