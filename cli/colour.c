/* colour.c - how colours are meant: FFmpeg's numbers and CoreVideo's words. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "colour.h"

/* One word for one number; where several numbers have one word, the first is what the word is read as. */
struct word {
	int number;
	const char *word;
};

static const struct word matrices[] = {
	{ AVCOL_SPC_BT709, "ITU_R_709_2" },     { AVCOL_SPC_SMPTE170M, "ITU_R_601_4" },
	{ AVCOL_SPC_BT470BG, "ITU_R_601_4" },   { AVCOL_SPC_SMPTE240M, "SMPTE_240M_1995" },
	{ AVCOL_SPC_BT2020_NCL, "ITU_R_2020" }, { 0, NULL },
};

static const struct word primaries[] = {
	{ AVCOL_PRI_BT709, "ITU_R_709_2" },
	{ AVCOL_PRI_BT470BG, "EBU_3213" },
	{ AVCOL_PRI_SMPTE170M, "SMPTE_C" },
	{ AVCOL_PRI_SMPTE240M, "SMPTE_C" },
	{ AVCOL_PRI_SMPTE431, "DCI_P3" },
	{ AVCOL_PRI_SMPTE432, "P3_D65" },
	{ AVCOL_PRI_BT2020, "ITU_R_2020" },
	{ AVCOL_PRI_EBU3213, "P22" },
	{ 0, NULL },
};

static const struct word transfers[] = {
	{ AVCOL_TRC_BT709, "ITU_R_709_2" },
	{ AVCOL_TRC_SMPTE170M, "ITU_R_709_2" },
	{ AVCOL_TRC_SMPTE240M, "SMPTE_240M_1995" },
	{ AVCOL_TRC_LINEAR, "Linear" },
	{ AVCOL_TRC_IEC61966_2_1, "IEC_sRGB" },
	{ AVCOL_TRC_BT2020_10, "ITU_R_2020" },
	{ AVCOL_TRC_BT2020_12, "ITU_R_2020" },
	{ AVCOL_TRC_SMPTE2084, "SMPTE_ST_2084_PQ" },
	{ AVCOL_TRC_SMPTE428, "SMPTE_ST_428_1" },
	{ AVCOL_TRC_ARIB_STD_B67, "ITU_R_2100_HLG" },
	{ 0, NULL },
};

static const struct word locations[] = {
	{ AVCHROMA_LOC_LEFT, "Left" },
	{ AVCHROMA_LOC_CENTER, "Center" },
	{ AVCHROMA_LOC_TOPLEFT, "TopLeft" },
	{ AVCHROMA_LOC_TOP, "Top" },
	{ AVCHROMA_LOC_BOTTOMLEFT, "BottomLeft" },
	{ AVCHROMA_LOC_BOTTOM, "Bottom" },
	{ 0, NULL },
};

static const struct word ranges[] = {
	{ AVCOL_RANGE_JPEG, "full" },
	{ AVCOL_RANGE_MPEG, "video" },
	{ 0, NULL },
};

static const char *
word_of(const struct word *words, int number)
{
	for (; words->word != NULL; words++) {
		if (words->number == number)
			return words->word;
	}
	return NULL;
}

static int
number_of(const struct word *words, const char *word, int otherwise)
{
	for (; word != NULL && words->word != NULL; words++) {
		if (strcmp(words->word, word) == 0)
			return words->number;
	}
	return otherwise;
}

/* Writing */

struct writer {
	const char *keys[8];
	struct transom_value *values[8];
	size_t count;
	int error;
};

static void
add(struct writer *writer, const char *key, const char *text)
{
	if (text == NULL || writer->error < 0)
		return;
	writer->error = transom_value_create_string(text, &writer->values[writer->count]);
	if (writer->error == 0)
		writer->keys[writer->count++] = key;
}

static void
add_ratio(struct writer *writer, const char *key, int numerator, int denominator)
{
	char text[32];

	if (numerator <= 0 || denominator <= 0)
		return;
	snprintf(text, sizeof(text), "%d/%d", numerator, denominator);
	add(writer, key, text);
}

int
colour_set(struct transom_surface *surface, const AVFrame *frame, struct rate rate)
{
	struct transom_value *all = NULL;
	struct writer writer = { .count = 0 };

	add(&writer, COLOUR_KEY_MATRIX, word_of(matrices, frame->colorspace));
	add(&writer, COLOUR_KEY_PRIMARIES, word_of(primaries, frame->color_primaries));
	add(&writer, COLOUR_KEY_TRANSFER, word_of(transfers, frame->color_trc));
	add(&writer, COLOUR_KEY_CHROMA_LOCATION, word_of(locations, frame->chroma_location));
	add(&writer, COLOUR_KEY_RANGE, word_of(ranges, frame->color_range));
	add_ratio(&writer, COLOUR_KEY_PIXEL_ASPECT, frame->sample_aspect_ratio.num,
		  frame->sample_aspect_ratio.den);
	add_ratio(&writer, COLOUR_KEY_FRAME_RATE, rate.numerator, rate.denominator);
	if (writer.error == 0)
		writer.error =
			transom_value_create_dictionary(writer.keys, writer.values, writer.count, &all);
	if (writer.error == 0)
		writer.error = transom_surface_remove_all_values(surface);
	if (writer.error == 0 && writer.count > 0)
		writer.error = transom_surface_set_values(surface, all);
	transom_value_unref(all);
	while (writer.count > 0)
		transom_value_unref(writer.values[--writer.count]);
	return writer.error;
}

/* Reading: what another process wrote */

static const char *
text_of(struct transom_value *all, const char *key)
{
	return transom_value_get_string(transom_value_get_value(all, key));
}

static void
read_ratio(struct transom_value *all, const char *key, int *numerator, int *denominator)
{
	const char *text = text_of(all, key);
	int read = 0, above, below;

	if (text == NULL || strlen(text) > 24 || sscanf(text, "%d/%d%n", &above, &below, &read) != 2 ||
	    text[read] != '\0' || above <= 0 || below <= 0)
		return;
	*numerator = above;
	*denominator = below;
}

void
colour_get(struct transom_surface *surface, AVFrame *frame, struct rate *rate)
{
	struct transom_value *all;
	struct rate read = { 0, 1 };

	if (transom_surface_dup_all_values(surface, &all) < 0)
		return;
	frame->colorspace = number_of(matrices, text_of(all, COLOUR_KEY_MATRIX), frame->colorspace);
	frame->color_primaries =
		number_of(primaries, text_of(all, COLOUR_KEY_PRIMARIES), frame->color_primaries);
	frame->color_trc = number_of(transfers, text_of(all, COLOUR_KEY_TRANSFER), frame->color_trc);
	frame->chroma_location =
		number_of(locations, text_of(all, COLOUR_KEY_CHROMA_LOCATION), frame->chroma_location);
	frame->color_range = number_of(ranges, text_of(all, COLOUR_KEY_RANGE), frame->color_range);
	read_ratio(all, COLOUR_KEY_PIXEL_ASPECT, &frame->sample_aspect_ratio.num,
		   &frame->sample_aspect_ratio.den);
	read_ratio(all, COLOUR_KEY_FRAME_RATE, &read.numerator, &read.denominator);
	if (read.numerator > 0 && read.numerator / read.denominator < 100000)
		*rate = read;
	transom_value_unref(all);
}
