/* main.c - the demo's command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "roles.h"

/* The renderer's surfaces, and one more, on both sides of the kill. */
#define MIN_FRAMES 20
#define MAX_FRAMES 1000000
#define DEFAULT_FRAMES 600

static const char usage[] =
	"usage: transom-demo [--frames N] [--output FILE] INPUT\n"
	"Shows pixel buffers on their way from process to process, on real input: a picture (PNG, JPEG)\n"
	"or a video (Y4M).\n"
	"  --frames N     how many frames to show: 20 to 1000000, by default 600\n"
	"  --output FILE  where to write the last frame: by default demo.png\n"
	"  --help         this text\n";

/* A number in a range, or 0. */
static uint32_t
parse_count(const char *text, uint32_t minimum, uint32_t maximum)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	return *text < '0' || *text > '9' || *end || number < minimum || number > maximum ? 0
											  : (uint32_t)number;
}

int
main(int count, char **arguments)
{
	/* The director starts the others with --as and --stall-at. */
	static const struct option options[] = {
		{ "frames", required_argument, NULL, 'f' }, { "output", required_argument, NULL, 'o' },
		{ "as", required_argument, NULL, 'a' },     { "stall-at", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
	};
	const char *output = NULL, *role = "director";
	uint32_t frames = DEFAULT_FRAMES, stall_at = 0;
	int option;

	while ((option = getopt_long(count, arguments, "", options, NULL)) >= 0) {
		switch (option) {
		case 'f':
			frames = parse_count(optarg, MIN_FRAMES, MAX_FRAMES);
			if (!frames) {
				complain("%s is no number of frames: %d to %d", optarg, MIN_FRAMES,
					 MAX_FRAMES);
				return 2;
			}
			break;
		case 'o':
			output = optarg;
			break;
		case 'a':
			role = optarg;
			break;
		case 's':
			stall_at = parse_count(optarg, 1, MAX_FRAMES);
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!strcmp(role, "receiver") && optind == count)
		return receive(stall_at, output);
	if (optind != count - 1) {
		fputs(usage, stderr);
		return 2;
	}
	if (!strcmp(role, "renderer"))
		return render(arguments[optind], frames);
	return direct(arguments[optind], frames, output ? output : "demo.png");
}
