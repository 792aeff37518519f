/* replay.c - hands each file named to a fuzz target once, so that ordinary tests run its corpus. Prints TAP. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
	static uint8_t room[2 * 1024 * 1024];

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "re");
		size_t size = file ? fread(room, 1, sizeof(room), file) : 0;
		uint8_t *data = malloc(size ? size : 1);
		const char *name = strrchr(argv[i], '/');

		if (!file || !data)
			return 1;
		memcpy(data, room, size);
		LLVMFuzzerTestOneInput(data, size);
		printf("ok %d %s\n", i, name ? name + 1 : argv[i]);
		fflush(stdout);
		free(data);
		fclose(file);
	}
	return 0;
}
