#include "config.h"

#include "remote/wherry-shell-remote.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "remote/wherry-remote-entry-private.h"
#include "remote/wherry-shell-private.h"

/* Which of the forms the programs there can, told by trying them. */
#define PROBE                                                                      \
  "if [ \"$(find . -maxdepth 0 -printf x 2>/dev/null)\" = x ]; then echo find; "   \
  "elif find . -mindepth 1 -maxdepth 1 -name . -exec true {} + 2>/dev/null; then " \
  "if stat -c %f . >/dev/null 2>&1; then echo stat; "                              \
  "elif stat -f %Xp . >/dev/null 2>&1; then echo bsd; "                            \
  "elif ls -d --full-time . >/dev/null 2>&1; then echo full; else echo ls; fi; "   \
  "elif ls -d --full-time . >/dev/null 2>&1; then echo full; else echo ls; fi"

/* The refusals that no program makes by itself are worded as theirs. */
#define MUST_BE_FREE(path) \
  "if [ -e \"" path "\" ] || [ -L \"" path "\" ]; then echo \": File exists\" >&2; exit 1; fi; "
#define MUST_BE_THERE "ls -d \"$1\" >/dev/null || exit 1; "
#define MUST_BE_FILE(path)                                                   \
  "if [ -d \"" path "\" ]; then echo \": Is a directory\" >&2; exit 1; fi; " \
  "if [ -e \"" path "\" ]; then if [ -f \"" path "\" ]; then :; else "       \
  "echo \": not an ordinary file\" >&2; exit 1; fi; fi; "

/* mv would move into a folder, also through a link. */
#define RENAME                                                                    \
  MUST_BE_THERE "if [ -e \"$2\" ] || [ -L \"$2\" ]; then "                        \
                "if [ \"$3\" = r ] && { [ -L \"$2\" ] || [ -f \"$2\" ]; }; then " \
                "if [ -d \"$2\" ]; then rm -f \"$2\" || exit 1; fi; "             \
                "else echo \": File exists\" >&2; exit 1; fi; fi; mv -f \"$1\" \"$2\""

/* BusyBox's rm says nothing about a folder that it can't look into; its find does. */
#define REMOVE MUST_BE_THERE "rm -rf \"$1\" || { find \"$1\" >/dev/null; exit 1; }"

/* The copy has the old file's permissions and, where that can be, owner; then it gets the content.
 * What is short of its size never takes the place. */
#define WRITE                                                                                      \
  "f=$1; " MUST_BE_FILE (                                                                          \
      "$f") "if [ -L \"$f\" ] && [ -e \"$f\" ]; then f=$(readlink -f \"$f\") || exit 1; fi; "      \
            "t=${f%/*}/$3; rm -f \"$t\"; "                                                         \
            "if [ -f \"$f\" ]; then cp -p \"$f\" \"$t\" || { rm -f \"$t\"; exit 1; }; "            \
            "if [ -w \"$t\" ]; then cat >\"$t\"; else chmod u+w \"$t\" && cat >\"$t\" && chmod "   \
            "u-w \"$t\"; fi; "                                                                     \
            "else (set -C; cat >\"$t\"); fi; "                                                     \
            "if [ $? -eq 0 ] && [ \"$(wc -c <\"$t\")\" -eq \"$2\" ] && mv -f \"$t\" \"$f\"; then " \
            "exit 0; fi; "                                                                         \
            "rm -f \"$t\"; exit 1"

#define CHECKSUM                                                                              \
  MUST_BE_THERE MUST_BE_FILE (                                                                \
      "$1") "if command -v sha256sum >/dev/null 2>&1; then sha256sum <\"$1\"; "               \
            "elif command -v shasum >/dev/null 2>&1; then shasum -a 256 <\"$1\"; "            \
            "elif command -v sha256 >/dev/null 2>&1; then sha256 -q <\"$1\"; "                \
            "elif command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r <\"$1\"; " \
            "else exit 127; fi"

#define RESOLVE                                            \
  "if [ -d \"$1\" ]; then " WHERRY_SHELL_GO_IN             \
  "pwd -P; exit; fi; ls -Ld \"$1\" >/dev/null || exit 1; " \
  "readlink -f \"$1\""

G_DEFINE_FINAL_TYPE (WherryShellRemote, wherry_shell_remote, WHERRY_TYPE_REMOTE)

static char *
resolve (WherryRemote *remote, const char *path, GCancellable *cancellable, GError **error)
{
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *fit = wherry_shell_fit_path (path);
  const char *const args[] = { fit, NULL };
  const WherryAnswer *answer = &result.answer;
  gsize length;

  if (!wherry_shell_run (WHERRY_SHELL_REMOTE (remote)->session, RESOLVE, args, NULL, 64 << 10,
                         &result, cancellable, error))
    return NULL;
  length = answer->length;
  if (length > 0 && answer->payload[length - 1] == '\n')
    length--;
  if (answer->status == 0 && length > 0 && answer->payload[0] == '/')
    return g_strndup (answer->payload, length);
  wherry_remote_set_error_words (error, WHERRY_DOING_RESOLVE, path, answer->words);
  return NULL;
}

static gboolean
make (WherryRemote *remote,
      const char *path,
      gboolean parents,
      GCancellable *cancellable,
      GError **error)
{
  return wherry_shell_do (remote, WHERRY_DOING_MKDIR, parents ? "mkdir -p \"$1\"" : "mkdir \"$1\"",
                          path, NULL, NULL, cancellable, error);
}

static gboolean
move (WherryRemote *remote,
      const char *from,
      const char *to,
      gboolean replace,
      GCancellable *cancellable,
      GError **error)
{
  g_autofree char *fit = wherry_shell_fit_path (to);

  return wherry_shell_do (remote, WHERRY_DOING_RENAME, RENAME, from, fit, replace ? "r" : "n",
                          cancellable, error);
}

static gboolean
erase (WherryRemote *remote, const char *path, GCancellable *cancellable, GError **error)
{
  return wherry_shell_do (remote, WHERRY_DOING_REMOVE, REMOVE, path, NULL, NULL, cancellable,
                          error);
}

static gboolean
change_mode (WherryRemote *remote,
             const char *path,
             const WherryModeChange *change,
             gboolean recursive,
             GCancellable *cancellable,
             GError **error)
{
  g_autofree char *text = wherry_mode_change_to_text (change);

  if (*text == '\0')
    return TRUE;
  return wherry_shell_do (remote, WHERRY_DOING_CHMOD,
                          "if [ \"$3\" = R ] && [ -d \"$1\" ]; then if [ -L \"$1\" ]; then "
                          "chmod -- \"$2\" \"$1\"; else chmod -R -- \"$2\" \"$1\"; fi; "
                          "else chmod -- \"$2\" \"$1\"; fi",
                          path, text, recursive ? "R" : "n", cancellable, error);
}

static gboolean
change_owner (WherryRemote *remote,
              const char *path,
              const char *owner,
              const char *group,
              gboolean recursive,
              GCancellable *cancellable,
              GError **error)
{
  g_autofree char *both = NULL;

  if (owner == NULL && group == NULL)
    return TRUE;
  both = group == NULL ? g_strdup (owner)
                       : g_strconcat (owner != NULL ? owner : "", ":", group, NULL);
  return wherry_shell_do (remote, WHERRY_DOING_CHOWN,
                          "if [ \"$3\" = R ]; then chown -R -- \"$2\" \"$1\"; "
                          "else chown -- \"$2\" \"$1\"; fi",
                          path, both, recursive ? "R" : "n", cancellable, error);
}

static gboolean
make_link (WherryRemote *remote,
           const char *path,
           const char *target,
           GCancellable *cancellable,
           GError **error)
{
  /* Behind a letter, no shell takes the target's `~` for a home. */
  g_autofree char *marked = g_strconcat ("=", target, NULL);

  return wherry_shell_do (remote, WHERRY_DOING_SYMLINK,
                          MUST_BE_FREE ("$1") "ln -s -- \"${2#=}\" \"$1\"", path, marked, NULL,
                          cancellable, error);
}

static gboolean
copy (WherryRemote *remote,
      const char *from,
      const char *to,
      GCancellable *cancellable,
      GError **error)
{
  g_autofree char *fit = wherry_shell_fit_path (to);
  g_autofree char *within = g_strconcat (from, "/", NULL);

  if (g_str_has_prefix (to, within))
    {
      wherry_remote_set_error (error, WHERRY_DOING_COPY, from, G_IO_ERROR_INVALID_ARGUMENT);
      return FALSE;
    }
  return wherry_shell_do (remote, WHERRY_DOING_COPY,
                          MUST_BE_THERE MUST_BE_FREE ("$2") "cp -pPR \"$1\" \"$2\"", from, fit,
                          NULL, cancellable, error);
}

static gboolean
tell_space (WherryRemote *remote,
            const char *path,
            WherryRemoteSpace *space,
            GCancellable *cancellable,
            GError **error)
{
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *fit = wherry_shell_fit_path (path);
  const char *const args[] = { fit, NULL };

  if (!wherry_shell_run (WHERRY_SHELL_REMOTE (remote)->session,
                         MUST_BE_THERE "df -Pk \"$1\" 2>/dev/null || df -k \"$1\"", args, NULL,
                         64 << 10, &result, cancellable, error))
    return FALSE;
  if (result.answer.status == 0
      && wherry_listing_parse_df (result.answer.payload, result.answer.length, &space->total,
                                  &space->available))
    return TRUE;
  wherry_remote_set_error_words (error, WHERRY_DOING_SPACE, path, result.answer.words);
  return FALSE;
}

static char *
compute_checksum (WherryRemote *remote, const char *path, GCancellable *cancellable, GError **error)
{
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *fit = wherry_shell_fit_path (path);
  const char *const args[] = { fit, NULL };
  const WherryAnswer *answer = &result.answer;
  gsize n = 0;

  if (!wherry_shell_run (WHERRY_SHELL_REMOTE (remote)->session, CHECKSUM, args, NULL, 64 << 10,
                         &result, cancellable, error))
    return NULL;
  while (n < answer->length && g_ascii_isxdigit (answer->payload[n]))
    n++;
  if (answer->status == 0 && n == 64)
    return g_ascii_strdown (answer->payload, 64);
  if (answer->status == 127)
    wherry_remote_set_error (error, WHERRY_DOING_CHECKSUM, path, G_IO_ERROR_NOT_SUPPORTED);
  else
    wherry_remote_set_error_words (error, WHERRY_DOING_CHECKSUM, path, answer->words);
  return NULL;
}

static GBytes *
read_content (WherryRemote *remote,
              const char *path,
              gsize max_size,
              GCancellable *cancellable,
              GError **error)
{
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *fit = wherry_shell_fit_path (path);
  g_autofree char *limit = NULL;
  const char *args[] = { fit, NULL, NULL };

  max_size = MIN (max_size, G_MAXINT - (1 << 20));
  limit = g_strdup_printf ("%" G_GSIZE_FORMAT, max_size);
  args[1] = limit;
  if (!wherry_shell_run (WHERRY_SHELL_REMOTE (remote)->session,
                         MUST_BE_THERE MUST_BE_FILE (
                             "$1") "n=$(wc -c <\"$1\") || exit 1; if [ \"$n\" -gt \"$2\" ]; then "
                                   "echo \": File too large\" >&2; exit 1; fi; cat <\"$1\"",
                         args, NULL, max_size + (1 << 20), &result, cancellable, error))
    return NULL;
  if (result.answer.status == 0 && result.answer.length <= max_size)
    return g_bytes_new (result.answer.payload, result.answer.length);
  if (result.answer.status == 0)
    wherry_remote_set_error (error, WHERRY_DOING_READ, path, G_IO_ERROR_MESSAGE_TOO_LARGE);
  else
    wherry_remote_set_error_words (error, WHERRY_DOING_READ, path, result.answer.words);
  return NULL;
}

static gboolean
write_content (WherryRemote *remote,
               const char *path,
               GBytes *content,
               GCancellable *cancellable,
               GError **error)
{
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *fit = wherry_shell_fit_path (path);
  g_autofree char *size = g_strdup_printf ("%" G_GSIZE_FORMAT, g_bytes_get_size (content));
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *name = g_strdup_printf (".wherry-%.8s.part", uuid);
  const char *const args[] = { fit, size, name, NULL };

  if (!wherry_shell_run (WHERRY_SHELL_REMOTE (remote)->session, WRITE, args, content, 64 << 10,
                         &result, cancellable, error))
    return FALSE;
  if (result.answer.status == 0)
    return TRUE;
  wherry_remote_set_error_words (error, WHERRY_DOING_WRITE, path, result.answer.words);
  return FALSE;
}

static gboolean
identify (WherryRemote *remote,
          WherryRemoteIdentity *identity,
          GCancellable *cancellable,
          GError **error)
{
  g_auto (WherryShellResult) result = { 0 };
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;
  const char *const args[] = { NULL };

  if (!wherry_shell_run (WHERRY_SHELL_REMOTE (remote)->session, "id -u && id -G", args, NULL,
                         64 << 10, &result, cancellable, error))
    return FALSE;
  text = g_strndup (result.answer.payload, result.answer.length);
  words = g_strsplit_set (text, " \n", -1);
  for (guint i = 0; words[i] != NULL; i++)
    {
      guint64 value;
      guint32 id;

      if (!g_ascii_string_to_unsigned (words[i], 10, 0, G_MAXUINT32, &value, NULL))
        continue;
      id = (guint32) value;
      if (!identity->known)
        {
          identity->known = TRUE;
          identity->uid = id;
          identity->gids = g_array_new (FALSE, FALSE, sizeof (guint32));
        }
      else
        g_array_append_val (identity->gids, id);
    }
  return TRUE;
}

static WherrySession *
get_session (WherryRemote *remote)
{
  return WHERRY_SHELL_REMOTE (remote)->session;
}

static char *
dup_description (WherryRemote *remote)
{
  static const char *const programs[] = {
    [WHERRY_SHELL_FIND] = "find -printf", [WHERRY_SHELL_STAT] = "stat -c",
    [WHERRY_SHELL_BSD] = "stat -f",       [WHERRY_SHELL_FULL] = "ls -lan --full-time",
    [WHERRY_SHELL_LS] = "ls -lan",
  };

  /* Translators: %s is a command, such as "find -printf" */
  return g_strdup_printf (_ ("Shell commands (%s)"), programs[WHERRY_SHELL_REMOTE (remote)->form]);
}

static void
wherry_shell_remote_finalize (GObject *object)
{
  g_clear_object (&WHERRY_SHELL_REMOTE (object)->session);

  G_OBJECT_CLASS (wherry_shell_remote_parent_class)->finalize (object);
}

static void
wherry_shell_remote_class_init (WherryShellRemoteClass *klass)
{
  WherryRemoteClass *remote_class = WHERRY_REMOTE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wherry_shell_remote_finalize;
  remote_class->back_end = WHERRY_REMOTE_SHELL;
  remote_class->dup_description = dup_description;
  remote_class->get_session = get_session;
  remote_class->identify = identify;
  remote_class->list = wherry_shell_list;
  remote_class->stat = wherry_shell_stat;
  remote_class->resolve = resolve;
  remote_class->mkdir = make;
  remote_class->rename = move;
  remote_class->remove = erase;
  remote_class->chmod = change_mode;
  remote_class->chown = change_owner;
  remote_class->symlink = make_link;
  remote_class->copy = copy;
  remote_class->folder_size = wherry_shell_folder_size;
  remote_class->space = tell_space;
  remote_class->checksum = compute_checksum;
  remote_class->read = read_content;
  remote_class->write = write_content;
  remote_class->search = wherry_shell_search;
}

static void
wherry_shell_remote_init (WherryShellRemote *self)
{
}

void
wherry_shell_remote_set_form (WherryShellRemote *self, WherryShellForm form)
{
  self->form = form;
}

/**
 * wherry_shell_remote_new:
 * @session: a connected session
 * @cancellable: (nullable): to give up
 * @error: return location for why the server runs no commands
 *
 * Tries what programs a server has. Waits for it.
 *
 * Returns: (transfer full): its file system
 */
WherryRemote *
wherry_shell_remote_new (WherrySession *session, GCancellable *cancellable, GError **error)
{
  static const char *const forms[] = { "find\n", "stat\n", "bsd\n", "full\n", "ls\n" };
  g_auto (WherryShellResult) result = { 0 };
  const char *const args[] = { NULL };

  if (!wherry_shell_run (session, PROBE, args, NULL, 1 << 20, &result, cancellable, error))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (result.answer.length == strlen (forms[i])
        && memcmp (result.answer.payload, forms[i], result.answer.length) == 0)
      {
        WherryShellRemote *self = g_object_new (WHERRY_TYPE_SHELL_REMOTE, NULL);

        self->session = g_object_ref (session);
        self->form = (WherryShellForm) i;
        return WHERRY_REMOTE (self);
      }
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_NO_PROGRAM,
                       _ ("The server’s shell has no program that lists files"));
  return NULL;
}
