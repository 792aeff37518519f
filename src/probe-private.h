/*
 * probe-private.h - places where perf, bpftrace or SystemTap can look on: a nop each while none of them
 * does, and nothing without <sys/sdt.h>.
 *
 * The provider is "transom". Names and arguments are listed in transom_stream(3), and a test compares them.
 */
#ifndef TRANSOM_PROBE_PRIVATE_H
#define TRANSOM_PROBE_PRIVATE_H

#ifdef HAVE_SYS_SDT_H
#include <sys/sdt.h>

#define PROBE1(name, a) DTRACE_PROBE1(transom, name, a)
#define PROBE2(name, a, b) DTRACE_PROBE2(transom, name, a, b)
#else
#define PROBE1(name, a) ((void)(a))
#define PROBE2(name, a, b) ((void)(a), (void)(b))
#endif

#endif /* TRANSOM_PROBE_PRIVATE_H */
