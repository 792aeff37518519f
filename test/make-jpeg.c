/* make-jpeg.c - writes a JPEG picture for the demo's tests: a gradient of a size. usage: make-jpeg FILE SIZE */
#include <stdio.h>
#include <stdlib.h>

#include <turbojpeg.h>

int
main(int count, char **arguments)
{
	int size = count == 3 ? atoi(arguments[2]) : 0, failed;
	unsigned char *pixels = calloc(3, (size_t)size * (size_t)size + 1), *jpeg = NULL;
	unsigned long length = 0;
	tjhandle encoder = tjInitCompress();
	FILE *file = size > 0 ? fopen(arguments[1], "w") : NULL;

	if (!file || !pixels || !encoder)
		return 1;
	for (int i = 0; i < size * size; i++) {
		pixels[3 * i] = (unsigned char)(i % size * 255 / size);
		pixels[3 * i + 1] = (unsigned char)(i / size * 255 / size);
		pixels[3 * i + 2] = 128;
	}
	failed = tjCompress2(encoder, pixels, size, 0, size, TJPF_RGB, &jpeg, &length, TJSAMP_420, 90, 0) ||
		 fwrite(jpeg, 1, length, file) != length;
	failed |= fclose(file) != 0;
	tjFree(jpeg);
	tjDestroy(encoder);
	free(pixels);
	return failed;
}
