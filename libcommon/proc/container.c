#include "proc/container.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"

enum { ID_HEX = 64 };

/* A piece of the text. */
struct span {
	const char *s;
	size_t len;
};

const char *
container_engine_name(enum container_engine engine)
{
	switch (engine) {
	case CONTAINER_NONE:
		return "";
	case CONTAINER_DOCKER:
		return "docker";
	case CONTAINER_CONTAINERD:
		return "containerd";
	case CONTAINER_CRIO:
		return "crio";
	case CONTAINER_PODMAN:
		return "podman";
	case CONTAINER_RUNC:
		return "runc";
	case CONTAINER_CRUN:
		return "crun";
	case CONTAINER_LXC:
		return "lxc";
	case CONTAINER_KUBERNETES:
		return "kubernetes";
	case CONTAINER_UNKNOWN:
		break;
	}
	return "unknown";
}

static bool
is_id(struct span t)
{
	if (t.len != ID_HEX)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!((t.s[i] >= '0' && t.s[i] <= '9') ||
		    (t.s[i] >= 'a' && t.s[i] <= 'f')))
			return false;
	return true;
}

static bool
is_word(struct span t, const char *word)
{
	return t.len == strlen(word) && memcmp(t.s, word, t.len) == 0;
}

static bool
take_prefix(struct span *t, const char *prefix)
{
	size_t n = strlen(prefix);

	if (t->len < n || memcmp(t->s, prefix, n) != 0)
		return false;
	t->s += n;
	t->len -= n;
	return true;
}

static bool
take_suffix(struct span *t, const char *suffix)
{
	size_t n = strlen(suffix);

	if (t->len < n || memcmp(t->s + t->len - n, suffix, n) != 0)
		return false;
	t->len -= n;
	return true;
}

static bool
found(struct container *c, enum container_engine engine, struct span id)
{
	if (id.len == 0 || id.len >= sizeof c->id)
		return false;
	memcpy(c->id, id.s, id.len);
	c->id[id.len] = '\0';
	c->engine = engine;
	return true;
}

/* How a cgroup's own name tells the engine: PREFIX-ID[.scope], SLICE:PREFIX:ID */
static const struct {
	const char *prefix;
	enum container_engine engine;
	bool any_name;   /* the id is chosen by people */
	bool bare;       /* also without .scope */
} named[] = {
	{ "docker", CONTAINER_DOCKER, false, false },
	{ "cri-containerd", CONTAINER_CONTAINERD, false, false },
	{ "nerdctl", CONTAINER_CONTAINERD, false, false },
	{ "crio", CONTAINER_CRIO, false, true },
	{ "libpod", CONTAINER_PODMAN, false, true },
	{ "runc", CONTAINER_RUNC, true, false },
	{ "crun", CONTAINER_CRUN, true, false },
};

/* PREFIX-ID.scope */
static bool
from_unit(struct container *c, struct span t)
{
	bool scope = take_suffix(&t, ".scope");

	for (size_t i = 0; i < GP_COUNT(named); i++) {
		struct span id = t;

		if (!take_prefix(&id, named[i].prefix) ||
		    !take_prefix(&id, "-") || (!scope && !named[i].bare) ||
		    (!named[i].any_name && !is_id(id)))
			continue;
		return found(c, named[i].engine, id);
	}
	return false;
}

/*
 * SLICE:PREFIX:ID, what a runtime with the cgroupfs driver makes of a cgroup
 * that its caller named for the systemd driver.
 */
static bool
from_colons(struct container *c, struct span t)
{
	const char *first, *second;
	struct span prefix, id;

	first = memchr(t.s, ':', t.len);
	if (!first)
		return false;
	second = memchr(first + 1, ':', (size_t)(t.s + t.len - first - 1));
	if (!second)
		return false;
	prefix = (struct span){ first + 1, (size_t)(second - first - 1) };
	id = (struct span){ second + 1, (size_t)(t.s + t.len - second - 1) };
	for (size_t i = 0; i < GP_COUNT(named); i++)
		if (is_word(prefix, named[i].prefix) &&
		    (named[i].any_name || is_id(id)))
			return found(c, named[i].engine, id);
	return false;
}

/* PARENT/ID: the cgroupfs driver's way. before: the path above the id. */
static bool
from_parent(struct container *c, struct span before, struct span parent,
    struct span t)
{
	enum container_engine engine = CONTAINER_UNKNOWN;

	if (is_word(parent, "lxc"))
		return found(c, CONTAINER_LXC, t);
	if (take_prefix(&t, "lxc.payload.") || take_prefix(&t, "lxc.payload/"))
		return found(c, CONTAINER_LXC, t);
	if (!is_id(t))
		return false;
	if (is_word(parent, "docker"))
		engine = CONTAINER_DOCKER;
	else if (is_word(parent, "default") || is_word(parent, "k8s.io"))
		engine = CONTAINER_CONTAINERD;
	else if (memmem(before.s, before.len, "kubepods", 8))
		engine = CONTAINER_KUBERNETES;
	return found(c, engine, t);
}

/* Cut the last component off a path; false at the root. */
static bool
cut_component(struct span *path, struct span *last)
{
	const char *slash;

	while (path->len && path->s[path->len - 1] == '/')
		path->len--;
	if (path->len == 0)
		return false;
	slash = memrchr(path->s, '/', path->len);
	last->s = slash ? slash + 1 : path->s;
	last->len = (size_t)(path->s + path->len - last->s);
	path->len -= last->len;
	return true;
}

static bool
search_path(struct container *c, struct span path)
{
	struct span last, above, parent;

	while (cut_component(&path, &last)) {
		above = path;
		if (!cut_component(&above, &parent))
			parent = (struct span){ "", 0 };
		if (from_unit(c, last) || from_colons(c, last) ||
		    from_parent(c, path, parent, last))
			return true;
	}
	return false;
}

/* How much a line is to be preferred over others. */
enum rank { RANK_NONE, RANK_ROOT, RANK_OTHER, RANK_SYSTEMD, RANK_V2,
	RANK_CONTAINER };

/* "4:memory:/path": the hierarchy's number, controllers, path. */
static enum rank
read_line(struct container *c, struct span line, struct span *path)
{
	const char *end = line.s + line.len, *first, *second;
	struct span number, controllers;

	first = memchr(line.s, ':', line.len);
	second = first ? memchr(first + 1, ':', (size_t)(end - first - 1)) :
	    NULL;
	if (!second)
		return RANK_NONE;
	number = (struct span){ line.s, (size_t)(first - line.s) };
	controllers = (struct span){ first + 1, (size_t)(second - first - 1) };
	*path = (struct span){ second + 1, (size_t)(end - second - 1) };
	if (path->len == 0 || path->s[0] != '/' ||
	    memchr(path->s, '\0', path->len))
		return RANK_NONE;
	/* Said of a cgroup that was removed: a zombie's. */
	take_suffix(path, " (deleted)");
	if (search_path(c, *path))
		return RANK_CONTAINER;
	if (path->len == 1)
		return RANK_ROOT;
	if (is_word(number, "0") && controllers.len == 0)
		return RANK_V2;
	return is_word(controllers, "name=systemd") ? RANK_SYSTEMD :
	    RANK_OTHER;
}

void
container_parse(struct container *c, const char *text, size_t len)
{
	enum rank best = RANK_NONE, rank;
	struct span path, chosen = { "", 0 };
	const char *nl;
	size_t n;

	c->engine = CONTAINER_NONE;
	c->id[0] = c->cgroup[0] = '\0';
	while (len && best < RANK_CONTAINER) {
		nl = memchr(text, '\n', len);
		n = nl ? (size_t)(nl - text) : len;
		rank = read_line(c, (struct span){ text, n }, &path);
		n += nl ? 1 : 0;
		text += n;
		len -= n;
		if (rank > best) {
			best = rank;
			chosen = path;
		}
	}
	/* Longer than a path can be: the kernel did not say it. */
	if (chosen.len >= sizeof c->cgroup)
		chosen.len = sizeof c->cgroup - 1;
	memcpy(c->cgroup, chosen.s, chosen.len);
	c->cgroup[chosen.len] = '\0';
}

/* Where runtimes keep a folder for each container that lives: before and behind
 * its name. containerd's stand below a namespace, the cgroup's parent. */
static const struct {
	const char *dir, *file;
	enum container_engine engine;
	bool by_parent;
} states[] = {
	{ "/run/runc", "/state.json", CONTAINER_RUNC, false },
	{ "/run/crun", "/status", CONTAINER_CRUN, false },
	{ "/run/containerd/io.containerd.runtime.v2.task", "",
	    CONTAINER_CONTAINERD, true },
};

static bool
has_state(size_t i, const char *root, struct span parent, struct span id)
{
	char path[CONTAINER_CGROUP_MAX + 512];
	struct stat st;
	int n;

	n = snprintf(path, sizeof path, "%s%s/%.*s%s%.*s%s", root,
	    states[i].dir, states[i].by_parent ? (int)parent.len : 0, parent.s,
	    states[i].by_parent ? "/" : "", (int)id.len, id.s, states[i].file);
	return n > 0 && (size_t)n < sizeof path && stat(path, &st) == 0;
}

bool
container_find_by_state(struct container *c, const char *root)
{
	struct span path = { c->cgroup, strlen(c->cgroup) }, last, above, parent;

	while (cut_component(&path, &last)) {
		above = path;
		if (!cut_component(&above, &parent))
			parent = (struct span){ "", 0 };
		/* Above a cgroup namespace's root; never a name. */
		if (is_word(last, "..") || is_word(parent, ".."))
			continue;
		for (size_t i = 0; i < GP_COUNT(states); i++)
			if ((!states[i].by_parent || parent.len) &&
			    has_state(i, root, parent, last))
				return found(c, states[i].engine, last);
	}
	return false;
}
