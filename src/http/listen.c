// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses are numeric: a resolver would read files and open sockets of its
 * own, at a time when the process may have given up the right to.
 */
#include "listen_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/str.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int parse_port(struct str s, in_port_t *ret_port)
{
	unsigned int port = 0;

	if (!s.n || s.n > 5)
		return -EINVAL;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -EINVAL;
		port = port * 10 + (unsigned int)(s.p[i] - '0');
	}
	if (port > UINT16_MAX)
		return -EINVAL;
	*ret_port = htons((uint16_t)port);
	return 0;
}

/* IPv6 in brackets, IPv4 without, "" for every address. */
static int parse_host(struct str s, in_port_t port, union address *ret)
{
	char host[INET6_ADDRSTRLEN] = "";
	bool v6 = s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';

	if (v6)
		s = (struct str){.p = s.p + 1, .n = s.n - 2};
	if (s.n >= sizeof(host))
		return -EINVAL;
	memcpy(host, s.p, s.n);
	memset(ret, 0, sizeof(*ret));
	if (v6 || !s.n) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = port;
		return !v6 || inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1 ? 0 : -EINVAL;
	}
	ret->v4.sin_family = AF_INET;
	ret->v4.sin_port = port;
	return inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1 ? 0 : -EINVAL;
}

static int parse(const char *text, union address *ret)
{
	const char *colon = strrchr(text, ':');
	in_port_t port;

	if (!colon || parse_port(str_of(colon + 1), &port))
		return -EINVAL;
	return parse_host((struct str){.p = text, .n = (size_t)(colon - text)}, port, ret);
}

static int open_one(const union address *a, bool v6_only, int *ret_fd)
{
	socklen_t size = a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
	_cleanup_(close_fdp) int fd = -1;
	int on = 1, only = v6_only;

	fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		return -errno;
	if (a->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)))
		return -errno;
	if (bind(fd, &a->any, size) || listen(fd, SOMAXCONN))
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int open_any(const union address *v6, int *ret_fd)
{
	union address v4 = {.v4 = {.sin_family = AF_INET, .sin_port = v6->v6.sin6_port}};
	int r = open_one(v6, false, ret_fd);

	if (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL)
		r = open_one(&v4, false, ret_fd);
	return r;
}

static uint16_t port_of(int fd)
{
	union address a = {0};
	socklen_t size = sizeof(a);

	if (getsockname(fd, &a.any, &size))
		return 0;
	return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

static const char *advice(int r)
{
	switch (r) {
	case -EADDRINUSE:
		return "; another process listens there: choose another port, or stop it";
	case -EADDRNOTAVAIL:
		return "; this machine does not have that address";
	case -EACCES:
		return "; ports below 1024 need CAP_NET_BIND_SERVICE";
	default:
		return "";
	}
}

int listen_open(const char *address, int *ret_fd, uint16_t *ret_port, struct err *e)
{
	union address a;
	int r;

	if (parse(address, &a))
		return err_set(e, -EINVAL,
			       "listen address '%s': expected HOST:PORT with a numeric host, such "
			       "as 127.0.0.1:10435, [::1]:10435 or :10435 for every address",
			       address);
	r = address[0] == ':' ? open_any(&a, ret_fd) : open_one(&a, true, ret_fd);
	if (r)
		return err_set(e, r, "cannot listen on '%s': %s%s", address, err_name(r),
			       advice(r));
	*ret_port = port_of(*ret_fd);
	return 0;
}
