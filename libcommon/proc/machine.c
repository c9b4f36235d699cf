#include "proc/machine.h"

#include <arpa/inet.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

enum { OS_RELEASE_MAX = 65536 };

/* A value as a shell would read it: its quotes go, and backslashes before what
 * they protect. */
static void
take_value(char out[MACHINE_TEXT_MAX], const char *s, size_t len)
{
	size_t n = 0;
	char quote = 0;

	if (len && (*s == '"' || *s == '\'')) {
		quote = *s++;
		len--;
	}
	for (; len && n < MACHINE_TEXT_MAX - 1; s++, len--) {
		if (*s == quote)
			break;
		if (*s == '\\' && quote != '\'' && len > 1) {
			s++;
			len--;
		}
		out[n++] = *s;
	}
	out[n] = '\0';
}

static void
take_line(struct machine *m, const char *line, size_t len)
{
	static const struct {
		const char *key;
		size_t offset;
	} keys[] = {
		{ "NAME=", offsetof(struct machine, os_name) },
		{ "VERSION_ID=", offsetof(struct machine, os_release) },
		{ "VERSION_CODENAME=", offsetof(struct machine, os_codename) },
	};

	for (size_t i = 0; i < GP_COUNT(keys); i++) {
		size_t n = strlen(keys[i].key);

		if (len > n && memcmp(line, keys[i].key, n) == 0)
			take_value((char *)m + keys[i].offset, line + n,
			    len - n);
	}
}

void
machine_parse_os_release(struct machine *m, const char *text, size_t len)
{
	const char *nl;
	size_t n;

	for (; len; text += n, len -= n) {
		nl = memchr(text, '\n', len);
		n = nl ? (size_t)(nl - text) : len;
		take_line(m, text, n);
		n += nl != NULL;
	}
}

static void
read_os(struct machine *m, const char *root)
{
	static const char *const paths[] = { "/etc/os-release",
		"/usr/lib/os-release" };
	struct buf b = { 0 };
	char path[4096];
	bool found = false;

	for (size_t i = 0; i < GP_COUNT(paths) && !found; i++) {
		snprintf(path, sizeof path, "%s%s", root, paths[i]);
		buf_reset(&b);
		found = file_read_at(AT_FDCWD, path, &b, OS_RELEASE_MAX) == 0;
	}
	if (found)
		machine_parse_os_release(m, buf_str(&b), b.len);
	buf_free(&b);
}

static void
read_kernel(struct machine *m)
{
	struct utsname u;

	if (uname(&u) != 0)
		return;
	snprintf(m->hostname, sizeof m->hostname, "%s", u.nodename);
	snprintf(m->system, sizeof m->system, "%s", u.sysname);
	snprintf(m->kernel_release, sizeof m->kernel_release, "%s", u.release);
	snprintf(m->kernel_version, sizeof m->kernel_version, "%s", u.version);
	snprintf(m->hardware, sizeof m->hardware, "%s", u.machine);
}

static void
read_libc(struct machine *m)
{
#ifdef __GLIBC__
	snprintf(m->libc_type, sizeof m->libc_type, "glibc");
	snprintf(m->libc_version, sizeof m->libc_version, "%s",
	    gnu_get_libc_version());
#else
	snprintf(m->libc_type, sizeof m->libc_type, "musl");
#endif
}

static void
read_size(struct machine *m)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct sysinfo si;
	struct timespec t;

	m->processors = cpus > 0 ? (uint32_t)cpus : 1;
	if (sysinfo(&si) == 0)
		m->memory_mb = (uint64_t)si.totalram * si.mem_unit >> 20;
	if (clock_gettime(CLOCK_BOOTTIME, &t) == 0)
		m->uptime_ms = (uint64_t)t.tv_sec * 1000 +
		    (uint64_t)t.tv_nsec / 1000000;
}

/* The interface of the lowest number that has a hardware address. */
static void
read_mac(struct machine *m)
{
	struct ifaddrs *all, *i;
	const struct sockaddr_ll *best = NULL;

	if (getifaddrs(&all) != 0)
		return;
	for (i = all; i; i = i->ifa_next) {
		const struct sockaddr_ll *a =
		    (const struct sockaddr_ll *)(const void *)i->ifa_addr;

		if (!a || a->sll_family != AF_PACKET || a->sll_halen != 6 ||
		    memcmp(a->sll_addr, "\0\0\0\0\0", 6) == 0)
			continue;
		if (!best || a->sll_ifindex < best->sll_ifindex)
			best = a;
	}
	if (best)
		snprintf(m->mac, sizeof m->mac,
		    "%02x:%02x:%02x:%02x:%02x:%02x", best->sll_addr[0],
		    best->sll_addr[1], best->sll_addr[2], best->sll_addr[3],
		    best->sll_addr[4], best->sll_addr[5]);
	freeifaddrs(all);
}

/* The address that packets to elsewhere would have. Connecting a datagram socket
 * asks the routing table and sends nothing; the address is one that is reserved
 * for examples (RFC 5737, RFC 3849). */
static bool
ask_route(struct machine *m, int family, const struct sockaddr *to,
    socklen_t len)
{
	struct sockaddr_storage own;
	socklen_t own_len = sizeof own;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good;

	if (fd < 0)
		return false;
	good = connect(fd, to, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&own, &own_len) == 0;
	close(fd);
	if (!good)
		return false;
	if (family == AF_INET)
		return inet_ntop(family,
		    &((struct sockaddr_in *)&own)->sin_addr, m->ip,
		    sizeof m->ip) != NULL;
	return inet_ntop(family, &((struct sockaddr_in6 *)&own)->sin6_addr,
	    m->ip, sizeof m->ip) != NULL;
}

static void
read_ip(struct machine *m)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(9) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(9) };

	inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
	if (!ask_route(m, AF_INET, (struct sockaddr *)&v4, sizeof v4) &&
	    !ask_route(m, AF_INET6, (struct sockaddr *)&v6, sizeof v6))
		snprintf(m->ip, sizeof m->ip, "127.0.0.1");
}

static void
read_place(struct machine *m)
{
	if (getenv("KUBERNETES_SERVICE_HOST")) {
		m->run_mode = m->deployment = "k8s";
	} else if (access("/.dockerenv", F_OK) == 0 ||
	    access("/run/.containerenv", F_OK) == 0) {
		m->run_mode = "container";
		m->deployment = "containers";
	} else {
		m->run_mode = "standalone_executable";
		m->deployment = "instances";
	}
}

void
machine_read(struct machine *m, const char *root)
{
	*m = (struct machine){ .hostname = "localhost",
		.mac = "00:00:00:00:00:00" };
	read_kernel(m);
	read_os(m, root);
	read_libc(m);
	read_size(m);
	read_mac(m);
	read_ip(m);
	read_place(m);
}
