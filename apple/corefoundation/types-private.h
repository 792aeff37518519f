/*
 * types-private.h - the types of CoreFoundation itself, which have fixed numbers. For CFBase.c alone.
 */
#ifndef CF_TYPES_PRIVATE_H
#define CF_TYPES_PRIVATE_H

#include "CFBase-private.h"

extern const struct cf_class cf_allocator_class;
extern const struct cf_class cf_array_class;
extern const struct cf_class cf_boolean_class;
extern const struct cf_class cf_data_class;
extern const struct cf_class cf_date_class;
extern const struct cf_class cf_dictionary_class;
extern const struct cf_class cf_notification_center_class;
extern const struct cf_class cf_number_class;
extern const struct cf_class cf_run_loop_class;
extern const struct cf_class cf_run_loop_observer_class;
extern const struct cf_class cf_run_loop_source_class;
extern const struct cf_class cf_run_loop_timer_class;
extern const struct cf_class cf_set_class;
extern const struct cf_class cf_string_class;

/* The constants that a bridge gives its classes to. */
extern struct cf_object *const cf_boolean_constants[2];
extern struct cf_object *const cf_number_constants[3];

#endif /* CF_TYPES_PRIVATE_H */
