/* Paths as the engines make them, most of them seen on real machines. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/file.h"
#include "proc/container.h"
#include "suite.h"

#define A "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define B "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
#define POD "kubepods-burstable-pod7e4c2b1a_53d1_4c55_8a3f_0c9d2a6f1b11.slice"

static const struct {
	const char *text;
	enum container_engine engine;
	const char *id;
	const char *cgroup;
} cases[] = {
	/* Not in a container. */
	{ "", CONTAINER_NONE, "", "" },
	{ "0::/\n", CONTAINER_NONE, "", "/" },
	{ "0::/init.scope\n", CONTAINER_NONE, "", "/init.scope" },
	{ "0::/user.slice/user-1000.slice/session-3.scope\n", CONTAINER_NONE,
	    "", "/user.slice/user-1000.slice/session-3.scope" },
	{ "0::/system.slice/docker.service\n", CONTAINER_NONE, "",
	    "/system.slice/docker.service" },
	{ "0::/system.slice/docker-cleanup.scope\n", CONTAINER_NONE, "",
	    "/system.slice/docker-cleanup.scope" },
	{ "4:memory:/process_api/44a6486bcc0f552e69ec8ca5818945b7\n0::/\n",
	    CONTAINER_NONE, "",
	    "/process_api/44a6486bcc0f552e69ec8ca5818945b7" },
	/* 63 and 65 digits, upper case: no id. */
	{ "0::/docker/f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15"
	    "b0f00a08\n", CONTAINER_NONE, "",
	    "/docker/f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15"
	    "b0f00a08" },
	{ "0::/x/" A "0\n", CONTAINER_NONE, "", "/x/" A "0" },
	{ "0::/x/9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F0"
	    "0A08\n", CONTAINER_NONE, "",
	    "/x/9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F0"
	    "0A08" },

	/* docker */
	{ "0::/system.slice/docker-" A ".scope\n", CONTAINER_DOCKER, A,
	    "/system.slice/docker-" A ".scope" },
	{ "0::/docker/" A "\n", CONTAINER_DOCKER, A, "/docker/" A },
	{ "12:pids:/docker/" A "\n11:memory:/docker/" A
	    "\n1:name=systemd:/docker/" A "\n0::/system.slice/containerd.service\n",
	    CONTAINER_DOCKER, A, "/docker/" A },
	{ "0::/docker/" A "/docker/" B "\n", CONTAINER_DOCKER, B,
	    "/docker/" A "/docker/" B },
	{ "0::/docker/" A "/init.scope\n", CONTAINER_DOCKER, A,
	    "/docker/" A "/init.scope" },
	{ "0::/system.slice/docker-" A ".scope/system.slice/cron.service\n",
	    CONTAINER_DOCKER, A,
	    "/system.slice/docker-" A ".scope/system.slice/cron.service" },
	{ "0::/system.slice:docker:" A "\n", CONTAINER_DOCKER, A,
	    "/system.slice:docker:" A },
	{ "0::/actions_job/" A "\n", CONTAINER_UNKNOWN, A, "/actions_job/" A },
	/* rootless */
	{ "0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-"
	    A ".scope\n", CONTAINER_DOCKER, A,
	    "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-"
	    A ".scope" },

	/* Kubernetes */
	{ "0::/kubepods.slice/kubepods-burstable.slice/" POD
	    "/cri-containerd-" A ".scope\n", CONTAINER_CONTAINERD, A,
	    "/kubepods.slice/kubepods-burstable.slice/" POD
	    "/cri-containerd-" A ".scope" },
	{ "11:memory:/kubepods.slice/kubepods-burstable.slice/" POD
	    "/crio-" A ".scope\n", CONTAINER_CRIO, A,
	    "/kubepods.slice/kubepods-burstable.slice/" POD
	    "/crio-" A ".scope" },
	{ "0::/kubepods.slice/" POD "/crio-" A ".scope/container\n",
	    CONTAINER_CRIO, A,
	    "/kubepods.slice/" POD "/crio-" A ".scope/container" },
	{ "0::/kubepods.slice/" POD "/docker-" A ".scope\n", CONTAINER_DOCKER,
	    A, "/kubepods.slice/" POD "/docker-" A ".scope" },
	{ "5:cpu,cpuacct:/kubepods/burstable/pod7e4c2b1a-53d1-4c55-8a3f-0c9d2a"
	    "6f1b11/" A "\n", CONTAINER_KUBERNETES, A,
	    "/kubepods/burstable/pod7e4c2b1a-53d1-4c55-8a3f-0c9d2a6f1b11/" A },
	{ "0::/kubepods/besteffort/pod7e4c/crio-" A "\n", CONTAINER_CRIO, A,
	    "/kubepods/besteffort/pod7e4c/crio-" A },
	{ "1:name=systemd:/system.slice/containerd.service/" POD
	    ":cri-containerd:" A "\n", CONTAINER_CONTAINERD, A,
	    "/system.slice/containerd.service/" POD ":cri-containerd:" A },
	/* kind: Kubernetes in docker */
	{ "0::/docker/" A "/kubelet.slice/kubelet-" POD "/cri-containerd-" B
	    ".scope\n", CONTAINER_CONTAINERD, B, "/docker/" A
	    "/kubelet.slice/kubelet-" POD "/cri-containerd-" B ".scope" },

	/* containerd */
	{ "0::/system.slice/nerdctl-" A ".scope\n", CONTAINER_CONTAINERD, A,
	    "/system.slice/nerdctl-" A ".scope" },
	{ "0::/default/" A "\n", CONTAINER_CONTAINERD, A, "/default/" A },
	{ "0::/k8s.io/" A "\n", CONTAINER_CONTAINERD, A, "/k8s.io/" A },
	{ "0::/default/redis\n", CONTAINER_NONE, "", "/default/redis" },

	/* podman; its monitor is outside */
	{ "0::/machine.slice/libpod-" A ".scope/container\n",
	    CONTAINER_PODMAN, A, "/machine.slice/libpod-" A
	    ".scope/container" },
	{ "0::/user.slice/user-1000.slice/user@1000.service/user.slice/"
	    "user-libpod_pod_" B ".slice/libpod-" A ".scope\n",
	    CONTAINER_PODMAN, A,
	    "/user.slice/user-1000.slice/user@1000.service/user.slice/"
	    "user-libpod_pod_" B ".slice/libpod-" A ".scope" },
	{ "3:memory:/libpod_parent/libpod-" A "\n", CONTAINER_PODMAN, A,
	    "/libpod_parent/libpod-" A },
	{ "0::/machine.slice/libpod-conmon-" A ".scope\n", CONTAINER_NONE, "",
	    "/machine.slice/libpod-conmon-" A ".scope" },
	{ "0::/system.slice/crio-conmon-" A ".scope\n", CONTAINER_NONE, "",
	    "/system.slice/crio-conmon-" A ".scope" },

	/* runc and crun by hand, LXC */
	{ "0::/system.slice/runc-my-box_1.scope\n", CONTAINER_RUNC,
	    "my-box_1", "/system.slice/runc-my-box_1.scope" },
	{ "0::/user.slice:runc:box\n", CONTAINER_RUNC, "box",
	    "/user.slice:runc:box" },
	{ "0::/user.slice/crun-box.scope\n", CONTAINER_CRUN, "box",
	    "/user.slice/crun-box.scope" },
	{ "0::/system.slice/runc-.scope\n", CONTAINER_NONE, "",
	    "/system.slice/runc-.scope" },
	{ "0::/lxc.payload.web/init.scope\n", CONTAINER_LXC, "web",
	    "/lxc.payload.web/init.scope" },
	{ "9:memory:/lxc/web\n", CONTAINER_LXC, "web", "/lxc/web" },
	{ "0::/lxc.monitor.web\n", CONTAINER_NONE, "", "/lxc.monitor.web" },

	/* Which line counts. */
	{ "9:cpu:/a\n1:name=systemd:/user.slice\n", CONTAINER_NONE, "",
	    "/user.slice" },
	{ "9:cpu:/a\n1:name=systemd:/user.slice\n0::/b\n", CONTAINER_NONE, "",
	    "/b" },
	{ "9:cpu:/a\n1:name=systemd:/\n0::/\n", CONTAINER_NONE, "", "/a" },
	{ "0::/b (deleted)\n", CONTAINER_NONE, "", "/b" },
	{ "0::/docker/" A " (deleted)\n", CONTAINER_DOCKER, A, "/docker/" A },
	/* Seen from within a cgroup namespace. */
	{ "0::/../" A "\n", CONTAINER_UNKNOWN, A, "/../" A },
	/* Not understood. */
	{ "0:/x\nabc\n::\n0::x\n", CONTAINER_NONE, "", "" },
	{ "0::/docker/" A, CONTAINER_DOCKER, A, "/docker/" A },
};

START_TEST(the_innermost_container_is_found)
{
	struct container c;
	size_t len = strlen(cases[_i].text);
	char *exact = malloc(len ? len : 1);

	memcpy(exact, cases[_i].text, len);
	container_parse(&c, exact, len);
	free(exact);
	ck_assert_msg(c.engine == cases[_i].engine, "%s: %s", cases[_i].text,
	    container_engine_name(c.engine));
	ck_assert_str_eq(c.id, cases[_i].id);
	ck_assert_str_eq(c.cgroup, cases[_i].cgroup);
}
END_TEST

START_TEST(long_paths_are_cut_and_long_names_are_no_ids)
{
	static char text[3 * CONTAINER_CGROUP_MAX];
	struct container c;

	memset(text, 'a', sizeof text);
	memcpy(text, "0::/", 4);
	container_parse(&c, text, sizeof text);
	ck_assert_int_eq(c.engine, CONTAINER_NONE);
	ck_assert_uint_eq(strlen(c.cgroup), sizeof c.cgroup - 1);
	memcpy(text, "0::/lxc/", 8);
	container_parse(&c, text, sizeof text);
	ck_assert_int_eq(c.engine, CONTAINER_NONE);
}
END_TEST

START_TEST(a_runtimes_state_names_what_the_path_does_not)
{
	char root[] = "/tmp/gp-test-container.XXXXXX", path[256];
	struct container c;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(root));
	container_parse(&c, "0::/box/inner\n", 14);
	ck_assert(!container_find_by_state(&c, root));

	snprintf(path, sizeof path, "%s/run/runc/box", root);
	ck_assert_int_eq(file_mkdirs(path, 0755), 0);
	ck_assert(!container_find_by_state(&c, root));
	snprintf(path, sizeof path, "%s/run/runc/box/state.json", root);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert(container_find_by_state(&c, root));
	ck_assert_int_eq(c.engine, CONTAINER_RUNC);
	ck_assert_str_eq(c.id, "box");

	snprintf(path, sizeof path,
	    "%s/run/containerd/io.containerd.runtime.v2.task/default/redis",
	    root);
	ck_assert_int_eq(file_mkdirs(path, 0755), 0);
	container_parse(&c, "0::/default/redis\n", 18);
	ck_assert(container_find_by_state(&c, root));
	ck_assert_int_eq(c.engine, CONTAINER_CONTAINERD);
	ck_assert_str_eq(c.id, "redis");
	/* Not by its name alone: the namespace is part of it. */
	container_parse(&c, "0::/other/redis\n", 16);
	ck_assert(!container_find_by_state(&c, root));
	/* Never above the root of what can be seen. */
	container_parse(&c, "0::/../../default\n", 18);
	ck_assert(!container_find_by_state(&c, root));

	snprintf(path, sizeof path, "rm -r '%s'", root);
	ck_assert_int_eq(system(path), 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("container");
	TCase *t = tcase_create("container");

	tcase_add_loop_test(t, the_innermost_container_is_found, 0,
	    GP_COUNT(cases));
	tcase_add_test(t, long_paths_are_cut_and_long_names_are_no_ids);
	tcase_add_test(t, a_runtimes_state_names_what_the_path_does_not);
	suite_add_tcase(s, t);
	return s;
}
