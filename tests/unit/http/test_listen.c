// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "http/listen_internal.h"
#include "support/http_client.h"

static bool can_connect(bool v6, uint16_t port)
{
	_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;

	return http_client_open(&c, v6, port) == 0;
}

static void test_listen__addresses(void **state)
{
	static const struct {
		const char *address;
		bool v4, v6;
	} cases[] = {
		{"127.0.0.1:0", true, false}, {"0.0.0.0:0", true, false}, {"[::1]:0", false, true},
		{"[::]:0", false, true},      {":0", true, true},	  {":00000", true, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd = -1;
		struct err e = {0};
		uint16_t port = 0;

		assert_int_equal(listen_open(cases[i].address, &fd, &port, &e), 0);
		assert_int_not_equal(port, 0);
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
		assert_int_equal(can_connect(false, port), cases[i].v4);
		assert_int_equal(can_connect(true, port), cases[i].v6);
	}
}

static void test_listen__bad_addresses(void **state)
{
	static const char *const cases[] = {
		"",
		":",
		"10435",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:65536",
		"127.0.0.1:123456",
		"127.0.0.1:-1",
		"127.0.0.1:+1",
		"127.0.0.1:80 ",
		" 127.0.0.1:80",
		"127.0.0.1:http",
		"127.0.0.1:0x50",
		"localhost:80",
		"127.1:80",
		"256.0.0.1:80",
		"::1:80",
		"[::1]",
		"[::1]80",
		"[::1:80",
		"[]:80",
		"[127.0.0.1]:80",
		"[::1%lo]:80",
		"*:80",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:80",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = {0};
		uint16_t port;
		int fd;

		if (listen_open(cases[i], &fd, &port, &e) != -EINVAL)
			fail_msg("'%s' is taken", cases[i]);
		assert_non_null(strstr(e.text, "expected HOST:PORT"));
		assert_non_null(strstr(e.text, cases[i]));
	}
}

static void test_listen__refused_by_the_system(void **state)
{
	_cleanup_(close_fdp) int fd = -1;
	struct err e = {0};
	char taken[32];
	uint16_t port;
	int other;

	(void)state;
	assert_int_equal(listen_open("127.0.0.1:0", &fd, &port, &e), 0);
	snprintf(taken, sizeof(taken), "127.0.0.1:%u", port);
	assert_int_equal(listen_open(taken, &other, &port, &e), -EADDRINUSE);
	assert_non_null(strstr(e.text, taken));
	assert_int_equal(listen_open("192.0.2.1:0", &other, &port, &e), -EADDRNOTAVAIL);
	assert_non_null(strstr(e.text, "192.0.2.1:0"));
}

/* In a child, since neither can be undone. */
static int in_child(int (*f)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(f());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int listen_on_80_as_nobody(void)
{
	struct err e = {0};
	uint16_t port;
	int fd;

	if (getuid() == 0 && setuid(65534))
		return 1;
	return listen_open("127.0.0.1:80", &fd, &port, &e) == -EACCES &&
			       strstr(e.text, "CAP_NET_BIND_SERVICE")
		       ? 0
		       : 2;
}

static void test_listen__low_port_needs_a_capability(void **state)
{
	unsigned int first = 0;
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");

	(void)state;
	if (!f || fscanf(f, "%u", &first) != 1 || first <= 80) {
		print_message("port 80 needs no privilege on this machine\n");
		if (f)
			fclose(f);
		skip();
	}
	fclose(f);
	assert_int_equal(in_child(listen_on_80_as_nobody), 0);
}

/* Makes socket(AF_INET6, …) fail as it does on a kernel without IPv6. */
static int forbid_ipv6(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -errno : 0;
}

static int listen_without_ipv6(void)
{
	struct err e = {0};
	uint16_t port;
	int fd;

	if (forbid_ipv6())
		return 1;
	if (listen_open("[::1]:0", &fd, &port, &e) != -EAFNOSUPPORT)
		return 2;
	if (listen_open(":0", &fd, &port, &e))
		return 3;
	return can_connect(false, port) ? 0 : 4;
}

static void test_listen__falls_back_to_ipv4(void **state)
{
	(void)state;
	assert_int_equal(in_child(listen_without_ipv6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listen__addresses),
		cmocka_unit_test(test_listen__bad_addresses),
		cmocka_unit_test(test_listen__refused_by_the_system),
		cmocka_unit_test(test_listen__low_port_needs_a_capability),
		cmocka_unit_test(test_listen__falls_back_to_ipv4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
