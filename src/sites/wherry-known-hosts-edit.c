/* What is in known_hosts files as a whole, and taking something out of one that is ours. */
#include "config.h"

#include <string.h>

#include "sites/wherry-known-hosts-private.h"

#define DEFAULT_PORT 22

/* One name of a line: "host" or "[host]:port". */
static gboolean
parse_name (const char *name, char **host, guint16 *port)
{
  const char *end;
  guint64 number;

  if (*name != '[')
    {
      *host = g_strdup (name);
      *port = DEFAULT_PORT;
      return *name != '\0';
    }
  end = strstr (name, "]:");
  if (end == NULL || end == name + 1
      || !g_ascii_string_to_unsigned (end + 2, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;
  *host = g_strndup (name + 1, (gsize) (end - name - 1));
  *port = (guint16) number;
  return TRUE;
}

static void
list_line (const WherryKnownHostsLine *line,
           WherryKnownHostOrigin origin,
           GPtrArray *records,
           WherryKnownHostsUnlisted *unlisted)
{
  g_auto (GStrv) names = NULL;

  if (line->marker == WHERRY_KNOWN_HOSTS_AUTHORITY)
    unlisted->n_authorities++;
  else if (line->marker == WHERRY_KNOWN_HOSTS_REVOKED)
    unlisted->n_revoked++;
  else if (g_str_has_prefix (line->names, WHERRY_KNOWN_HOSTS_HASH_MARK))
    unlisted->n_hashed++;
  else if (strpbrk (line->names, "*?!") != NULL || !g_utf8_validate (line->names, -1, NULL))
    unlisted->n_patterns++;
  else
    names = g_strsplit (line->names, ",", -1);

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      g_autofree char *host = NULL;
      guint16 port;

      if (parse_name (*name, &host, &port))
        g_ptr_array_add (records, wherry_known_host_new (host, port, line->key, origin));
    }
}

/**
 * wherry_known_hosts_list:
 * @self: the store
 * @origin: what the records are said to be from
 * @unlisted: (out caller-allocates) (optional): what is left out
 * @error: why it can't be told
 *
 * Lists the keys of hosts whose names can be read. Reads files.
 *
 * Returns: (transfer container) (nullable) (element-type WherryKnownHost): them
 */
GPtrArray *
wherry_known_hosts_list (WherryKnownHosts *self,
                         WherryKnownHostOrigin origin,
                         WherryKnownHostsUnlisted *unlisted,
                         GError **error)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOSTS (self), NULL);

  g_autoptr (GPtrArray) records
      = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_known_host_free);
  const char *const *files = wherry_known_hosts_get_files (self);
  WherryKnownHostsUnlisted left_out = { 0 };

  for (gsize i = 0; files[i] != NULL; i++)
    {
      g_autofree char *text = wherry_known_hosts_read_file (files[i], error);
      g_auto (GStrv) lines = NULL;

      if (text == NULL)
        return NULL;
      lines = g_strsplit (text, "\n", -1);
      for (gsize j = 0; lines[j] != NULL; j++)
        {
          g_auto (WherryKnownHostsLine) line = { 0 };

          if (wherry_known_hosts_parse_line (lines[j], &line))
            list_line (&line, origin, records, &left_out);
        }
    }
  if (unlisted != NULL)
    *unlisted = left_out;
  return g_steal_pointer (&records);
}

/* The line without @name among its names; %NULL if none is left. */
static char *
drop_name (const char *line, const char *names, const char *name)
{
  const char *rest = strstr (line, names) + strlen (names);
  g_auto (GStrv) list = g_strsplit (names, ",", -1);
  g_autoptr (GStrvBuilder) kept = g_strv_builder_new ();
  g_auto (GStrv) left = NULL;
  g_autofree char *joined = NULL;

  if (g_str_has_prefix (names, WHERRY_KNOWN_HOSTS_HASH_MARK))
    return NULL;
  for (gsize i = 0; list[i] != NULL; i++)
    if (g_ascii_strcasecmp (list[i], name) != 0)
      g_strv_builder_add (kept, list[i]);
  left = g_strv_builder_end (kept);
  joined = g_strjoinv (",", left);
  return *joined == '\0' ? NULL : g_strconcat (joined, rest, NULL);
}

/* What becomes of a line: itself, less, or nothing. */
static char *
edit_line (const char *text, const char *name, const char *key_type)
{
  g_autofree char *copy = g_strdup (text);
  g_auto (WherryKnownHostsLine) line = { 0 };

  if (!wherry_known_hosts_parse_line (copy, &line) || line.marker != WHERRY_KNOWN_HOSTS_PLAIN
      || !wherry_known_hosts_match_names (line.names, name)
      || (key_type != NULL && !g_str_equal (wherry_host_key_get_key_type (line.key), key_type)))
    return g_strdup (text);
  return drop_name (text, line.names, name);
}

/*
 * Writes the file that keys are remembered in anew, without a host's keys of a type
 * (%NULL: of all types) and with @added (nullable), a line. Nobody finds it in
 * between.
 */
gboolean
wherry_known_hosts_rewrite (WherryKnownHosts *self,
                            const char *host,
                            guint16 port,
                            const char *key_type,
                            const char *added,
                            GError **error)
{
  g_autofree char *name = wherry_known_hosts_format_name (host, port);
  const char *file = wherry_known_hosts_get_file (self, host, port);
  g_autofree char *text = file != NULL ? wherry_known_hosts_read_file (file, error) : g_strdup ("");
  g_auto (GStrv) lines = NULL;
  g_autoptr (GString) left = g_string_new (NULL);

  if (text == NULL)
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = edit_line (lines[i], name, key_type);

      if (line != NULL && (*line != '\0' || lines[i + 1] != NULL))
        g_string_append_printf (left, "%s\n", line);
    }
  g_string_append (left, added != NULL ? added : "");
  if (g_str_equal (left->str, text))
    return TRUE;
  return g_file_set_contents_full (file, left->str, (gssize) left->len,
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/**
 * wherry_known_hosts_forget:
 * @self: the store
 * @host: the host's name or address
 * @port: its port
 * @key_type: (nullable): which of its keys; %NULL: all
 * @error: why they may still be there
 *
 * Takes a host's keys out of the file that they are remembered in, which is
 * written anew: for a file that is Wherry's own. What is revoked stays so.
 *
 * Returns: %TRUE if none is left there
 */
gboolean
wherry_known_hosts_forget (WherryKnownHosts *self,
                           const char *host,
                           guint16 port,
                           const char *key_type,
                           GError **error)
{
  g_return_val_if_fail (WHERRY_IS_KNOWN_HOSTS (self), FALSE);
  g_return_val_if_fail (host != NULL, FALSE);

  return wherry_known_hosts_rewrite (self, host, port, key_type, NULL, error);
}
