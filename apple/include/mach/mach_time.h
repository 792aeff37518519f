/*
 * mach_time.h - time that only goes forward. A unit is a nanosecond here; programs ask
 * mach_timebase_info().
 */
#ifndef _MACH_MACH_TIME_H_
#define _MACH_MACH_TIME_H_

#include <stdint.h>

#include <mach/mach_api.h>
#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif
struct mach_timebase_info {
	uint32_t numer;
	uint32_t denom;
};

typedef struct mach_timebase_info *mach_timebase_info_t;
typedef struct mach_timebase_info mach_timebase_info_data_t;

/** What to multiply and divide units by to get nanoseconds. Errors: KERN_INVALID_ARGUMENT NULL. Since: 0.1 */
MACH_API kern_return_t
mach_timebase_info(mach_timebase_info_t info);

/** Units since some moment in the past; the sleep of the machine does not count. Threads: any. Since: 0.1 */
MACH_API uint64_t
mach_absolute_time(void);

/** As mach_absolute_time(), coarser and faster. Threads: any. Since: 0.1 */
MACH_API uint64_t
mach_approximate_time(void);

/** As mach_absolute_time(), with the sleep of the machine. Threads: any. Since: 0.1 */
MACH_API uint64_t
mach_continuous_time(void);

/** As mach_continuous_time(), coarser and faster. Threads: any. Since: 0.1 */
MACH_API uint64_t
mach_continuous_approximate_time(void);

/** Wait until that moment of mach_absolute_time(). Errors: KERN_ABORTED by a signal. Since: 0.1 */
MACH_API kern_return_t
mach_wait_until(uint64_t deadline);

#ifdef __cplusplus
}
#endif

#endif /* _MACH_MACH_TIME_H_ */
