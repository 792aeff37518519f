/*
 * 05-publish.c - a program that draws with CoreVideo, and publishes a stream with Transom: ported, and more.
 *
 * usage: 05-publish NAME FRAMES
 *
 * Run examples/10-subscriber beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <transom/stream.h>
#include <transom_apple.h>

#define WIDTH 320
#define HEIGHT 180
#define PERIOD_US (1000000 / 60)

static void
set_number(CFMutableDictionaryRef dictionary, CFStringRef key, int number)
{
	CFNumberRef value = CFNumberCreate(kCFAllocatorDefault, kCFNumberIntType, &number);

	CFDictionarySetValue(dictionary, key, value);
	CFRelease(value);
}

static CFMutableDictionaryRef
create_dictionary(void)
{
	return CFDictionaryCreateMutable(kCFAllocatorDefault, 0, &kCFTypeDictionaryKeyCallBacks,
					 &kCFTypeDictionaryValueCallBacks);
}

static CVReturn
create_pool(CVPixelBufferPoolRef *ret)
{
	CFMutableDictionaryRef attributes = create_dictionary(), none = create_dictionary();
	CVReturn err;

	set_number(attributes, kCVPixelBufferWidthKey, WIDTH);
	set_number(attributes, kCVPixelBufferHeightKey, HEIGHT);
	set_number(attributes, kCVPixelBufferPixelFormatTypeKey, kCVPixelFormatType_32BGRA);
	CFDictionarySetValue(attributes, kCVPixelBufferIOSurfacePropertiesKey, none);
	err = CVPixelBufferPoolCreate(kCFAllocatorDefault, NULL, attributes, ret);
	CFRelease(attributes);
	CFRelease(none);
	return err;
}

static void
draw(CVPixelBufferRef buffer, int number)
{
	CVPixelBufferLockBaseAddress(buffer, 0);
	for (size_t y = 0; y < HEIGHT; y++) {
		uint8_t *p = (uint8_t *)CVPixelBufferGetBaseAddress(buffer) +
			     y * CVPixelBufferGetBytesPerRow(buffer);

		for (size_t x = 0; x < WIDTH; x++, p += 4) { /* blue, green, red, alpha */
			p[0] = (uint8_t)(x + (size_t)number);
			p[1] = (uint8_t)(y + (size_t)number);
			p[2] = (uint8_t)number; /* what 10-subscriber looks for */
			p[3] = 255;
		}
	}
	CVPixelBufferUnlockBaseAddress(buffer, 0);
}

static int
publish(struct transom_publisher *publisher, CVPixelBufferPoolRef pool, int number)
{
	CVPixelBufferRef buffer;
	int r;

	if (CVPixelBufferPoolCreatePixelBuffer(kCFAllocatorDefault, pool, &buffer) != kCVReturnSuccess) {
		fprintf(stderr, "05-publish: no pixel buffer could be made\n");
		return -1;
	}
	draw(buffer, number);
	r = transom_publisher_publish_buffer(publisher, transom_apple_get_pixel_buffer(buffer), NULL, -1,
					     NULL);
	CVPixelBufferRelease(buffer); /* the pool waits until nobody has the frame any more */
	if (r < 0)
		fprintf(stderr, "05-publish: %s\n", transom_error_describe(r));
	return r;
}

int
main(int argc, char **argv)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .description = "drawn with CoreVideo" };
	struct transom_publisher *publisher;
	CVPixelBufferPoolRef pool;
	int frames, r;

	if (argc != 3 || (frames = atoi(argv[2])) <= 0) {
		fprintf(stderr, "usage: 05-publish NAME FRAMES\n");
		return 2;
	}
	options.name = argv[1];
	r = transom_publisher_create(&options, &publisher);
	if (r < 0) {
		fprintf(stderr, "05-publish: cannot publish %s: %s\n", argv[1], transom_error_describe(r));
		return 1;
	}
	if (create_pool(&pool) != kCVReturnSuccess) {
		fprintf(stderr, "05-publish: no pool could be made\n");
		return 1;
	}
	for (int i = 1; i <= frames && r >= 0; i++) {
		r = publish(publisher, pool, i);
		usleep(PERIOD_US);
	}
	transom_publisher_unref(publisher);
	CVPixelBufferPoolRelease(pool);
	return r < 0;
}
