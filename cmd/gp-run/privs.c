#include "privs.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Two words of 32 bits, as version 3 of the call has them. */
static int
get(uint64_t *permitted)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &h, d) != 0)
		return -1;
	*permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
	return 0;
}

static int
set(uint64_t mask)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	uint32_t lo = (uint32_t)mask, hi = (uint32_t)(mask >> 32);
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3] = {
		{ lo, lo, lo }, { hi, hi, hi },
	};

	return (int)syscall(SYS_capset, &h, d);
}

int
privs_keep(uint64_t mask)
{
	uint64_t permitted;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    get(&permitted) != 0)
		return -1;
	mask &= permitted;
	/* Needs CAP_SETPCAP, which goes below. Where it is not there, as in a
	 * container, no_new_privs alone keeps root from getting all of the
	 * bounding set back by execve(2). */
	for (unsigned long c = 0; c < 64; c++)
		if (!(mask & UINT64_C(1) << c) &&
		    prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0 && errno == EINVAL)
			break; /* beyond the kernel's last */
	if (set(mask) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return -1;
	for (unsigned long c = 0; c < 64; c++)
		if (mask & UINT64_C(1) << c &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) != 0)
			return -1;
	return 0;
}

int
privs_become(uid_t uid, gid_t gid, uint64_t mask)
{
	uint64_t permitted;

	if (get(&permitted) != 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ||
	    setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0 || set(mask & permitted) != 0)
		return -1;
	/* A change of user makes /proc/self root's. */
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
