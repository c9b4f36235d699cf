/*
 * replay.c - run a fuzz target over files, without libFuzzer.
 *
 * usage: replay_x file-or-folder ...
 * So findings stay tested where there is no clang.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned long ran;

static void
run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p, *exact;
	size_t n;

	if (!f || !(p = malloc(1u << 22))) {
		perror(path);
		exit(1);
	}
	n = fread(p, 1, 1u << 22, f);
	fclose(f);
	/* To the byte, so that ASan sees a read beyond the end. */
	exact = malloc(n ? n : 1);
	if (!exact)
		exit(1);
	memcpy(exact, p, n);
	free(p);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	ran++;
}

static void
run_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char name[4096];

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, e->d_name);
		run_file(name);
	}
	if (d)
		closedir(d);
}

int
main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			run_folder(argv[i]);
		else
			run_file(argv[i]);
	}
	printf("%lu inputs\n", ran);
	return ran ? 0 : 1;
}
