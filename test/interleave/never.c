/* never.c - what the explored code refers to, and what no scenario leads to: whoever gets there ends the test. */
#include <stdio.h>
#include <stdlib.h>

#define NEVER(name)                                                                                          \
	void name(void);                                                                                     \
	void name(void)                                                                                      \
	{                                                                                                    \
		fprintf(stderr, "%s is called\n", #name);                                                    \
		abort();                                                                                     \
	}

NEVER(deadline_poll)
NEVER(fd_close)
NEVER(fd_dup)
NEVER(fork_list_add)
NEVER(fork_list_lock)
NEVER(fork_list_remove)
NEVER(fork_list_unlock)
NEVER(fork_list_unlock_in_child)
NEVER(lock_byte_release)
NEVER(lock_byte_shared)
NEVER(name_check)
NEVER(name_list_create)
NEVER(name_watch_create)
NEVER(service_change)
NEVER(service_remove)
NEVER(stream_create_file)
NEVER(stream_guard_abandon)
NEVER(stream_inquiry_answer)
NEVER(stream_link_free)
NEVER(stream_link_take_fences)
NEVER(stream_map)
NEVER(subscriber_connect)
NEVER(subscriber_end_link)
NEVER(subscriber_follow)
NEVER(subscriber_join)
NEVER(subscriber_watch_names)
NEVER(surface_create_reference)
NEVER(transom_frame_release)
NEVER(transom_name_watch_unref)
NEVER(transom_pixel_buffer_create)
NEVER(transom_pixel_buffer_ref)
NEVER(transom_pixel_buffer_unref)
NEVER(transom_pool_acquire)
NEVER(transom_pool_get_fd)
NEVER(transom_surface_get_use_count)
NEVER(transom_surface_is_in_use_elsewhere)
NEVER(use_watch_add)
NEVER(use_watch_create)
NEVER(use_watch_get_fd)
NEVER(use_watch_look_again)
NEVER(use_watch_next)
NEVER(wire_ask_for_sender)
