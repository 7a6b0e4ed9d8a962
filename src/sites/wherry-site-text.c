#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-site-private.h"

static void
write_field (WherrySite *self, WherrySiteField field, GKeyFile *key_file, const char *group)
{
  GParamSpec *pspec = wherry_site_get_pspec (field);
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, pspec->value_type);
  g_object_get_property (G_OBJECT (self), pspec->name, &value);

  if (G_VALUE_HOLDS (&value, G_TYPE_STRV))
    {
      const char *const *list = g_value_get_boxed (&value);

      if (*list != NULL)
        g_key_file_set_string_list (key_file, group, pspec->name, list,
                                    g_strv_length ((char **) list));
    }
  else if (g_param_value_defaults (pspec, &value))
    return;
  else if (G_VALUE_HOLDS_STRING (&value))
    g_key_file_set_string (key_file, group, pspec->name, g_value_get_string (&value));
  else if (G_VALUE_HOLDS_BOOLEAN (&value))
    g_key_file_set_boolean (key_file, group, pspec->name, g_value_get_boolean (&value));
  else if (G_VALUE_HOLDS_ENUM (&value))
    {
      GEnumClass *enum_class = G_PARAM_SPEC_ENUM (pspec)->enum_class;
      g_key_file_set_string (key_file, group, pspec->name,
                             g_enum_get_value (enum_class, g_value_get_enum (&value))->value_nick);
    }
  else
    g_key_file_set_uint64 (key_file, group, pspec->name, wherry_site_get_number (self, field));
}

/**
 * wherry_site_to_text:
 * @self: a site
 *
 * Returns: (transfer full): it as a group of a GKeyFile, header included. What
 *   has its usual value is left out.
 */
char *
wherry_site_to_text (WherrySite *self)
{
  g_return_val_if_fail (WHERRY_IS_SITE (self), NULL);

  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autofree char *group = g_strconcat (WHERRY_SITE_GROUP, wherry_site_get_id (self), NULL);
  GKeyFile *unknown = wherry_site_get_unknown (self);
  g_auto (GStrv) keys = NULL;

  for (WherrySiteField field = WHERRY_SITE_ID + 1; field < WHERRY_SITE_N_FIELDS; field++)
    write_field (self, field, key_file, group);
  if (unknown != NULL)
    {
      g_autofree char *from = g_key_file_get_start_group (unknown);

      keys = g_key_file_get_keys (unknown, from, NULL, NULL);
      for (char **key = keys; key != NULL && *key != NULL; key++)
        {
          g_autofree char *value = g_key_file_get_value (unknown, from, *key, NULL);

          if (value != NULL)
            g_key_file_set_value (key_file, group, *key, value);
        }
    }
  return g_key_file_to_data (key_file, NULL, NULL);
}

static void
read_enum (GParamSpec *pspec, GValue *value, const char *nick, GError **error)
{
  GEnumValue *found = g_enum_get_value_by_nick (G_PARAM_SPEC_ENUM (pspec)->enum_class, nick);
  g_autofree char *shown = wherry_text_escape (nick, -1, 64);

  if (found != NULL)
    g_value_set_enum (value, found->value);
  else
    g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                 /* Translators: the first is a word in a file, the second what follows it */
                 _ ("“%s” can’t be “%s”"), pspec->name, shown);
}

static void
read_number (GParamSpec *pspec, GValue *value, guint64 number, GError **error)
{
  if (G_VALUE_HOLDS_UINT64 (value))
    g_value_set_uint64 (value, number);
  else
    g_value_set_uint (value, (guint) MIN (number, G_MAXUINT));
  /* TRUE: it had to be changed to fit. */
  if (g_param_value_validate (pspec, value))
    {
      g_autofree char *shown = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                   /* Translators: the name of a setting, and what was written for it */
                   _ ("“%s” can’t be %s"), pspec->name, shown);
    }
}

static gboolean
read_field (WherrySite *self,
            WherrySiteField field,
            GKeyFile *key_file,
            const char *group,
            GError **error)
{
  GParamSpec *pspec = wherry_site_get_pspec (field);
  const char *key = pspec->name;
  g_auto (GValue) value = G_VALUE_INIT;
  /* GLib gives a value, and sets the error, where an escape in it is bad. */
  g_autoptr (GError) reason = NULL;

  if (!g_key_file_has_key (key_file, group, key, NULL))
    return TRUE;

  g_value_init (&value, pspec->value_type);
  if (G_VALUE_HOLDS (&value, G_TYPE_STRV))
    g_value_take_boxed (&value, g_key_file_get_string_list (key_file, group, key, NULL, &reason));
  else if (G_VALUE_HOLDS_STRING (&value))
    g_value_take_string (&value, g_key_file_get_string (key_file, group, key, &reason));
  else if (G_VALUE_HOLDS_BOOLEAN (&value))
    g_value_set_boolean (&value, g_key_file_get_boolean (key_file, group, key, &reason));
  else if (G_VALUE_HOLDS_ENUM (&value))
    {
      g_autofree char *nick = g_key_file_get_string (key_file, group, key, &reason);
      if (reason == NULL)
        read_enum (pspec, &value, nick, &reason);
    }
  else
    {
      guint64 number = g_key_file_get_uint64 (key_file, group, key, &reason);
      if (reason == NULL)
        read_number (pspec, &value, number, &reason);
    }
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }

  g_object_set_property (G_OBJECT (self), pspec->name, &value);
  g_key_file_remove_key (key_file, group, pspec->name, NULL);
  return TRUE;
}

/**
 * wherry_site_new_from_text:
 * @text: one group of a GKeyFile, header included
 * @length: its length in bytes, or -1 if NUL-terminated
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION, or of the domain
 *   %G_KEY_FILE_ERROR
 *
 * Reads what wherry_site_to_text() wrote. Nothing is guessed: whatever can't be
 * read, or may not be what it is, is an error. Keys that are not known stay with
 * the site.
 *
 * Returns: (transfer full): the site
 */
WherrySite *
wherry_site_new_from_text (const char *text, gssize length, GError **error)
{
  g_return_val_if_fail (text != NULL, NULL);

  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autofree char *group = NULL;
  g_autoptr (WherrySite) self = NULL;
  g_auto (GStrv) left = NULL;

  /* GLib takes no text of length 0, and a number for one that ends at its NUL. */
  if (!g_key_file_load_from_data (key_file, text, length < 0 ? strlen (text) : (gsize) length,
                                  G_KEY_FILE_NONE, error))
    return NULL;
  group = g_key_file_get_start_group (key_file);
  if (group == NULL || !g_str_has_prefix (group, WHERRY_SITE_GROUP))
    {
      g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                           _ ("It does not begin as an entry for a site does"));
      return NULL;
    }
  if (!wherry_site_check_text (WHERRY_SITE_ID, group + strlen (WHERRY_SITE_GROUP), error))
    return NULL;

  self = g_object_new (WHERRY_TYPE_SITE, "id", group + strlen (WHERRY_SITE_GROUP), NULL);
  for (WherrySiteField field = WHERRY_SITE_ID + 1; field < WHERRY_SITE_N_FIELDS; field++)
    if (!read_field (self, field, key_file, group, error))
      return NULL;
  if (!wherry_site_check (self, error))
    return NULL;

  left = g_key_file_get_keys (key_file, group, NULL, NULL);
  if (left != NULL && *left != NULL)
    wherry_site_take_unknown (self, g_steal_pointer (&key_file));
  return g_steal_pointer (&self);
}
