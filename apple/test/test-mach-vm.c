/* test-mach-vm.c - memory of the task, and time. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mach/mach_time.h>

#include "test-mach.h"

TEST(memory_is_allocated_and_given_back)
{
	vm_address_t at = 0, fixed;

	skip_under("qemu", "it maps over what is there");
	check_eq(vm_allocate(mach_task_self(), &at, 10000, VM_FLAGS_ANYWHERE), KERN_SUCCESS);
	check_eq(at & vm_page_mask, 0);
	check_eq(*(char *)at, 0);
	memset((void *)at, 1, 10000);
	fixed = at;
	check_eq(vm_allocate(mach_task_self(), &fixed, 4096, VM_FLAGS_FIXED), KERN_NO_SPACE);
	check_eq(vm_allocate(mach_task_self(), &fixed, 4096, VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE),
		 KERN_SUCCESS);
	check_eq(*(char *)at, 0);
	check_eq(vm_deallocate(mach_task_self(), at, 10000), KERN_SUCCESS);
	check_eq(vm_allocate(mach_task_self(), &at, 0, VM_FLAGS_ANYWHERE), KERN_SUCCESS);
	check_eq(at, 0);
	check_eq(vm_allocate(99, &at, 1, VM_FLAGS_ANYWHERE), KERN_INVALID_TASK);
	check_eq(vm_allocate(mach_task_self(), NULL, 1, VM_FLAGS_ANYWHERE), KERN_INVALID_ARGUMENT);
	check_eq(vm_allocate(mach_task_self(), &at, ~(vm_size_t)0, VM_FLAGS_ANYWHERE), KERN_NO_SPACE);
	check_eq(vm_deallocate(mach_task_self(), 4096, ~(vm_size_t)0), KERN_INVALID_ARGUMENT);
}

TEST(copies_stop_at_bad_addresses)
{
	char from[100], to[100] = "";
	mach_vm_size_t size = 9;
	mach_msg_type_number_t count;
	vm_offset_t data;

	skip_under("qemu", "it does not tell of bad addresses");
	memset(from, 'a', sizeof(from));
	check_eq(mach_vm_read_overwrite(mach_task_self(), (mach_vm_address_t)(uintptr_t)from, 100,
					(mach_vm_address_t)(uintptr_t)to, &size),
		 KERN_SUCCESS);
	check_eq(size, 100);
	check(!memcmp(from, to, 100));
	check_eq(mach_vm_read_overwrite(mach_task_self(), 16, 100, (mach_vm_address_t)(uintptr_t)to, &size),
		 KERN_INVALID_ADDRESS);
	check_eq(size, 0);
	check_eq(vm_copy(mach_task_self(), (vm_address_t)from, 50, 16), KERN_INVALID_ADDRESS);
	check_eq(vm_write(mach_task_self(), (vm_address_t)to, 16, 4), KERN_INVALID_ADDRESS);
	for (int i = 0; i < 100; i++)
		from[i] = (char)i;
	check_eq(vm_copy(mach_task_self(), (vm_address_t)from, 90, (vm_address_t)from + 10), KERN_SUCCESS);
	for (int i = 10; i < 100; i++)
		check_eq(from[i], i - 10);
	check_eq(vm_read(mach_task_self(), (vm_address_t)from, 100, &data, &count), KERN_SUCCESS);
	check_eq(count, 100);
	check(!memcmp((void *)data, from, 100));
	check_eq(vm_deallocate(mach_task_self(), data, count), KERN_SUCCESS);
}

static void
write_at(void *argument)
{
	*(volatile char *)argument = 1;
}

TEST(protection_and_inheritance_are_kept)
{
	vm_address_t at;

	skip_under("qemu", "it does not tell of bad addresses");
	check_eq(vm_allocate(mach_task_self(), &at, 4096, VM_FLAGS_ANYWHERE), KERN_SUCCESS);
	check_eq(wait_for(spawn(write_at, (void *)at)), 0);
	check_eq(vm_protect(mach_task_self(), at, 4096, 0, VM_PROT_READ), KERN_SUCCESS);
	check(wait_for(spawn(write_at, (void *)at)) != 0);
	check_eq(vm_protect(mach_task_self(), at, 4096, 0, 64), KERN_INVALID_ARGUMENT);
	check_eq(vm_protect(mach_task_self(), at, 4096, 0, VM_PROT_DEFAULT), KERN_SUCCESS);
	check_eq(vm_inherit(mach_task_self(), at, 4096, VM_INHERIT_NONE), KERN_SUCCESS);
	check(wait_for(spawn(write_at, (void *)at)) != 0);
	check_eq(vm_inherit(mach_task_self(), at, 4096, VM_INHERIT_SHARE), KERN_INVALID_ARGUMENT);
	vm_deallocate(mach_task_self(), at, 4096);
	check_eq(vm_protect(mach_task_self(), at, 4096, 0, VM_PROT_READ), KERN_INVALID_ADDRESS);
}

TEST(time_goes_forward)
{
	mach_timebase_info_data_t base;
	uint64_t before = mach_absolute_time(), wanted;

	check_eq(mach_timebase_info(&base), KERN_SUCCESS);
	check_eq(mach_timebase_info(NULL), KERN_INVALID_ARGUMENT);
	wanted = before + 5000000u * base.denom / base.numer;
	check_eq(mach_wait_until(wanted), KERN_SUCCESS);
	check(mach_absolute_time() >= wanted);
	check(mach_continuous_time() > 0 && mach_approximate_time() > 0);
}

TEST(wide_calls_do_the_same)
{
	mach_msg_type_number_t count;
	mach_vm_address_t at = 0;
	vm_offset_t data;
	vm_size_t size;
	char copy[8] = "";

	check_eq(mach_vm_allocate(mach_task_self(), &at, 8192, VM_FLAGS_ANYWHERE), KERN_SUCCESS);
	check_eq(mach_vm_write(mach_task_self(), at, (vm_offset_t)(uintptr_t) "sevens", 7), KERN_SUCCESS);
	check_eq(mach_vm_copy(mach_task_self(), at, 7, at + 4096), KERN_SUCCESS);
	check_eq(mach_vm_read(mach_task_self(), at + 4096, 7, &data, &count), KERN_SUCCESS);
	check_eq(count, 7);
	check(!memcmp((void *)data, "sevens", 7));
	check_eq(mach_vm_deallocate(mach_task_self(), data, count), KERN_SUCCESS);
	check_eq(vm_read_overwrite(mach_task_self(), at, 7, (vm_address_t)copy, &size), KERN_SUCCESS);
	check(size == 7 && !strcmp(copy, "sevens"));
	check_eq(mach_vm_protect(mach_task_self(), at, 4096, 0, VM_PROT_READ), KERN_SUCCESS);
	check(wait_for(spawn(write_at, (void *)(uintptr_t)at)) != 0);
	check_eq(mach_vm_inherit(mach_task_self(), at, 4096, VM_INHERIT_NONE), KERN_SUCCESS);
	check_eq(mach_vm_deallocate(mach_task_self(), at, 8192), KERN_SUCCESS);
	check(mach_continuous_approximate_time() > 0);
}
