/* main.c - one side of one way to pass frames: reads its options and plays its role; it measures nothing. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

static volatile sig_atomic_t stopped;

uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool
is_stopped(void)
{
	return stopped;
}

void
wait_until(uint64_t when_ns, bool spin)
{
	struct timespec when = { (time_t)(when_ns / 1000000000u), (long)(when_ns % 1000000000u) };

	if (spin) {
		while (now_ns() < when_ns && !stopped)
			;
		return;
	}
	while (!stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

void
give_up(const char *what, int error)
{
	fprintf(stderr, "peer: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}

static void
stop(int signal)
{
	stopped = 1;
}

static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void
pin_to(int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		give_up("cannot be pinned to this core", errno);
}

void
come_first(void)
{
	struct sched_param first = { .sched_priority = 1 };

	(void)sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
}

static struct sheet *
map_sheet(const char *path)
{
	struct sheet *sheet;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(*sheet)) < 0)
		give_up(path, errno);
	sheet = mmap(NULL, sizeof(*sheet), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (sheet == MAP_FAILED)
		give_up(path, errno);
	close(fd);
	return sheet;
}

static void
usage(FILE *where)
{
	fprintf(where, "usage: peer-NAME producer|reader --folder DIR --sheet FILE [option]...\n"
		       "  --variant WORD   of this way to pass frames\n"
		       "  --size WxH       of a frame, in pixels (1920x1080)\n"
		       "  --nv12           in NV12 instead of BGRA\n"
		       "  --buffers N      that frames go round in (8)\n"
		       "  --readers N      that there will be (1)\n"
		       "  --index N        of this reader (0)\n"
		       "  --hold N         frames that this reader will keep (0)\n"
		       "  --busy           wait without sleeping\n"
		       "  --lossless       every frame reaches every reader\n"
		       "  --whole          draw and check every byte, not the two ends alone\n"
		       "  --period NS      between frames (0: as fast as it goes)\n"
		       "  --warm NS        before measuring begins (0)\n"
		       "  --duration NS    of measuring (0: until SIGTERM)\n"
		       "  --core N         to run on\n"
		       "  --realtime       before all other processes, if that is allowed\n");
}

static uint64_t
parse_number(const char *text)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-') {
		fprintf(stderr, "peer: '%s' is no number\n", text);
		exit(2);
	}
	return number;
}

static void
parse_size(const char *text, struct setup *setup)
{
	int end = 0;

	if (sscanf(text, "%5ux%5u%n", &setup->width, &setup->height, &end) != 2 || text[end] ||
	    !setup->width || !setup->height) {
		fprintf(stderr, "peer: '%s' is no size, such as 1920x1080\n", text);
		exit(2);
	}
}

static const struct option options[] = { { "folder", required_argument, NULL, 'f' },
					 { "sheet", required_argument, NULL, 's' },
					 { "variant", required_argument, NULL, 'v' },
					 { "size", required_argument, NULL, 'z' },
					 { "nv12", no_argument, NULL, 'n' },
					 { "buffers", required_argument, NULL, 'b' },
					 { "readers", required_argument, NULL, 'r' },
					 { "index", required_argument, NULL, 'i' },
					 { "hold", required_argument, NULL, 'k' },
					 { "busy", no_argument, NULL, 'y' },
					 { "lossless", no_argument, NULL, 'l' },
					 { "whole", no_argument, NULL, 'w' },
					 { "period", required_argument, NULL, 'p' },
					 { "warm", required_argument, NULL, 'm' },
					 { "duration", required_argument, NULL, 'd' },
					 { "core", required_argument, NULL, 'c' },
					 { "realtime", no_argument, NULL, 't' },
					 { "help", no_argument, NULL, 'h' },
					 { 0 } };

static void
apply(int option, struct role *role)
{
	struct setup *setup = &role->setup;

	switch (option) {
	case 'f':
		setup->folder = optarg;
		break;
	case 's':
		role->sheet = map_sheet(optarg);
		break;
	case 'v':
		setup->variant = optarg;
		break;
	case 'z':
		parse_size(optarg, setup);
		break;
	case 'n':
		setup->nv12 = true;
		break;
	case 'b':
		setup->buffers = (unsigned)parse_number(optarg);
		break;
	case 'r':
		setup->readers = (unsigned)parse_number(optarg);
		break;
	case 'i':
		setup->index = (unsigned)parse_number(optarg);
		break;
	case 'k':
		setup->hold = (unsigned)parse_number(optarg);
		break;
	case 'y':
		setup->busy = true;
		break;
	case 'l':
		setup->lossless = true;
		break;
	case 'w':
		role->work = WORK_WHOLE;
		break;
	case 'p':
		role->period_ns = parse_number(optarg);
		break;
	case 'm':
		role->warm_ns = parse_number(optarg);
		break;
	case 'd':
		role->duration_ns = parse_number(optarg);
		break;
	case 'c':
		pin_to((int)parse_number(optarg));
		break;
	case 't':
		role->realtime = true;
		break;
	default:
		usage(option == 'h' ? stdout : stderr);
		exit(option == 'h' ? 0 : 2);
	}
}

int
main(int argc, char **argv)
{
	struct role role = {
		.setup = { .variant = "", .width = 1920, .height = 1080, .buffers = 8, .readers = 1 }
	};
	int option;
	bool producer;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0)
		apply(option, &role);
	if (optind != argc - 1 || !role.setup.folder || !role.sheet || !role.setup.readers ||
	    role.setup.hold > SHEET_HELD ||
	    (strcmp(argv[optind], "producer") != 0 && strcmp(argv[optind], "reader") != 0)) {
		usage(stderr);
		return 2;
	}
	producer = !strcmp(argv[optind], "producer");
	role.setup.bytes = (size_t)role.setup.width * role.setup.height;
	role.setup.bytes = role.setup.nv12 ? role.setup.bytes * 3 / 2 : role.setup.bytes * 4;
	if (role.setup.bytes < sizeof(struct header) || role.setup.bytes % 8) {
		fprintf(stderr, "peer: a frame has at least 64 bytes, and a multiple of 8\n");
		return 2;
	}
	catch_signals();
	if (producer)
		produce(&role);
	else
		read_frames(&role);
	return 0;
}
