#include "config.h"

#include "sites/wherry-site.h"

#include <string.h>

#include "base/wherry-text.h"
#include "sites/wherry-site-private.h"

#define DEFAULT_PORT 22
#define PARALLEL_MAX 16

struct _WherrySite {
  GObject parent_instance;

  GValue values[WHERRY_SITE_N_FIELDS]; /* by field; [0] is not used */
  GKeyFile *unknown;                   /* (nullable): keys that a newer version wrote */
};

static GParamSpec *properties[WHERRY_SITE_N_FIELDS];

G_DEFINE_ENUM_TYPE (WherrySiteProtocol,
                    wherry_site_protocol,
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_PROTOCOL_AUTOMATIC, "automatic"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_PROTOCOL_SCP, "scp"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_PROTOCOL_SFTP, "sftp"))

G_DEFINE_ENUM_TYPE (WherrySiteConflict,
                    wherry_site_conflict,
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_CONFLICT_USUAL, "usual"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_CONFLICT_ASK, "ask"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_CONFLICT_REPLACE, "replace"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_CONFLICT_REPLACE_OLDER, "replace-older"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_CONFLICT_REPLACE_DIFFERENT,
                                         "replace-different"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_CONFLICT_SKIP, "skip"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_CONFLICT_RENAME, "rename"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_CONFLICT_RESUME, "resume"))

G_DEFINE_ENUM_TYPE (WherrySiteLinks,
                    wherry_site_links,
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_LINKS_WITHIN, "within"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_LINKS_FOLLOW, "follow"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_LINKS_SKIP, "skip"))

G_DEFINE_ENUM_TYPE (WherrySiteColor,
                    wherry_site_color,
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_COLOR_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_COLOR_BLUE, "blue"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_COLOR_GREEN, "green"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_COLOR_YELLOW, "yellow"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_COLOR_ORANGE, "orange"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_COLOR_RED, "red"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_COLOR_PURPLE, "purple"),
                    G_DEFINE_ENUM_VALUE (WHERRY_SITE_COLOR_BROWN, "brown"))

G_DEFINE_FINAL_TYPE (WherrySite, wherry_site, G_TYPE_OBJECT)

static gboolean
list_equal (const GValue *a, const GValue *b)
{
  return g_strv_equal (g_value_get_boxed (a), g_value_get_boxed (b));
}

static gboolean
value_equal (WherrySiteField field, const GValue *a, const GValue *b)
{
  if (G_VALUE_HOLDS (a, G_TYPE_STRV))
    return list_equal (a, b);
  return g_param_values_cmp (properties[field], a, b) == 0;
}

static void
wherry_site_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_copy (&WHERRY_SITE (object)->values[id], value);
}

static void
wherry_site_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  static const char *const none[] = { NULL };
  WherrySite *self = WHERRY_SITE (object);
  g_auto (GValue) wanted = G_VALUE_INIT;

  g_value_init (&wanted, pspec->value_type);
  g_value_copy (value, &wanted);
  if (G_VALUE_HOLDS_STRING (&wanted) && g_value_get_string (&wanted) == NULL)
    g_value_set_static_string (&wanted, "");
  else if (G_VALUE_HOLDS (&wanted, G_TYPE_STRV) && g_value_get_boxed (&wanted) == NULL)
    g_value_set_static_boxed (&wanted, none);

  if (value_equal (id, &wanted, &self->values[id]))
    return;
  g_value_copy (&wanted, &self->values[id]);
  g_object_notify_by_pspec (object, pspec);
}

static void
wherry_site_constructed (GObject *object)
{
  WherrySite *self = WHERRY_SITE (object);

  if (*wherry_site_get_id (self) == '\0')
    g_value_take_string (&self->values[WHERRY_SITE_ID], g_uuid_string_random ());

  G_OBJECT_CLASS (wherry_site_parent_class)->constructed (object);
}

static void
wherry_site_finalize (GObject *object)
{
  WherrySite *self = WHERRY_SITE (object);

  for (guint i = 1; i < WHERRY_SITE_N_FIELDS; i++)
    g_value_unset (&self->values[i]);
  g_clear_pointer (&self->unknown, g_key_file_unref);

  G_OBJECT_CLASS (wherry_site_parent_class)->finalize (object);
}

static void
wherry_site_class_init (WherrySiteClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  static const struct {
    WherrySiteField field;
    const char *name;
  } strings[] = {
    { WHERRY_SITE_NAME, "name" },
    { WHERRY_SITE_FOLDER, "folder" },
    { WHERRY_SITE_HOST, "host" },
    { WHERRY_SITE_USER, "user" },
    { WHERRY_SITE_KEY_FILE, "key-file" },
    { WHERRY_SITE_PROXY, "proxy" },
    { WHERRY_SITE_REMOTE_FOLDER, "remote-folder" },
    { WHERRY_SITE_LOCAL_FOLDER, "local-folder" },
    { WHERRY_SITE_NOTES, "notes" },
  }, lists[] = {
    { WHERRY_SITE_LOGIN_METHODS, "login-methods" },
    { WHERRY_SITE_JUMP_HOSTS, "jump-hosts" },
    { WHERRY_SITE_BOOKMARKS, "bookmarks" },
    { WHERRY_SITE_INCLUDE, "include" },
    { WHERRY_SITE_EXCLUDE, "exclude" },
  };
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = wherry_site_get_property;
  object_class->set_property = wherry_site_set_property;
  object_class->constructed = wherry_site_constructed;
  object_class->finalize = wherry_site_finalize;

  properties[WHERRY_SITE_ID]
      = g_param_spec_string ("id", NULL, NULL, "", flags | G_PARAM_CONSTRUCT_ONLY);
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    properties[strings[i].field] = g_param_spec_string (strings[i].name, NULL, NULL, "", flags);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    properties[lists[i].field] = g_param_spec_boxed (lists[i].name, NULL, NULL, G_TYPE_STRV, flags);
  properties[WHERRY_SITE_PORT]
      = g_param_spec_uint ("port", NULL, NULL, 1, G_MAXUINT16, DEFAULT_PORT, flags);
  properties[WHERRY_SITE_PROTOCOL]
      = g_param_spec_enum ("protocol", NULL, NULL, WHERRY_TYPE_SITE_PROTOCOL,
                           WHERRY_SITE_PROTOCOL_AUTOMATIC, flags);
  properties[WHERRY_SITE_PRESERVE_TIMES]
      = g_param_spec_boolean ("preserve-times", NULL, NULL, TRUE, flags);
  properties[WHERRY_SITE_PRESERVE_MODES]
      = g_param_spec_boolean ("preserve-modes", NULL, NULL, TRUE, flags);
  properties[WHERRY_SITE_CONFLICTS]
      = g_param_spec_enum ("conflicts", NULL, NULL, WHERRY_TYPE_SITE_CONFLICT,
                           WHERRY_SITE_CONFLICT_USUAL, flags);
  properties[WHERRY_SITE_LINKS] = g_param_spec_enum ("links", NULL, NULL, WHERRY_TYPE_SITE_LINKS,
                                                     WHERRY_SITE_LINKS_WITHIN, flags);
  properties[WHERRY_SITE_VERIFY] = g_param_spec_boolean ("verify", NULL, NULL, FALSE, flags);
  properties[WHERRY_SITE_SPEED_LIMIT]
      = g_param_spec_uint64 ("speed-limit", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[WHERRY_SITE_PARALLEL]
      = g_param_spec_uint ("parallel", NULL, NULL, 0, PARALLEL_MAX, 0, flags);
  properties[WHERRY_SITE_COLOR] = g_param_spec_enum ("color", NULL, NULL, WHERRY_TYPE_SITE_COLOR,
                                                     WHERRY_SITE_COLOR_NONE, flags);

  g_object_class_install_properties (object_class, WHERRY_SITE_N_FIELDS, properties);
}

static void
wherry_site_init (WherrySite *self)
{
  static const char *const none[] = { NULL };

  for (guint i = 1; i < WHERRY_SITE_N_FIELDS; i++)
    {
      g_param_value_set_default (properties[i],
                                 g_value_init (&self->values[i], properties[i]->value_type));
      if (G_VALUE_HOLDS (&self->values[i], G_TYPE_STRV))
        g_value_set_static_boxed (&self->values[i], none);
    }
}

/**
 * wherry_site_new:
 *
 * Returns: (transfer full): a site with an identifier of its own, and nothing else
 */
WherrySite *
wherry_site_new (void)
{
  return g_object_new (WHERRY_TYPE_SITE, NULL);
}

/**
 * wherry_site_new_from_location:
 * @location: a location on a server
 *
 * Returns: (transfer full): a new site that begins there; a path that is not
 *   UTF-8 is left out
 */
WherrySite *
wherry_site_new_from_location (const WherryLocation *location)
{
  g_return_val_if_fail (location != NULL && location->is_remote, NULL);

  WherrySite *self = wherry_site_new ();

  wherry_site_set_string (self, WHERRY_SITE_HOST, location->host);
  wherry_site_set_string (self, WHERRY_SITE_USER, location->user);
  wherry_site_set_number (self, WHERRY_SITE_PORT,
                          location->port != 0 ? location->port : DEFAULT_PORT);
  if (g_utf8_validate (location->path, -1, NULL))
    wherry_site_set_string (self, WHERRY_SITE_REMOTE_FOLDER, location->path);
  return self;
}

/**
 * wherry_site_assign:
 * @self: a site
 * @other: another one
 *
 * Makes @self all that @other is, but for the identifier.
 */
void
wherry_site_assign (WherrySite *self, WherrySite *other)
{
  g_return_if_fail (WHERRY_IS_SITE (self) && WHERRY_IS_SITE (other));

  if (self == other)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = WHERRY_SITE_ID + 1; i < WHERRY_SITE_N_FIELDS; i++)
    g_object_set_property (G_OBJECT (self), properties[i]->name, &other->values[i]);
  g_clear_pointer (&self->unknown, g_key_file_unref);
  self->unknown = other->unknown != NULL ? g_key_file_ref (other->unknown) : NULL;
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * wherry_site_duplicate:
 * @self: a site
 *
 * Returns: (transfer full): a site like it, with an identifier of its own
 */
WherrySite *
wherry_site_duplicate (WherrySite *self)
{
  g_return_val_if_fail (WHERRY_IS_SITE (self), NULL);

  WherrySite *copy = wherry_site_new ();

  wherry_site_assign (copy, self);
  return copy;
}

/**
 * wherry_site_equal:
 * @self: a site
 * @other: another one
 *
 * Returns: whether all but the identifier is the same
 */
gboolean
wherry_site_equal (WherrySite *self, WherrySite *other)
{
  for (guint i = WHERRY_SITE_ID + 1; i < WHERRY_SITE_N_FIELDS; i++)
    if (!value_equal (i, &self->values[i], &other->values[i]))
      return FALSE;
  return TRUE;
}

/**
 * wherry_site_get_id:
 * @self: a site
 *
 * Returns: (transfer none): what tells it from all others, for good
 */
const char *
wherry_site_get_id (WherrySite *self)
{
  return wherry_site_get_string (self, WHERRY_SITE_ID);
}

/**
 * wherry_site_get_string:
 * @self: a site
 * @field: a field that holds a string
 *
 * Returns: (transfer none): its value, until it changes
 */
const char *
wherry_site_get_string (WherrySite *self, WherrySiteField field)
{
  g_return_val_if_fail (WHERRY_IS_SITE (self), NULL);

  return g_value_get_string (&self->values[field]);
}

/**
 * wherry_site_get_list:
 * @self: a site
 * @field: a field that holds a list
 *
 * Returns: (transfer none) (array zero-terminated=1): its value, until it changes
 */
const char *const *
wherry_site_get_list (WherrySite *self, WherrySiteField field)
{
  g_return_val_if_fail (WHERRY_IS_SITE (self), NULL);

  return g_value_get_boxed (&self->values[field]);
}

/**
 * wherry_site_get_number:
 * @self: a site
 * @field: a field that holds a number, a boolean or an enumeration
 *
 * Returns: its value
 */
guint64
wherry_site_get_number (WherrySite *self, WherrySiteField field)
{
  g_return_val_if_fail (WHERRY_IS_SITE (self), 0);

  const GValue *value = &self->values[field];

  if (G_VALUE_HOLDS_UINT64 (value))
    return g_value_get_uint64 (value);
  if (G_VALUE_HOLDS_UINT (value))
    return g_value_get_uint (value);
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return (guint64) g_value_get_boolean (value);
  return (guint64) g_value_get_enum (value);
}

/**
 * wherry_site_set_string:
 * @self: a site
 * @field: a field that holds a string, not the identifier
 * @value: (nullable): what it is from now on; %NULL is ""
 */
void
wherry_site_set_string (WherrySite *self, WherrySiteField field, const char *value)
{
  g_object_set (self, properties[field]->name, value, NULL);
}

/**
 * wherry_site_set_list:
 * @self: a site
 * @field: a field that holds a list
 * @value: (nullable) (array zero-terminated=1): what it is from now on
 */
void
wherry_site_set_list (WherrySite *self, WherrySiteField field, const char *const *value)
{
  g_object_set (self, properties[field]->name, value, NULL);
}

/**
 * wherry_site_set_number:
 * @self: a site
 * @field: a field that holds a number, a boolean or an enumeration
 * @value: what it is from now on, within the field's range
 */
void
wherry_site_set_number (WherrySite *self, WherrySiteField field, guint64 value)
{
  g_auto (GValue) number = G_VALUE_INIT;

  g_value_init (&number, properties[field]->value_type);
  if (G_VALUE_HOLDS_UINT64 (&number))
    g_value_set_uint64 (&number, value);
  else if (G_VALUE_HOLDS_UINT (&number))
    g_value_set_uint (&number, (guint) value);
  else if (G_VALUE_HOLDS_BOOLEAN (&number))
    g_value_set_boolean (&number, value != 0);
  else
    g_value_set_enum (&number, (int) value);
  g_object_set_property (G_OBJECT (self), properties[field]->name, &number);
}

/**
 * wherry_site_dup_title:
 * @self: a site
 *
 * Returns: (transfer full): its name, or its host if it has none; fit to be shown
 */
char *
wherry_site_dup_title (WherrySite *self)
{
  const char *name = wherry_site_get_string (self, WHERRY_SITE_NAME);

  return wherry_text_display_name (*name != '\0' ? name
                                                 : wherry_site_get_string (self, WHERRY_SITE_HOST));
}

/**
 * wherry_site_dup_address:
 * @self: a site
 *
 * Returns: (transfer full): `user@host:port`, with what is as usual left out,
 *   fit to be shown
 */
char *
wherry_site_dup_address (WherrySite *self)
{
  const char *user = wherry_site_get_string (self, WHERRY_SITE_USER);
  const char *host = wherry_site_get_string (self, WHERRY_SITE_HOST);
  guint64 port = wherry_site_get_number (self, WHERRY_SITE_PORT);
  gboolean brackets = port != DEFAULT_PORT && strchr (host, ':') != NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  if (*user != '\0')
    g_string_append_printf (out, "%s@", user);
  g_string_append_printf (out, brackets ? "[%s]" : "%s", host);
  if (port != DEFAULT_PORT)
    g_string_append_printf (out, ":%" G_GUINT64_FORMAT, port);
  return wherry_text_display_name (out->str);
}

/**
 * wherry_site_matches:
 * @self: a site
 * @words: what somebody looks for
 *
 * Returns: whether each of the words is somewhere in its name, folder, host,
 *   user or notes, whatever the case
 */
gboolean
wherry_site_matches (WherrySite *self, const char *words)
{
  static const WherrySiteField searched[] = {
    WHERRY_SITE_NAME, WHERRY_SITE_FOLDER, WHERRY_SITE_HOST, WHERRY_SITE_USER, WHERRY_SITE_NOTES,
  };
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) wanted = g_strsplit (words, " ", -1);
  g_autofree char *folded = NULL;
  g_autofree char *base = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (searched); i++)
    g_string_append_printf (text, "%s\n", wherry_site_get_string (self, searched[i]));
  base = g_utf8_normalize (text->str, -1, G_NORMALIZE_ALL);
  folded = g_utf8_casefold (base, -1);

  for (char **word = wanted; *word != NULL; word++)
    {
      g_autofree char *word_base = g_utf8_normalize (*word, -1, G_NORMALIZE_ALL);
      g_autofree char *word_folded = word_base != NULL ? g_utf8_casefold (word_base, -1) : NULL;

      if (word_folded == NULL || strstr (folded, word_folded) == NULL)
        return FALSE;
    }
  return TRUE;
}

/**
 * wherry_site_get_pspec:
 * @field: a field
 *
 * Returns: (transfer none): the property it is
 */
GParamSpec *
wherry_site_get_pspec (WherrySiteField field)
{
  g_assert (field > 0 && field < WHERRY_SITE_N_FIELDS);

  /* The table is there once the class is. */
  g_type_class_unref (g_type_class_ref (WHERRY_TYPE_SITE));
  return properties[field];
}

/**
 * wherry_site_get_unknown:
 * @self: a site
 *
 * Returns: (transfer none) (nullable): what its group in the file holds beyond
 *   the fields, to be written back as it was
 */
GKeyFile *
wherry_site_get_unknown (WherrySite *self)
{
  return self->unknown;
}

/**
 * wherry_site_take_unknown:
 * @self: a site
 * @unknown: (transfer full) (nullable): see wherry_site_get_unknown()
 */
void
wherry_site_take_unknown (WherrySite *self, GKeyFile *unknown)
{
  g_clear_pointer (&self->unknown, g_key_file_unref);
  self->unknown = unknown;
}
