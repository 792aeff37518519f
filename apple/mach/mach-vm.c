/* mach-vm.c - memory of this task: vm_ and mach_vm_ calls, whose addresses are equally wide here. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <mach/mach.h>

#include "mach-memory-private.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

vm_size_t vm_page_size, vm_page_mask;
int vm_page_shift;

__attribute__((constructor)) static void
ask_page_size(void)
{
	vm_page_size = (vm_size_t)sysconf(_SC_PAGESIZE);
	vm_page_mask = vm_page_size - 1;
	vm_page_shift = __builtin_ctzl(vm_page_size);
}

/* Whole pages around a range; false if it goes around the end of the addresses. */
static bool
whole_pages(mach_vm_address_t address, mach_vm_size_t size, void **ret_start, size_t *ret_size)
{
	mach_vm_address_t end;

	if (__builtin_add_overflow(address, size, &end) || end > UINTPTR_MAX - vm_page_mask)
		return false;
	end = (end + vm_page_mask) & ~(mach_vm_address_t)vm_page_mask;
	address &= ~(mach_vm_address_t)vm_page_mask;
	*ret_start = (void *)(uintptr_t)address;
	*ret_size = (size_t)(end - address);
	return true;
}

kern_return_t
mach_vm_allocate(vm_map_t target, mach_vm_address_t *address, mach_vm_size_t size, int flags)
{
	int placed = MAP_PRIVATE | MAP_ANONYMOUS;
	void *start = NULL, *memory;
	size_t bytes;

	if (target != mach_task_self_)
		return KERN_INVALID_TASK;
	if (!address)
		return KERN_INVALID_ARGUMENT;
	if (size == 0) {
		*address = 0;
		return KERN_SUCCESS;
	}
	if (!whole_pages(flags & VM_FLAGS_ANYWHERE ? 0 : *address, size, &start, &bytes))
		return flags & VM_FLAGS_ANYWHERE ? KERN_NO_SPACE : KERN_INVALID_ADDRESS;
	if (!(flags & VM_FLAGS_ANYWHERE)) {
		if (!start)
			return KERN_INVALID_ADDRESS;
		placed |= flags & VM_FLAGS_OVERWRITE ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	}
	memory = mmap(start, bytes, PROT_READ | PROT_WRITE, placed, -1, 0);
	if (memory == MAP_FAILED)
		return errno == EINVAL || errno == EPERM ? KERN_INVALID_ADDRESS : KERN_NO_SPACE;
	*address = (mach_vm_address_t)(uintptr_t)memory;
	return KERN_SUCCESS;
}

kern_return_t
mach_vm_deallocate(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size)
{
	void *start;
	size_t bytes;

	if (target != mach_task_self_)
		return KERN_INVALID_TASK;
	if (size == 0)
		return KERN_SUCCESS;
	if (!whole_pages(address, size, &start, &bytes) || munmap(start, bytes) < 0)
		return KERN_INVALID_ARGUMENT;
	return KERN_SUCCESS;
}

kern_return_t
mach_vm_protect(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size, boolean_t set_maximum,
		vm_prot_t protection)
{
	int allowed = 0;
	void *start;
	size_t bytes;

	if (target != mach_task_self_)
		return KERN_INVALID_TASK;
	if (protection & ~VM_PROT_ALL)
		return KERN_INVALID_ARGUMENT;
	if (!whole_pages(address, size, &start, &bytes))
		return KERN_INVALID_ADDRESS;
	if (size == 0 || set_maximum)
		return KERN_SUCCESS;
	allowed |= protection & VM_PROT_READ ? PROT_READ : 0;
	allowed |= protection & VM_PROT_WRITE ? PROT_WRITE : 0;
	allowed |= protection & VM_PROT_EXECUTE ? PROT_EXEC : 0;
	if (mprotect(start, bytes, allowed) == 0)
		return KERN_SUCCESS;
	return errno == EACCES ? KERN_PROTECTION_FAILURE : KERN_INVALID_ADDRESS;
}

kern_return_t
mach_vm_inherit(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size, vm_inherit_t inheritance)
{
	void *start;
	size_t bytes;

	if (target != mach_task_self_)
		return KERN_INVALID_TASK;
	if (inheritance != VM_INHERIT_COPY && inheritance != VM_INHERIT_NONE)
		return KERN_INVALID_ARGUMENT;
	if (!whole_pages(address, size, &start, &bytes))
		return KERN_INVALID_ADDRESS;
	if (madvise(start, bytes, inheritance == VM_INHERIT_NONE ? MADV_DONTFORK : MADV_DOFORK) < 0)
		return KERN_INVALID_ADDRESS;
	return KERN_SUCCESS;
}

/* How much of a copy went: the kernel stops at a bad address instead of ending the process. */
static size_t
copy(void *to, const void *from, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t part = size - done < SSIZE_MAX / 2 ? size - done : SSIZE_MAX / 2;
		struct iovec source = { (char *)from + done, part }, target = { (char *)to + done, part };
		ssize_t n = process_vm_readv(getpid(), &target, 1, &source, 1, 0);

		if (n < 0 && (errno == ENOSYS || errno == EPERM)) { /* a sandbox: as memcpy(3) then */
			memcpy(target.iov_base, source.iov_base, part);
			n = (ssize_t)part;
		}
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

bool
memory_copy(void *to, const void *from, size_t size)
{
	return copy(to, from, size) == size;
}

kern_return_t
mach_vm_read_overwrite(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size,
		       mach_vm_address_t data, mach_vm_size_t *out_size)
{
	size_t done;

	if (target != mach_task_self_)
		return KERN_INVALID_TASK;
	if (!out_size)
		return KERN_INVALID_ARGUMENT;
	done = copy((void *)(uintptr_t)data, (const void *)(uintptr_t)address, (size_t)size);
	*out_size = done;
	return done == size ? KERN_SUCCESS : KERN_INVALID_ADDRESS;
}

kern_return_t
mach_vm_write(vm_map_t target, mach_vm_address_t address, vm_offset_t data, mach_msg_type_number_t data_count)
{
	mach_vm_size_t done;

	return mach_vm_read_overwrite(target, data, data_count, address, &done);
}

/* Ranges may overlap: then by way of other memory, as if it were a copy first. */
kern_return_t
mach_vm_copy(vm_map_t target, mach_vm_address_t source, mach_vm_size_t size, mach_vm_address_t destination)
{
	mach_msg_type_number_t count;
	mach_vm_size_t done;
	vm_offset_t between;
	kern_return_t kr;

	if (source + size <= destination || destination + size <= source || size > UINT_MAX)
		return mach_vm_read_overwrite(target, source, size, destination, &done);
	kr = mach_vm_read(target, source, size, &between, &count);
	if (kr != KERN_SUCCESS)
		return kr;
	kr = mach_vm_write(target, destination, between, count);
	mach_vm_deallocate(target, between, size);
	return kr;
}

kern_return_t
mach_vm_read(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size, vm_offset_t *data,
	     mach_msg_type_number_t *data_count)
{
	mach_vm_address_t memory;
	mach_vm_size_t done;
	kern_return_t kr;

	if (!data || !data_count || size > UINT_MAX)
		return KERN_INVALID_ARGUMENT;
	kr = mach_vm_allocate(target, &memory, size, VM_FLAGS_ANYWHERE);
	if (kr != KERN_SUCCESS)
		return kr;
	kr = mach_vm_read_overwrite(target, address, size, memory, &done);
	if (kr != KERN_SUCCESS) {
		mach_vm_deallocate(target, memory, size);
		return kr;
	}
	*data = (vm_offset_t)memory;
	*data_count = (mach_msg_type_number_t)size;
	return KERN_SUCCESS;
}

kern_return_t
vm_allocate(vm_map_t target, vm_address_t *address, vm_size_t size, int flags)
{
	mach_vm_address_t wide = address ? *address : 0;
	kern_return_t kr = mach_vm_allocate(target, address ? &wide : NULL, size, flags);

	if (kr == KERN_SUCCESS)
		*address = (vm_address_t)wide;
	return kr;
}

kern_return_t
vm_deallocate(vm_map_t target, vm_address_t address, vm_size_t size)
{
	return mach_vm_deallocate(target, address, size);
}

kern_return_t
vm_protect(vm_map_t target, vm_address_t address, vm_size_t size, boolean_t set_maximum, vm_prot_t protection)
{
	return mach_vm_protect(target, address, size, set_maximum, protection);
}

kern_return_t
vm_inherit(vm_map_t target, vm_address_t address, vm_size_t size, vm_inherit_t inheritance)
{
	return mach_vm_inherit(target, address, size, inheritance);
}

kern_return_t
vm_read(vm_map_t target, vm_address_t address, vm_size_t size, vm_offset_t *data,
	mach_msg_type_number_t *data_count)
{
	return mach_vm_read(target, address, size, data, data_count);
}

kern_return_t
vm_read_overwrite(vm_map_t target, vm_address_t address, vm_size_t size, vm_address_t data,
		  vm_size_t *out_size)
{
	mach_vm_size_t done = 0;
	kern_return_t kr = mach_vm_read_overwrite(target, address, size, data, out_size ? &done : NULL);

	if (out_size)
		*out_size = (vm_size_t)done;
	return kr;
}

kern_return_t
vm_write(vm_map_t target, vm_address_t address, vm_offset_t data, mach_msg_type_number_t data_count)
{
	return mach_vm_write(target, address, data, data_count);
}

kern_return_t
vm_copy(vm_map_t target, vm_address_t source, vm_size_t size, vm_address_t destination)
{
	return mach_vm_copy(target, source, size, destination);
}
