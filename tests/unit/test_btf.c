/*
 * test_btf.c - the kernel's types cut down: libbpf reads out of what is left what it
 * reads out of all.
 */
#include <bpf/btf.h>
#include <check.h>
#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "elf/btf.h"
#include "suite.h"

static const char *const wanted[] = { "task", "memory", "nobody" };

/* Two structs that are asked for, one of them with a struct and a union in it that have
 * no name, one more that it holds, and much that it only points to. */
static struct btf *
make_types(void)
{
	struct btf *b = btf__new_empty();
	int num = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	int chr = btf__add_int(b, "char", 1, BTF_INT_CHAR);
	int name = btf__add_array(b, num, chr, 16);
	int memory, other, far, anon, either, pid;

	btf__add_func_proto(b, num);
	btf__add_enum(b, "colour", 4);
	btf__add_enum_value(b, "red", 1);
	far = btf__add_struct(b, "far", 4096);
	btf__add_field(b, "x", num, 0, 0);
	memory = btf__add_struct(b, "memory", 8);
	btf__add_field(b, "start", num, 0, 0);
	btf__add_field(b, "next", btf__add_ptr(b, memory), 32, 0);
	other = btf__add_struct(b, "other", 12);
	btf__add_field(b, "hidden", num, 64, 0);
	either = btf__add_union(b, NULL, 4);
	btf__add_field(b, "left", num, 0, 0);
	btf__add_field(b, "right", num, 0, 0);
	anon = btf__add_struct(b, NULL, 8);
	btf__add_field(b, "inside", num, 0, 0);
	btf__add_field(b, NULL, either, 32, 0);
	pid = btf__add_typedef(b, "pid_t", num);
	btf__add_struct(b, "task", 64);
	btf__add_field(b, "pid", pid, 0, 0);
	btf__add_field(b, NULL, anon, 32, 0);
	btf__add_field(b, "other", other, 96, 0);
	btf__add_field(b, "mm", btf__add_ptr(b, far), 192, 0);
	btf__add_field(b, "name", btf__add_const(b, name), 256, 0);
	btf__add_field(b, "flag", num, 384, 3);
	btf__add_field(b, "colour", 5, 416, 0);
	return b;
}

static struct btf *
reduced(const void *data, size_t len, const char *const *name, size_t names)
{
	struct buf out = { 0 };
	struct btf *b;

	ck_assert(btf_reduce(data, len, name, names, &out));
	b = btf__new(out.s, (uint32_t)out.len);
	ck_assert_ptr_nonnull(b);
	buf_free(&out);
	return b;
}

/* The members of a struct, and of those without a name in it, say the same. */
static void
check_members(const struct btf *a, int at_a, const struct btf *b, int at_b)
{
	const struct btf_type *s = btf__type_by_id(a, (uint32_t)at_a);
	const struct btf_type *t = btf__type_by_id(b, (uint32_t)at_b);
	const struct btf_member *m = btf_members(s), *n = btf_members(t);
	const struct btf_type *of;

	ck_assert_uint_eq(s->info, t->info);
	ck_assert_uint_eq(s->size, t->size);
	for (int i = 0; i < btf_vlen(s); i++) {
		ck_assert_str_eq(btf__name_by_offset(a, m[i].name_off),
		    btf__name_by_offset(b, n[i].name_off));
		ck_assert_uint_eq(m[i].offset, n[i].offset);
		of = btf__type_by_id(a, m[i].type);
		ck_assert_int_eq(btf_kind(of),
		    btf_kind(btf__type_by_id(b, n[i].type)));
		ck_assert_int_eq(btf__resolve_size(a, m[i].type),
		    btf__resolve_size(b, n[i].type));
		if (!of->name_off && btf_is_composite(of))
			check_members(a, (int)m[i].type, b, (int)n[i].type);
	}
}

static int
find(const struct btf *b, const char *name)
{
	return btf__find_by_name_kind(b, name, BTF_KIND_STRUCT);
}

START_TEST(what_is_asked_for_is_whole)
{
	struct btf *b = make_types(), *r;
	const void *data;
	uint32_t len;

	data = btf__raw_data(b, &len);
	r = reduced(data, len, wanted, GP_COUNT(wanted));
	check_members(b, find(b, "task"), r, find(r, "task"));
	check_members(b, find(b, "memory"), r, find(r, "memory"));
	/* Its size counts, as a member of task. */
	ck_assert_int_eq(btf_vlen(btf__type_by_id(r,
	    (uint32_t)find(r, "other"))), 0);
	ck_assert_int_eq(find(r, "far"), -ENOENT);
	ck_assert_int_eq(find(r, "nobody"), -ENOENT);
	btf__free(r);
	btf__free(b);
}
END_TEST

/* The structs that the BPF program asks for, of the kernel that runs here. */
START_TEST(a_kernel_s_own)
{
	static const char *const names[] = { "task_struct", "mm_struct",
		"pid", "upid", "pid_namespace", "ns_common", "thread_struct" };
	struct buf all = { 0 };
	struct btf *b, *r;

	if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
		return;
	ck_assert_int_eq(file_read_at(-1, "/sys/kernel/btf/vmlinux", &all,
	    256 << 20), 0);
	b = btf__new(all.s, (uint32_t)all.len);
	ck_assert_ptr_nonnull(b);
	r = reduced(all.s, all.len, names, GP_COUNT(names));
	for (size_t i = 0; i < GP_COUNT(names); i++)
		check_members(b, find(b, names[i]), r, find(r, names[i]));
	ck_assert_int_lt(btf__type_cnt(r), btf__type_cnt(b) / 10);
	btf__free(r);
	btf__free(b);
	buf_free(&all);
}
END_TEST

/* Each byte in turn is another one, in a copy that ends where its memory does. What
 * comes out is whole, or nothing. */
START_TEST(nothing_in_it_does_harm)
{
	static const uint8_t other[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct btf *b = make_types();
	struct buf out = { 0 };
	const void *data;
	uint8_t *copy;
	uint32_t len;

	data = btf__raw_data(b, &len);
	copy = malloc(len);
	ck_assert_ptr_nonnull(copy);
	for (uint32_t i = 0; i < len * GP_COUNT(other); i++) {
		memcpy(copy, data, len);
		copy[i / GP_COUNT(other)] = other[i % GP_COUNT(other)];
		buf_reset(&out);
		if (!btf_reduce(copy, len, wanted, GP_COUNT(wanted), &out))
			ck_assert_uint_eq(out.len, 0);
	}
	free(copy);
	btf__free(b);
	buf_free(&out);
}
END_TEST

START_TEST(half_of_it_is_none)
{
	struct btf *b = make_types();
	struct buf out = { 0 };
	const void *data;
	uint8_t *copy;
	uint32_t len;

	data = btf__raw_data(b, &len);
	for (uint32_t n = 0; n < len; n++) {
		copy = malloc(n ? n : 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, data, n);
		ck_assert(!btf_reduce(copy, n, wanted, GP_COUNT(wanted), &out));
		free(copy);
	}
	ck_assert_uint_eq(out.len, 0);
	btf__free(b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("btf");
	TCase *t = tcase_create("btf");

	suite_add_tcase(s, t);
	tcase_add_test(t, what_is_asked_for_is_whole);
	tcase_add_test(t, a_kernel_s_own);
	tcase_add_test(t, nothing_in_it_does_harm);
	tcase_add_test(t, half_of_it_is_none);
	return s;
}
