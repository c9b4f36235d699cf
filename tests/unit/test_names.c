/* Containers' names out of engines' answers. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ship/cri.h"
#include "ship/docker.h"
#include "ship/engines.h"
#include "ship/names.h"
#include "suite.h"

#define A "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define B "1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014"

static struct names_text
text(const char *s)
{
	return (struct names_text){ .s = s, .len = strlen(s) };
}

static void
add(struct names *n, const char *id, const char *name, const char *pod,
    const char *namespace)
{
	const struct names_container c = { .id = text(id), .name = text(name),
		.pod = text(pod), .namespace = text(namespace) };

	names_add(n, &c);
}

static const struct {
	const char *id, *name, *pod, *namespace;
	bool good;
} forms[] = {
	{ A, "web", "", "", true },
	{ A, "Web_1.x-y", "", "", true },
	{ A, "c", "p-5d4f", "shop", true },
	{ A, "", "", "", false },
	{ A, ".x", "", "", false },
	{ A, "a/b", "", "", false },
	{ A, "a b", "", "", false },
	{ A, "a\nb", "", "", false },
	{ A, "\xc3\xa9", "", "", false },
	{ A, "c", "p;q", "", false },
	{ A, "c", "p", "-n", false },
	{ A "0", "c", "", "", false },
	{ "9F86", "c", "", "", false },
	{ "", "c", "", "", false },
};

START_TEST(only_what_engines_allow_gets_in)
{
	struct names n = { 0 };
	const struct names_entry *e;

	add(&n, forms[_i].id, forms[_i].name, forms[_i].pod,
	    forms[_i].namespace);
	e = names_find(&n, forms[_i].id, strlen(forms[_i].id));
	ck_assert_int_eq(e != NULL, forms[_i].good);
	ck_assert_uint_eq(n.left_out, !forms[_i].good);
	if (e) {
		ck_assert_str_eq(e->name, forms[_i].name);
		ck_assert_str_eq(e->pod, forms[_i].pod);
		ck_assert_str_eq(e->namespace, forms[_i].namespace);
	}
	names_free(&n);
}
END_TEST

static const struct {
	const char *image;
	bool good;
} images[] = {
	{ "nginx", true },
	{ "registry.example:5000/a/b_c:1.4-x", true },
	{ "nginx@sha256:0a1b", true },
	{ "", false },
	{ "/nginx", false },
	{ "a b", false },
	{ "a\nb", false },
	{ "a;b", false },
	{ "a\xff", false },
};

START_TEST(an_image_of_another_form_is_not_told)
{
	const char *image = images[_i].image;
	const struct names_container c = { .id = text(A), .name = text("web"),
		.image = text(image) };
	const struct names_entry *e;
	struct names n = { 0 };

	names_add(&n, &c);
	e = names_find(&n, A, 64);
	ck_assert_ptr_nonnull(e);
	ck_assert_str_eq(e->image, images[_i].good ? image : "");
	names_free(&n);
}
END_TEST

START_TEST(what_was_known_stays)
{
	struct names n = { 0 };

	add(&n, A, "first", "", "");
	add(&n, A, "second", "", "");
	ck_assert_str_eq(names_find(&n, A, 64)->name, "first");
	ck_assert_ptr_null(names_find(&n, B, 64));
	ck_assert_ptr_null(names_find(&n, A, 63));
	names_free(&n);
}
END_TEST

START_TEST(there_is_an_end_to_them)
{
	struct names n = { 0 };
	char id[NAMES_ID + 1];

	for (unsigned i = 0; i <= NAMES_MAX; i++) {
		snprintf(id, sizeof id, "%064x", i);
		add(&n, id, "x", "", "");
	}
	ck_assert_uint_eq(n.ids.n, NAMES_MAX);
	ck_assert_uint_eq(n.left_out, 1);
	names_free(&n);
}
END_TEST

/* The name of A that a list of Docker's holds; NULL: it is no list, "": none. */
static const struct {
	const char *json, *name;
} lists[] = {
	{ "[{\"Id\":\"" A "\",\"Names\":[\"/web\"]}]", "web" },
	{ "[{\"Id\":\"" A "\",\"Names\":[\"/web\"],\"Image\":7}]", "web" },
	{ "[{\"Names\":[\"/a/b\",\"/c/d\",\"/e\"],\"Id\":\"" A "\"}]", "e" },
	{ "[{\"Id\":\"" A "\",\"Names\":[\"bare\"]}]", "bare" },
	{ "[{\"Id\":\"" A "\",\"Names\":[\"/a/b\"]}]", "" },
	{ "[{\"Id\":\"" A "\",\"Names\":null}]", "" },
	{ "[{\"Id\":\"" A "\",\"Names\":[\"/a\\u0000b\"]}]", "" },
	{ "[{\"Id\":\"" A "\",\"Names\":[7,{},\"/x\"]}]", "x" },
	{ "[{\"Id\":\"" A "\",\"Names\":[\"/k8s_x\"],\"Labels\":{"
	  "\"io.kubernetes.pod.name\":\"p\"}}]", "k8s_x" },
	{ "[null,7,[],{}]", "" },
	{ "[]", "" },
	{ "{}", NULL },
	{ "[{\"Id\":", NULL },
	{ "", NULL },
};

START_TEST(docker_lists_are_read)
{
	struct names n = { 0 };
	const struct names_entry *e;
	bool good = docker_take(&n, lists[_i].json, strlen(lists[_i].json));

	ck_assert_int_eq(good, lists[_i].name != NULL);
	e = names_find(&n, A, 64);
	ck_assert_str_eq(e ? e->name : "", good ? lists[_i].name : "");
	names_free(&n);
}
END_TEST

/* A message's field of bytes, and a body with a message. */
static void
add_field(struct buf *b, unsigned number, const void *s, size_t len)
{
	ck_assert_uint_lt(len, 128 * 128);
	buf_addc(b, (char)(number << 3 | 2));
	if (len > 127)
		buf_addc(b, (char)((len & 127) | 128));
	buf_addc(b, (char)(len > 127 ? len >> 7 : len));
	buf_add(b, s, len);
}

static void
make_body(struct buf *out, const struct buf *message)
{
	buf_reset(out);
	buf_add(out, "\0\0\0", 3);
	buf_addc(out, (char)(message->len >> 8));
	buf_addc(out, (char)message->len);
	buf_add(out, message->s, message->len);
}

static void
make_sandboxes(struct buf *body)
{
	struct buf name = { 0 }, one = { 0 }, all = { 0 };

	add_field(&name, 1, "web-5d4f", 8);
	add_field(&name, 3, "shop", 4);
	add_field(&one, 1, B, 64);
	add_field(&one, 2, name.s, name.len);
	add_field(&all, 1, one.s, one.len);
	make_body(body, &all);
	buf_free(&name);
	buf_free(&one);
	buf_free(&all);
}

static void
make_containers(struct buf *body)
{
	struct buf name = { 0 }, one = { 0 }, all = { 0 };

	add_field(&name, 1, "nginx", 5);
	add_field(&one, 1, A, 64);
	add_field(&one, 2, B, 64);
	add_field(&one, 3, name.s, name.len);
	buf_reset(&name);
	add_field(&name, 1, "nginx:1.4", 9);
	add_field(&one, 4, name.s, name.len);
	/* One that newer versions may have. */
	add_field(&one, 15, "x", 1);
	add_field(&all, 1, one.s, one.len);
	make_body(body, &all);
	buf_free(&name);
	buf_free(&one);
	buf_free(&all);
}

START_TEST(containers_are_found_in_their_pods)
{
	struct names n = { 0 };
	struct buf body = { 0 };

	make_containers(&body);
	ck_assert(cri_take_containers(&n, body.s, body.len));
	ck_assert_ptr_null(names_find(&n, A, 64)); /* its pod is not known */
	make_sandboxes(&body);
	ck_assert(cri_take_sandboxes(&n, body.s, body.len));
	ck_assert_str_eq(names_find(&n, B, 64)->name, "POD");
	make_containers(&body);
	ck_assert(cri_take_containers(&n, body.s, body.len));
	ck_assert_str_eq(names_find(&n, A, 64)->name, "nginx");
	ck_assert_str_eq(names_find(&n, A, 64)->pod, "web-5d4f");
	ck_assert_str_eq(names_find(&n, A, 64)->namespace, "shop");
	ck_assert_str_eq(names_find(&n, A, 64)->image, "nginx:1.4");
	/* An empty list is one, too. */
	ck_assert(cri_take_containers(&n, "\0\0\0\0\0", 5));
	buf_free(&body);
	names_free(&n);
}
END_TEST

START_TEST(every_cut_and_every_flipped_byte_is_survived)
{
	struct names n = { 0 };
	struct buf body = { 0 };

	make_sandboxes(&body);
	for (size_t i = 0; i < body.len; i++)
		ck_assert(!cri_take_sandboxes(&n, body.s, i));
	for (size_t i = 0; i < body.len; i++) {
		body.s[i] ^= (char)0xff;
		(void)!cri_take_sandboxes(&n, body.s, body.len);
		(void)!cri_take_containers(&n, body.s, body.len);
		body.s[i] ^= (char)0xff;
	}
	body.s[0] = 1; /* compressed */
	ck_assert(!cri_take_sandboxes(&n, body.s, body.len));
	buf_free(&body);
	names_free(&n);
}
END_TEST

START_TEST(engines_are_told_by_kind_and_path)
{
	struct engine e;

	ck_assert_ptr_null(engine_parse(&e, "docker:/run/docker.sock"));
	ck_assert(!e.cri);
	ck_assert_str_eq(e.path, "/run/docker.sock");
	ck_assert_ptr_null(engine_parse(&e, "podman:/p"));
	ck_assert(!e.cri);
	ck_assert_ptr_null(engine_parse(&e, "cri:/c"));
	ck_assert(e.cri);
	ck_assert_ptr_nonnull(engine_parse(&e, "cri:c"));
	ck_assert_ptr_nonnull(engine_parse(&e, "/c"));
	ck_assert_ptr_nonnull(engine_parse(&e, ""));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("names");
	TCase *t = tcase_create("names");

	tcase_add_loop_test(t, only_what_engines_allow_gets_in, 0,
	    (int)GP_COUNT(forms));
	tcase_add_loop_test(t, an_image_of_another_form_is_not_told, 0,
	    (int)GP_COUNT(images));
	tcase_add_test(t, what_was_known_stays);
	tcase_add_test(t, there_is_an_end_to_them);
	tcase_add_loop_test(t, docker_lists_are_read, 0, (int)GP_COUNT(lists));
	tcase_add_test(t, containers_are_found_in_their_pods);
	tcase_add_test(t, every_cut_and_every_flipped_byte_is_survived);
	tcase_add_test(t, engines_are_told_by_kind_and_path);
	suite_add_tcase(s, t);
	return s;
}
