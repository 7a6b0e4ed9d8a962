/*
 * Listing, searching and measuring with a server's own programs.
 */
#include "config.h"

#include <string.h>

#include "remote/wherry-remote-entry-private.h"
#include "remote/wherry-shell-private.h"

/* What one listing may weigh (rule R12): a million entries and more. */
#define LISTING_MAX (256 * 1024 * 1024)

#define FIND_FIELDS(name) "-printf \"%y%Y\\0%s\\0%m\\0%T@\\0%U\\0%G\\0%u\\0%g\\0" name "\\0%l\\0\""
#define STAT_FIELDS "-c \"${m}S%f/%s/%Y/%u/%g/%U/%G/%n\""
#define BSD_FIELDS "-f \"${m}S%Xp/%z/%m/%u/%g/%Su/%Sg/%N\""

/* Where links lead, as stat does not tell it alike everywhere. */
#define LINK(file, name)                                                                  \
  "if [ -L \"" file "\" ]; then t=n; if [ -d \"" file "\" ]; then t=d; elif [ -f \"" file \
  "\" ]; then t=f; elif [ -e \"" file "\" ]; then t=s; fi; "                              \
  "printf \"%sL%s/%s/%s\\n\" \"$m\" \"$t\" \"" name "\" \"$(readlink \"" file "\")\"; fi"
#define LINKS "; r=$?; for f in .* *; do " LINK ("./$f", "$f") "; done; exit $r"

#define FROM_HERE "find . -mindepth 1 -maxdepth 1 "

static GPtrArray *
parse (WherryShellRemote *self, const WherryShellResult *result, WherryListingFlags flags)
{
  const char *payload = result->answer.payload;
  gsize length = result->answer.length;

  switch (self->form)
    {
    case WHERRY_SHELL_FIND:
      return wherry_listing_parse_find (payload, length, flags);
    case WHERRY_SHELL_STAT:
    case WHERRY_SHELL_BSD:
      return wherry_listing_parse_stat (payload, length, result->marker, flags);
    case WHERRY_SHELL_FULL:
    case WHERRY_SHELL_LS:
    default:
      return wherry_listing_parse_ls (payload, length, g_get_real_time () / G_USEC_PER_SEC, flags);
    }
}

/* An entry that vanishes while it is listed is no reason to show none. */
static GPtrArray *
ask (WherryRemote *remote,
     WherryDoing doing,
     const char *script,
     const char *path,
     const char *second,
     WherryListingFlags flags,
     GCancellable *cancellable,
     GError **error)
{
  WherryShellRemote *self = WHERRY_SHELL_REMOTE (remote);
  g_auto (WherryShellResult) result = { 0 };
  g_autoptr (GPtrArray) entries = NULL;
  g_autofree char *fit = wherry_shell_fit_path (path);
  const char *const args[] = { fit, second, NULL };

  if (!wherry_shell_run (self->session, script, args, NULL, LISTING_MAX, &result, cancellable,
                         error))
    return NULL;
  entries = parse (self, &result, flags);
  if (result.answer.status != 0 && entries->len == 0)
    {
      wherry_remote_set_error_words (error, doing, path, result.answer.words);
      return NULL;
    }
  return g_steal_pointer (&entries);
}

GPtrArray *
wherry_shell_list (WherryRemote *remote,
                   const char *path,
                   GCancellable *cancellable,
                   GError **error)
{
  static const char *const scripts[] = {
    [WHERRY_SHELL_FIND] = WHERRY_SHELL_GO_IN FROM_HERE FIND_FIELDS ("%f"),
    [WHERRY_SHELL_STAT] = WHERRY_SHELL_GO_IN FROM_HERE "-exec stat " STAT_FIELDS " {} +" LINKS,
    [WHERRY_SHELL_BSD] = WHERRY_SHELL_GO_IN FROM_HERE "-exec stat " BSD_FIELDS " {} +" LINKS,
    [WHERRY_SHELL_FULL] = WHERRY_SHELL_GO_IN "ls -lan --full-time",
    [WHERRY_SHELL_LS] = WHERRY_SHELL_GO_IN "ls -lan",
  };

  return ask (remote, WHERRY_DOING_LIST, scripts[WHERRY_SHELL_REMOTE (remote)->form], path, NULL,
              WHERRY_LISTING_NAMES, cancellable, error);
}

WherryRemoteEntry *
wherry_shell_stat (WherryRemote *remote,
                   const char *path,
                   gboolean follow,
                   GCancellable *cancellable,
                   GError **error)
{
  static const char *const scripts[][2] = {
    [WHERRY_SHELL_FIND] = { "find \"$1\" -maxdepth 0 " FIND_FIELDS ("%f"),
                            "find -L \"$1\" -maxdepth 0 " FIND_FIELDS ("%f") },
    [WHERRY_SHELL_STAT] = { "stat " STAT_FIELDS " \"$1\" || exit 1; " LINK ("$1", "x"),
                            "stat -L " STAT_FIELDS " \"$1\"" },
    [WHERRY_SHELL_BSD] = { "stat " BSD_FIELDS " \"$1\" || exit 1; " LINK ("$1", "x"),
                           "stat -L " BSD_FIELDS " \"$1\"" },
    [WHERRY_SHELL_FULL] = { "ls -land --full-time \"$1\"", "ls -lanLd --full-time \"$1\"" },
    [WHERRY_SHELL_LS] = { "ls -land \"$1\"", "ls -lanLd \"$1\"" },
  };
  g_autoptr (GPtrArray) entries = NULL;
  const char *slash = strrchr (path, '/');
  WherryRemoteEntry *entry;

  entries
      = ask (remote, WHERRY_DOING_STAT, scripts[WHERRY_SHELL_REMOTE (remote)->form][follow ? 1 : 0],
             path, NULL, WHERRY_LISTING_ANY, cancellable, error);
  if (entries == NULL)
    return NULL;
  entry = entries->len > 0 ? g_ptr_array_index (entries, 0) : NULL;
  if (entry == NULL || (follow && entry->file_type == G_FILE_TYPE_SYMBOLIC_LINK))
    {
      wherry_remote_set_error (error, WHERRY_DOING_STAT, path, G_IO_ERROR_NOT_FOUND);
      return NULL;
    }
  g_free (entry->name);
  entry->name = g_strdup (slash != NULL && slash[1] != '\0' ? slash + 1 : path);
  return g_object_ref (entry);
}

#define ADD_UP "END { printf \\\"%d %d %.0f\\\", d, n, b }\""
#define FROM_HEX \
  " | awk \"\\$1 ~ /^4...\\$/ { d++; next } { n++ } \\$1 ~ /^8...\\$/ { b += \\$2 } " ADD_UP
#define FROM_LETTER                                                  \
  " | awk \"\\$1 ~ /^d/ { d++; next } \\$1 ~ /^[-lbcpsDf]/ { n++ } " \
  "\\$1 ~ /^[-f]/ { b += \\$2 } " ADD_UP

gboolean
wherry_shell_folder_size (WherryRemote *remote,
                          const char *path,
                          WherryRemoteSize *size,
                          GCancellable *cancellable,
                          GError **error)
{
  /* Of ls, only what looks like a line of a file counts: a name may hold a newline. */
  static const char *const scripts[] = {
    [WHERRY_SHELL_FIND] = "find \"$1\" -printf \"%y %s\\n\"" FROM_LETTER,
    [WHERRY_SHELL_STAT] = "find \"$1\" -exec stat -c \"%f %s\" {} +" FROM_HEX,
    [WHERRY_SHELL_BSD] = "find \"$1\" -exec stat -f \"%Xp %z\" {} +" FROM_HEX,
    [WHERRY_SHELL_FULL]
    = "find \"$1\" -exec ls -lnd {} + | awk \"\\$1 ~ /^[-dlbcpsD][-rwxsStT]+[+.@]?\\$/ "
      "{ print \\$1, \\$5 }\"" FROM_LETTER,
    [WHERRY_SHELL_LS]
    = "find \"$1\" -exec ls -lnd {} + | awk \"\\$1 ~ /^[-dlbcpsD][-rwxsStT]+[+.@]?\\$/ "
      "{ print \\$1, \\$5 }\"" FROM_LETTER,
  };
  WherryShellRemote *self = WHERRY_SHELL_REMOTE (remote);
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *fit = wherry_shell_fit_path (path);
  g_autofree char *text = NULL;
  const char *const args[] = { fit, NULL };
  char *end;

  memset (size, 0, sizeof *size);
  if (!wherry_shell_run (self->session, scripts[self->form], args, NULL, 64 << 10, &result,
                         cancellable, error))
    return FALSE;
  text = g_strndup (result.answer.payload, result.answer.length);
  size->folders = g_ascii_strtoull (text, &end, 10);
  size->files = g_ascii_strtoull (end, &end, 10);
  size->bytes = g_ascii_strtoull (end, NULL, 10);
  if (size->folders == 0 && size->files == 0)
    {
      wherry_remote_set_error_words (error, WHERRY_DOING_SIZE, path, result.answer.words);
      return FALSE;
    }
  if (size->folders > 0)
    size->folders--;
  for (const char *at = result.answer.words; (at = strstr (at, "ermission denied")) != NULL; at++)
    size->unreadable++;
  return TRUE;
}

/* A pattern for find that takes at least what is looked for: case as ASCII has it, and any other
 * character for anything, since the C locale knows none. */
static char *
make_pattern (const char *text)
{
  GString *pattern = g_string_new ("*");

  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_isalpha (*p))
      g_string_append_printf (pattern, "[%c%c]", g_ascii_tolower (*p), g_ascii_toupper (*p));
    else if (g_ascii_isdigit (*p) || *p == '_' || *p == '.' || *p == ' ' || *p == '-')
      g_string_append_c (pattern, *p);
    else if (pattern->str[pattern->len - 1] != '*')
      g_string_append_c (pattern, '*');
  if (pattern->str[pattern->len - 1] != '*')
    g_string_append_c (pattern, '*');
  return g_string_free (pattern, FALSE);
}

GPtrArray *
wherry_shell_search (WherryRemote *remote,
                     const char *path,
                     const char *text,
                     guint max_results,
                     GCancellable *cancellable,
                     GError **error)
{
  static const char *const scripts[] = {
    [WHERRY_SHELL_FIND] = WHERRY_SHELL_GO_IN "find . -mindepth 1 -name \"$2\" " FIND_FIELDS ("%P"),
    [WHERRY_SHELL_STAT] = WHERRY_SHELL_GO_IN "find . -name \"$2\" -exec stat " STAT_FIELDS " {} +",
    [WHERRY_SHELL_BSD] = WHERRY_SHELL_GO_IN "find . -name \"$2\" -exec stat " BSD_FIELDS " {} +",
    [WHERRY_SHELL_FULL] = WHERRY_SHELL_GO_IN "find . -name \"$2\" -exec ls -land --full-time {} +",
    [WHERRY_SHELL_LS] = WHERRY_SHELL_GO_IN "find . -name \"$2\" -exec ls -land {} +",
  };
  g_autofree char *pattern = make_pattern (text);
  g_autoptr (GPtrArray) entries
      = ask (remote, WHERRY_DOING_SEARCH, scripts[WHERRY_SHELL_REMOTE (remote)->form], path,
             pattern, WHERRY_LISTING_PATHS, cancellable, error);
  g_autoptr (GPtrArray) found = NULL;

  if (entries == NULL)
    return NULL;
  found = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < entries->len && found->len < max_results; i++)
    {
      WherryRemoteEntry *entry = g_ptr_array_index (entries, i);
      const char *slash = strrchr (entry->name, '/');

      if (wherry_remote_name_contains (slash != NULL ? slash + 1 : entry->name, text))
        g_ptr_array_add (found, g_object_ref (entry));
    }
  return g_steal_pointer (&found);
}
