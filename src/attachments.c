/* attachments.c - the attachments of pixel buffers: two dictionaries that are swapped, never changed. */
#include <errno.h>

#include "attachments-private.h"

static bool
is_mode(enum transom_attachment_mode mode)
{
	return mode == TRANSOM_ATTACHMENT_NO_PROPAGATE || mode == TRANSOM_ATTACHMENT_PROPAGATE;
}

/* Replaces *@dictionary, a reference of the caller's. */
static void
replace(struct transom_value **dictionary, struct transom_value *value)
{
	transom_value_unref(*dictionary);
	*dictionary = value;
}

static int
add_key(struct transom_value **dictionary, const char *key, struct transom_value *value)
{
	struct transom_value *more;
	int r;

	r = *dictionary ? transom_value_with(*dictionary, key, value, &more)
			: transom_value_create_dictionary(&key, &value, 1, &more);
	if (r == 0)
		replace(dictionary, more);
	return r;
}

/* A key that is not there is fine. */
static int
remove_key(struct transom_value **dictionary, const char *key)
{
	struct transom_value *less;
	int r;

	if (!transom_value_get_value(*dictionary, key))
		return 0;
	r = transom_value_without(*dictionary, key, &less);
	if (r == 0)
		replace(dictionary, less);
	return r;
}

/* Adds all of @from to *@to, and removes its keys from *@other. */
static int
merge(struct transom_value *from, struct transom_value **to, struct transom_value **other)
{
	int r = 0, count = transom_value_get_count(from);

	for (int i = 0; i < count && r == 0; i++)
		r = remove_key(other, transom_value_get_key(from, (size_t)i));
	if (r == 0 && !*to) {
		*to = transom_value_ref(from);
		return 0;
	}
	for (int i = 0; i < count && r == 0; i++) {
		const char *key = transom_value_get_key(from, (size_t)i);

		r = add_key(to, key, transom_value_get_value(from, key));
	}
	return r;
}

int
transom_pixel_buffer_set_attachments(struct transom_pixel_buffer *buffer, struct transom_value *dictionary,
				     enum transom_attachment_mode mode)
{
	struct attachments *a = pixel_buffer_get_attachments(buffer);
	struct transom_value *copies[2];
	int r;

	if (!a || transom_value_get_type(dictionary) != TRANSOM_VALUE_DICTIONARY || !is_mode(mode))
		return -EINVAL;
	pthread_mutex_lock(&a->mutex);
	for (int i = 0; i < 2; i++)
		copies[i] = transom_value_ref(a->of_mode[i]);
	r = merge(dictionary, &copies[mode], &copies[!mode]);
	for (int i = 0; i < 2; i++) {
		if (r == 0)
			replace(&a->of_mode[i], copies[i]);
		else
			transom_value_unref(copies[i]);
	}
	pthread_mutex_unlock(&a->mutex);
	return r;
}

int
transom_pixel_buffer_set_attachment(struct transom_pixel_buffer *buffer, const char *key,
				    struct transom_value *value, enum transom_attachment_mode mode)
{
	struct transom_value *dictionary;
	int r;

	r = transom_value_create_dictionary(&key, &value, 1, &dictionary);
	if (r < 0)
		return r;
	r = transom_pixel_buffer_set_attachments(buffer, dictionary, mode);
	transom_value_unref(dictionary);
	return r;
}

int
transom_pixel_buffer_dup_attachment(struct transom_pixel_buffer *buffer, const char *key,
				    enum transom_attachment_mode *ret_mode, struct transom_value **ret)
{
	struct attachments *a = pixel_buffer_get_attachments(buffer);
	struct transom_value *value = NULL;
	int mode;

	if (!a || !key || !ret)
		return -EINVAL;
	pthread_mutex_lock(&a->mutex);
	for (mode = 0; mode < 2; mode++) {
		value = transom_value_ref(transom_value_get_value(a->of_mode[mode], key));
		if (value)
			break;
	}
	pthread_mutex_unlock(&a->mutex);
	if (!value)
		return -ENOENT;
	if (ret_mode)
		*ret_mode = (enum transom_attachment_mode)mode;
	*ret = value;
	return 0;
}

int
transom_pixel_buffer_dup_attachments(struct transom_pixel_buffer *buffer, enum transom_attachment_mode mode,
				     struct transom_value **ret)
{
	struct attachments *a = pixel_buffer_get_attachments(buffer);
	struct transom_value *dictionary;

	if (!a || !is_mode(mode) || !ret)
		return -EINVAL;
	pthread_mutex_lock(&a->mutex);
	dictionary = transom_value_ref(a->of_mode[mode]);
	pthread_mutex_unlock(&a->mutex);
	if (!dictionary)
		return transom_value_create_dictionary(NULL, NULL, 0, ret);
	*ret = dictionary;
	return 0;
}

bool
transom_pixel_buffer_has_attachment(struct transom_pixel_buffer *buffer, const char *key)
{
	struct transom_value *value = NULL;
	bool there = transom_pixel_buffer_dup_attachment(buffer, key, NULL, &value) == 0;

	transom_value_unref(value);
	return there;
}

int
transom_pixel_buffer_remove_attachment(struct transom_pixel_buffer *buffer, const char *key)
{
	struct attachments *a = pixel_buffer_get_attachments(buffer);
	int r = -ENOENT;

	if (!a || !key)
		return -EINVAL;
	pthread_mutex_lock(&a->mutex);
	for (int mode = 0; mode < 2; mode++)
		if (transom_value_get_value(a->of_mode[mode], key))
			r = remove_key(&a->of_mode[mode], key);
	pthread_mutex_unlock(&a->mutex);
	return r;
}

int
transom_pixel_buffer_remove_all_attachments(struct transom_pixel_buffer *buffer)
{
	struct attachments *a = pixel_buffer_get_attachments(buffer);

	if (!a)
		return -EINVAL;
	pthread_mutex_lock(&a->mutex);
	for (int mode = 0; mode < 2; mode++)
		replace(&a->of_mode[mode], NULL);
	pthread_mutex_unlock(&a->mutex);
	return 0;
}

int
transom_pixel_buffer_propagate_attachments(struct transom_pixel_buffer *source,
					   struct transom_pixel_buffer *destination)
{
	struct transom_value *dictionary;
	int r;

	if (!destination)
		return -EINVAL;
	r = transom_pixel_buffer_dup_attachments(source, TRANSOM_ATTACHMENT_PROPAGATE, &dictionary);
	if (r < 0)
		return r;
	r = transom_pixel_buffer_set_attachments(destination, dictionary, TRANSOM_ATTACHMENT_PROPAGATE);
	transom_value_unref(dictionary);
	return r;
}
