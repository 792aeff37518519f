/*
 * transom.h - all of Transom's headers at once.
 */
#ifndef TRANSOM_TRANSOM_H
#define TRANSOM_TRANSOM_H

#include <transom/error.h>
#include <transom/port.h>
#include <transom/name.h>
#include <transom/value.h>
#include <transom/format.h>
#include <transom/surface.h>
#include <transom/pixel_buffer.h>
#include <transom/pool.h>
#include <transom/stream.h>
#include <transom/inquiry.h>

#endif /* TRANSOM_TRANSOM_H */
