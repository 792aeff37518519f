/*
 * vm_statistics.h - how memory is to be allocated. Statistics themselves are not kept.
 */
#ifndef _MACH_VM_STATISTICS_H_
#define _MACH_VM_STATISTICS_H_

#define VM_FLAGS_FIXED 0x0000
#define VM_FLAGS_ANYWHERE 0x0001
#define VM_FLAGS_PURGABLE 0x0002
#define VM_FLAGS_OVERWRITE 0x4000
#define VM_FLAGS_ALIAS_MASK 0xff000000

/* Tags say what memory is for; they are accepted and not kept. */
#define VM_MAKE_TAG(tag) ((int)((unsigned)(tag) << 24))
#define VM_MEMORY_MALLOC 1
#define VM_MEMORY_MACH_MSG 20
#define VM_MEMORY_IOKIT 21
#define VM_MEMORY_IOSURFACE 68
#define VM_MEMORY_APPLICATION_SPECIFIC_1 240

#endif /* _MACH_VM_STATISTICS_H_ */
