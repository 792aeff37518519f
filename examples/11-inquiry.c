/* 11-inquiry.c - asks a stream what it shows and who reads it: 11-inquiry NAME. */
#include <stdio.h>

#include <transom/inquiry.h>

static void
print(const struct transom_inquiry *inquiry)
{
	struct transom_stream_status status = { .size = sizeof(status) };
	struct transom_subscriber_status subscriber = { .size = sizeof(subscriber) };

	transom_inquiry_get_status(inquiry, &status);
	printf("%u x %u pixels, %llu frames by process %d\n", status.geometry.width, status.geometry.height,
	       (unsigned long long)status.statistics.published, status.pid);
	for (size_t i = 0; transom_inquiry_get_subscriber(inquiry, i, &subscriber) == 0; i++)
		printf("read by process %d, which holds %u of %u\n", subscriber.pid, subscriber.held,
		       subscriber.granted);
}

int
main(int argc, char **argv)
{
	struct transom_inquiry *inquiry;
	int r;

	if (argc != 2) {
		fprintf(stderr, "usage: %s NAME\n", argv[0]);
		return 2;
	}
	r = transom_inquiry_create(argv[1], 1000, &inquiry);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], transom_error_describe(r));
		return 1;
	}
	print(inquiry);
	transom_inquiry_unref(inquiry);
	return 0;
}
