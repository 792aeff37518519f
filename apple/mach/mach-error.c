/* mach-error.c - Mach's errors, and those of bootstrap and IOKit, in words. */
#include <stdio.h>

#include <mach/mach_error.h>
#include <mach/message.h>
#include <mach/mig_errors.h>

#define IOKIT(code) ((int)(0xe0000000u | (code)))

static const struct {
	int code;
	const char *text;
} errors[] = {
	{ KERN_SUCCESS, "(os/kern) successful" },
	{ KERN_INVALID_ADDRESS, "(os/kern) invalid address" },
	{ KERN_PROTECTION_FAILURE, "(os/kern) protection failure" },
	{ KERN_NO_SPACE, "(os/kern) no space available" },
	{ KERN_INVALID_ARGUMENT, "(os/kern) invalid argument" },
	{ KERN_FAILURE, "(os/kern) failure" },
	{ KERN_RESOURCE_SHORTAGE, "(os/kern) resource shortage" },
	{ KERN_NOT_RECEIVER, "(os/kern) not receiver" },
	{ KERN_NO_ACCESS, "(os/kern) no access" },
	{ KERN_MEMORY_FAILURE, "(os/kern) memory failure" },
	{ KERN_MEMORY_ERROR, "(os/kern) memory error" },
	{ KERN_ALREADY_IN_SET, "(os/kern) already in set" },
	{ KERN_NOT_IN_SET, "(os/kern) not in set" },
	{ KERN_NAME_EXISTS, "(os/kern) name exists" },
	{ KERN_ABORTED, "(os/kern) aborted" },
	{ KERN_INVALID_NAME, "(os/kern) invalid name" },
	{ KERN_INVALID_TASK, "(os/kern) invalid task" },
	{ KERN_INVALID_RIGHT, "(os/kern) invalid right" },
	{ KERN_INVALID_VALUE, "(os/kern) invalid value" },
	{ KERN_UREFS_OVERFLOW, "(os/kern) user-references overflow" },
	{ KERN_INVALID_CAPABILITY, "(os/kern) invalid capability" },
	{ KERN_RIGHT_EXISTS, "(os/kern) right exists" },
	{ KERN_INVALID_HOST, "(os/kern) invalid host" },
	{ KERN_MEMORY_PRESENT, "(os/kern) memory present" },
	{ KERN_INVALID_OBJECT, "(os/kern) object is no longer there" },
	{ KERN_INVALID_SECURITY, "(os/kern) invalid security" },
	{ KERN_TERMINATED, "(os/kern) object terminated" },
	{ KERN_ALREADY_WAITING, "(os/kern) already waiting" },
	{ KERN_NOT_SUPPORTED, "(os/kern) not supported" },
	{ KERN_OPERATION_TIMED_OUT, "(os/kern) operation timed out" },
	{ KERN_DENIED, "(os/kern) denied" },
	{ MACH_SEND_IN_PROGRESS, "(ipc/send) in progress" },
	{ MACH_SEND_INVALID_DATA, "(ipc/send) invalid data" },
	{ MACH_SEND_INVALID_DEST, "(ipc/send) invalid destination port" },
	{ MACH_SEND_TIMED_OUT, "(ipc/send) timed out" },
	{ MACH_SEND_INVALID_VOUCHER, "(ipc/send) invalid voucher" },
	{ MACH_SEND_INTERRUPTED, "(ipc/send) interrupted" },
	{ MACH_SEND_MSG_TOO_SMALL, "(ipc/send) message too small" },
	{ MACH_SEND_INVALID_REPLY, "(ipc/send) invalid reply port" },
	{ MACH_SEND_INVALID_RIGHT, "(ipc/send) invalid port right" },
	{ MACH_SEND_INVALID_NOTIFY, "(ipc/send) invalid notify port" },
	{ MACH_SEND_INVALID_MEMORY, "(ipc/send) invalid memory" },
	{ MACH_SEND_NO_BUFFER, "(ipc/send) no message buffer" },
	{ MACH_SEND_TOO_LARGE, "(ipc/send) message too large" },
	{ MACH_SEND_INVALID_TYPE, "(ipc/send) invalid descriptor type" },
	{ MACH_SEND_INVALID_HEADER, "(ipc/send) invalid header" },
	{ MACH_SEND_INVALID_TRAILER, "(ipc/send) invalid trailer" },
	{ MACH_SEND_INVALID_CONTEXT, "(ipc/send) invalid context" },
	{ MACH_SEND_INVALID_RT_OOL_SIZE, "(ipc/send) invalid out-of-line size" },
	{ MACH_SEND_NO_GRANT_DEST, "(ipc/send) destination grants nothing" },
	{ MACH_RCV_IN_PROGRESS, "(ipc/rcv) in progress" },
	{ MACH_RCV_INVALID_NAME, "(ipc/rcv) invalid name" },
	{ MACH_RCV_TIMED_OUT, "(ipc/rcv) timed out" },
	{ MACH_RCV_TOO_LARGE, "(ipc/rcv) message too large" },
	{ MACH_RCV_INTERRUPTED, "(ipc/rcv) interrupted" },
	{ MACH_RCV_PORT_CHANGED, "(ipc/rcv) port changed" },
	{ MACH_RCV_INVALID_NOTIFY, "(ipc/rcv) invalid notify port" },
	{ MACH_RCV_INVALID_DATA, "(ipc/rcv) invalid data" },
	{ MACH_RCV_PORT_DIED, "(ipc/rcv) port died" },
	{ MACH_RCV_IN_SET, "(ipc/rcv) port is in a port set" },
	{ MACH_RCV_HEADER_ERROR, "(ipc/rcv) error in message header" },
	{ MACH_RCV_BODY_ERROR, "(ipc/rcv) error in message body" },
	{ MACH_RCV_INVALID_TYPE, "(ipc/rcv) invalid scatter list" },
	{ MACH_RCV_SCATTER_SMALL, "(ipc/rcv) scatter list too small" },
	{ MACH_RCV_INVALID_TRAILER, "(ipc/rcv) invalid trailer" },
	{ MACH_RCV_IN_PROGRESS_TIMED, "(ipc/rcv) in progress, with a time-out" },
	{ MACH_RCV_INVALID_REPLY, "(ipc/rcv) invalid reply port" },
	{ MIG_TYPE_ERROR, "(ipc/mig) type check failed" },
	{ MIG_REPLY_MISMATCH, "(ipc/mig) wrong reply" },
	{ MIG_REMOTE_ERROR, "(ipc/mig) the server found an error" },
	{ MIG_BAD_ID, "(ipc/mig) unknown request" },
	{ MIG_BAD_ARGUMENTS, "(ipc/mig) arguments of the wrong type" },
	{ MIG_NO_REPLY, "(ipc/mig) no reply" },
	{ MIG_EXCEPTION, "(ipc/mig) the server raised an exception" },
	{ MIG_ARRAY_TOO_LARGE, "(ipc/mig) array too large" },
	{ MIG_SERVER_DIED, "(ipc/mig) the server has died" },
	{ MIG_TRAILER_ERROR, "(ipc/mig) unknown trailer" },
	{ 1100, "(bootstrap) not privileged" },
	{ 1101, "(bootstrap) name in use" },
	{ 1102, "(bootstrap) unknown service" },
	{ 1103, "(bootstrap) service active" },
	{ 1104, "(bootstrap) bad count" },
	{ 1105, "(bootstrap) no memory" },
	{ IOKIT(0x2bc), "(iokit/common) general error" },
	{ IOKIT(0x2bd), "(iokit/common) cannot allocate memory" },
	{ IOKIT(0x2be), "(iokit/common) resource shortage" },
	{ IOKIT(0x2c0), "(iokit/common) no such device" },
	{ IOKIT(0x2c1), "(iokit/common) privilege violation" },
	{ IOKIT(0x2c2), "(iokit/common) invalid argument" },
	{ IOKIT(0x2c7), "(iokit/common) unsupported function" },
	{ IOKIT(0x2cc), "(iokit/common) cannot acquire lock" },
	{ IOKIT(0x2d5), "(iokit/common) device is busy" },
	{ IOKIT(0x2d6), "(iokit/common) timed out" },
	{ IOKIT(0x2e2), "(iokit/common) not permitted" },
	{ IOKIT(0x2f0), "(iokit/common) not found" },
};

char *
mach_error_string(mach_error_t error_value)
{
	/* The flags of a receive that lost something say more than the reader needs. */
	int wanted =
		(unsigned)error_value >> 14 == 0x10004000u >> 14 ? error_value & ~MACH_MSG_MASK : error_value;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].code == wanted)
			return (char *)errors[i].text;
	return (char *)"unknown error code";
}

char *
mach_error_type(mach_error_t error_value)
{
	switch (err_get_system(error_value)) {
	case 0:
		return (char *)(error_value >= 1100 && error_value < 1200 ? "(bootstrap)" : "(os/kern)");
	case 4:
		return (char *)(err_get_sub(error_value) ? "(ipc/rcv)" : "(ipc/send)");
	case 0x38:
		return (char *)"(iokit/common)";
	case 0x3f:
		return (char *)"(ipc/mig)";
	default:
		return (char *)"(?/?)";
	}
}

void
mach_error(const char *str, mach_error_t error_value)
{
	fprintf(stderr, "%s %s (0x%x)\n", str ? str : "", mach_error_string(error_value),
		(unsigned)error_value);
}
