/*
 * fuzz_jail.c - messages of a worker that was taken over.
 *
 * Each piece of the input is a message: kind, whether a descriptor comes along,
 * argument (1 byte each), length (2 bytes), its bytes. They lie in the socket when
 * the other side begins to serve, and then the worker ends. Properties: no more is
 * taken than the request allows; files are opened by paths that start with '/' and
 * hold no NUL, in roots that there are, JAIL_OPENS_MAX at most; a result is a DONE
 * message's; and no descriptor is left.
 */
#include <dirent.h>
#include <stdlib.h>

#include "cmd/gp-symbolize/confine.c"
#include "cmd/gp-symbolize/jail.c"
#include "cmd/gp-symbolize/message.c"
#include "cmd/gp-symbolize/worker.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ROOTS = 2, ANSWER_MAX = 3000, SENT_MAX = 100 * 1024 };

static uint64_t taken;
static unsigned opened;

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static bool
take_piece(void *arg, const void *p, size_t len)
{
	(void)arg;
	(void)p;
	taken += len;
	require(taken <= ANSWER_MAX);
	return taken % 7 != 6;
}

static int
open_path(void *arg, unsigned root, const char *path)
{
	(void)arg;
	require(root < ROOTS && path[0] == '/' &&
	    strlen(path) < JAIL_PATH_MAX);
	require(++opened <= JAIL_OPENS_MAX);
	return opened % 2 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
}

static unsigned
open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	require(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Send what the input says. */
static void
send_all(int sock, const uint8_t *data, size_t len)
{
	size_t sent = 0;

	while (len >= 5) {
		size_t n = data[3] | (size_t)data[4] << 8;
		const uint8_t *head = data;

		data += 5;
		len -= 5;
		if (n > len)
			n = len;
		if ((sent += n + 512) > SENT_MAX || !message_send(sock,
		    head[0] % 9, head[2], data, n, head[1] & 1 ? sock : -1,
		    MSG_DONTWAIT))
			return;
		data += n;
		len -= n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct jail_job none[1];
	struct jail_request r = { .fd = -1, .name = "a file",
		.open = open_path, .roots = ROOTS, .take = take_piece,
		.answer_max = ANSWER_MAX };
	int pair[2], status = 0, given = -1;
	unsigned before;
	enum jail_err err;
	struct jail j;

	if (len < 1)
		return 0;
	before = open_files();
	jail_init(&j, none, 1);
	j.trusted = data[0] & 1;
	if (data[0] & 2)
		r.given = &given;
	require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    pair) == 0);
	send_all(pair[1], data + 1, len - 1);
	shutdown(pair[1], SHUT_WR);
	j.sock = pair[0];
	taken = opened = 0;
	err = attend(&j, &r, now_ms() + 1000, &status);
	require(err == JAIL_OK || j.sock < 0);
	require(err != JAIL_OK || message.kind == DONE);
	require(err == JAIL_OK || jail_why(&j)[0]);
	if (j.sock >= 0)
		close(j.sock);
	close(pair[1]);
	if (given >= 0)
		close(given);
	require(open_files() == before);
	return 0;
}
