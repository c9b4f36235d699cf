/*
 * The table of runtimes, and the versions that take a few lines to find.
 */
#include "runtime/lang.h"

#include <stdio.h>
#include <string.h>

#include "runtime/go.h"
#include "runtime/jvm.h"
#include "runtime/python.h"

bool
runtime_symbol(const struct runtime_file *f, const char *name,
    struct elfhas_symbol *out)
{
	if (elfhas_export(f->has, name, out))
		return true;
	return f->use_symtab && elfhas_symtab(f->elf, &name, 1, out) == 1;
}

/* A version that the file holds as text, at a symbol. */
static bool
text_at(const struct runtime_file *f, const char *name, char *out, size_t size)
{
	struct elfhas_symbol s;
	size_t len;

	if (!runtime_symbol(f, name, &s) || s.size == 0)
		return false;
	len = s.size < size ? s.size : size - 1;
	if (!elfhas_read(f->elf, s.value, out, len))
		return false;
	out[len] = '\0';
	return out[0] != '\0';
}

static bool
ruby_version(const struct runtime_file *f, char *out, size_t size)
{
	return text_at(f, "ruby_version", out, size);
}

static bool
beam_version(const struct runtime_file *f, char *out, size_t size)
{
	return text_at(f, "etp_otp_release", out, size);
}

/* Three bytes: U8 PL_revision = 5, PL_version = 36, PL_subversion = 0. */
static bool
perl_version(const struct runtime_file *f, char *out, size_t size)
{
	static const char *const names[] = {
		"PL_revision", "PL_version", "PL_subversion",
	};
	struct elfhas_symbol s;
	unsigned char v[3];

	for (size_t i = 0; i < GP_COUNT(names); i++)
		if (!runtime_symbol(f, names[i], &s) ||
		    !elfhas_read(f->elf, s.value, &v[i], 1))
			return false;
	snprintf(out, size, "%u.%u.%u", v[0], v[1], v[2]);
	return true;
}

/* No symbol has these; a text that every build contains does. */
static bool
php_version(const struct runtime_file *f, char *out, size_t size)
{
	return elfhas_number(f->elf, ".rodata", "X-Powered-By: PHP/", out,
	    size);
}

static bool
node_version(const struct runtime_file *f, char *out, size_t size)
{
	return elfhas_number(f->elf, ".rodata",
	    "https://nodejs.org/download/release/v", out, size);
}

static bool
luajit_version(const struct runtime_file *f, char *out, size_t size)
{
	return elfhas_number(f->elf, ".rodata", "LuaJIT ", out, size);
}

/* …/shared/Microsoft.NETCore.App/8.0.1/libcoreclr.so: the file itself only
 * knows its build number. */
static bool
dotnet_version(const struct runtime_file *f, char *out, size_t size)
{
	const char *end = f->path ? strrchr(f->path, '/') : NULL, *s = end;

	while (s && s > f->path && s[-1] != '/')
		s--;
	if (!s || s == end || *s < '0' || *s > '9' ||
	    !memchr(s, '.', (size_t)(end - s)))
		return false;
	snprintf(out, size, "%.*s", (int)(end - s), s);
	return true;
}

const struct runtime_lang runtime_langs[] = {
	{
		.kind = RUNTIME_PYTHON, /* 3.7 and later; before */
		.one_of = { "_PyRuntime", "_PyThreadState_Current" },
		.all_of = { "PyEval_EvalFrameEx" },
		.version = python_version,
	}, {
		.kind = RUNTIME_JVM, /* HotSpot: OpenJDK and what is made of it */
		.all_of = { "gHotSpotVMStructs" },
		.version = jvm_version,
	}, {
		.kind = RUNTIME_NODE, /* node::Start(int, char**) */
		.all_of = { "_ZN4node5StartEiPPc",
		    "_ZN2v88internal7Version6major_E" },
		.version = node_version,
	}, {
		.kind = RUNTIME_RUBY,
		.all_of = { "ruby_version", "ruby_api_version" },
		.version = ruby_version,
	}, {
		.kind = RUNTIME_PHP, /* without and with threads (ZTS) */
		.one_of = { "executor_globals", "executor_globals_offset",
		    "executor_globals_id" },
		.all_of = { "zend_execute_internal" },
		.version = php_version,
	}, {
		.kind = RUNTIME_DOTNET, /* CoreCLR: .NET Core 3 and later; 9 */
		.one_of = { "g_dacTable", "DotNetRuntimeContractDescriptor" },
		.version = dotnet_version,
	}, {
		.kind = RUNTIME_BEAM, /* Erlang, Elixir */
		.all_of = { "etp_otp_release", "the_active_code_index" },
		.version = beam_version,
	}, {
		.kind = RUNTIME_PERL, /* with and without threads */
		.one_of = { "PL_thr_key", "PL_stack_sp" },
		.all_of = { "Perl_runops_standard" },
		.version = perl_version,
	}, {
		.kind = RUNTIME_LUAJIT,
		.all_of = { "luaJIT_setmode" },
		.version = luajit_version,
	}, {
		.kind = RUNTIME_GO,
		.exe_section = ".go.buildinfo",
		.version = go_version,
	},
};
const size_t runtime_langs_n = GP_COUNT(runtime_langs);
