#include "config.h"

#include "remote/wherry-remote-target.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "remote/wherry-remote-shell.h"

/* Longest line that is read, in bytes; a path has 4,096 at most. */
#define LINE_MAX_BYTES 8192

/* Most bytes of paths that a survey keeps (rule R12). */
#define EXISTING_MAX_BYTES (64 * 1024 * 1024)

/* Bytes taken in one go: a server that talks without end must not keep anybody from cancelling. */
#define TAKE_MAX_BYTES (64 * 1024)

/*
 * First the survey: the kind of the target, and if it is a folder the kind of the entry, the
 * folder's path without links and, for a tree, all in it that is no folder, and "u" if not all
 * could be seen; "x" if even the folder it would be in is not there; then "e". Paths that requests
 * name are relative to the folder the entry is in, or will be. CDPATH would lead cd elsewhere than
 * scp goes.
 *
 * $1 is the marker, $2 the target, $3 the entry as "./name", or "./." if the target itself is
 * meant, $4 whether the tree is listed, $5 whether a replaced file's mode is to be kept, $6 a
 * program for Perl.
 */
#define SURVEY_SCRIPT                                                                         \
  "unset CDPATH; m=$1; k () { if [ -d \"$1\" ]; then echo \"$m\"d; "                          \
  "elif [ -e \"$1\" ] || [ -L \"$1\" ]; then echo \"$m\"o; else echo \"$m\"n; fi; }; "        \
  "k \"$2\"; if [ -d \"$2\" ]; then "                                                         \
  "cd \"$2\" || exit 1; k \"$3\"; printf \"%sp%s\\n\" \"$m\" \"$(pwd -P)\"; "                 \
  "if [ \"$4\" = t ] && [ -d \"$3\" ]; then "                                                 \
  "(cd \"$3\" && find . -type d -o -print) </dev/null 2>/dev/null || echo \"$m\"u; fi; b=.; " \
  "if [ \"$3\" = ./. ]; then b=$(dirname \"$(pwd -P)\"); fi; "                                \
  "else b=$(dirname \"$2\"); fi; "                                                            \
  "if [ -d \"$b\" ]; then cd \"$b\" || exit 1; else echo \"$m\"x; fi; echo \"$m\"e; "

/* Then a kind and two paths a request, a line each, answered by one marked line. A rename onto a
 * folder would move into it, and one onto a device would take that from the whole server, hence the
 * tests. A mode passes on without setuid and setgid (rule R4): the old file may have been somebody
 * else's. Requests read nothing of the script's own input. What was announced as temporary is
 * removed when the requests end, however that comes: also by a connection that broke. The last 128
 * are kept in mind; see WHERRY_REMOTE_TARGET_TEMPORARY_MAX. */
#define FILING_SCRIPT                                                                            \
  "trap \"\" PIPE; q=$5; set --; "                                                               \
  "while IFS= read -r k && IFS= read -r a && IFS= read -r b; do e=; "                            \
  "if [ \"$k\" = t ]; then set -- \"$@\" \"$a\"; if [ $# -gt 128 ]; then shift; fi; "            \
  "elif [ \"$k\" = r ]; then rm -f \"$a\" </dev/null 2>/dev/null; "                              \
  "elif [ \"$k\" = c ]; then e=$(LC_ALL=C chmod \"${a#./}\" \"$b\" 2>&1 </dev/null) && e= || "   \
  "e=\"${e:-chmod failed}\"; "                                                                   \
  "elif [ -d \"$b\" ]; then e=\"Is a directory\"; "                                              \
  "elif [ -b \"$b\" ] || [ -c \"$b\" ] || [ -p \"$b\" ] || [ -S \"$b\" ]; then "                 \
  "e=\"Is a device, a pipe or a socket\"; else "                                                 \
  "if [ \"$q\" = k ] && [ -f \"$b\" ]; then "                                                    \
  "p=$(stat -L -c %a \"$b\" 2>/dev/null || stat -L -f %Lp \"$b\" 2>/dev/null) && "               \
  "{ case $p in [0-7][0-7][0-7][0-7]) p=${p#?};; esac; chmod \"$p\" \"$a\" 2>/dev/null; }; fi; " \
  "e=$(LC_ALL=C mv -f \"$a\" \"$b\" 2>&1 </dev/null) && e= || e=\"${e:-mv failed}\"; fi; "       \
  "if [ -n \"$e\" ] && [ \"$k\" = m ]; then rm -f \"$a\" </dev/null 2>/dev/null; fi; "           \
  "printf \"%s%s\\n\" \"$m\" \"$e\"; done; "                                                     \
  "if [ $# -gt 0 ]; then rm -f \"$@\"; fi"

/* The same for Perl, which most servers have: the shell needs four processes to replace a file, and
 * 10,000 files take it a minute. */
#define FILING_PERL                                                                             \
  "$| = 1; $SIG{PIPE} = q(IGNORE); my ($m, $q) = @ARGV; my @t; "                                \
  "while (defined (my $k = <STDIN>)) { "                                                        \
  "my $a = <STDIN>; my $b = <STDIN>; last if not defined $b; chomp ($k, $a, $b); my $e = q(); " \
  "if ($k eq q(t)) { push @t, $a; shift @t if @t > 128; } "                                     \
  "elsif ($k eq q(r)) { unlink $a; } "                                                          \
  "elsif ($k eq q(c)) { $a =~ s{^[.]/}{}; chmod (oct ($a), $b) or $e = $b . q(: ) . $!; } "     \
  "elsif (-d $b) { $e = q(Is a directory); } "                                                  \
  "elsif (-b _ or -c _ or -p _ or -S _) { $e = q(Is a device, a pipe or a socket); } "          \
  "else { if ($q eq q(k) and -f _) { chmod ((stat _)[2] & 0777, $a); } "                        \
  "rename ($a, $b) or $e = $b . q(: ) . $!; } "                                                 \
  "unlink $a if length $e and $k eq q(m); print $m, $e, qq(\\n); } unlink @t;"

#define PERL_SCRIPT                           \
  "if command -v perl >/dev/null 2>&1; then " \
  "LC_ALL=C; export LC_ALL; exec perl -e \"$6\" \"$m\" \"$5\"; fi; "

/* The tag of requests whose answer is waited for, but told to nobody. */
#define NOBODY 0

struct _WherryRemoteTarget {
  WherryChannel *channel;
  char *marker;
  GString *line;

  /* The survey, while it comes in and after. */
  WherryRemoteSurvey survey;
  guint n_kinds;
  gsize existing_bytes; /* of all paths in the survey */
  gboolean surveyed;

  /* Requests. */
  GQueue tags; /* of those not answered yet, in order; guint64* owned */
  GString *unsent;
  WherryRemoteTargetDone done;
  gpointer user_data;
};

static WherryRemoteKind
kind_from_letter (char letter)
{
  switch (letter)
    {
    case 'd':
      return WHERRY_REMOTE_FOLDER;
    case 'o':
      return WHERRY_REMOTE_OTHER;
    case 'n':
      return WHERRY_REMOTE_MISSING;
    default:
      return WHERRY_REMOTE_UNKNOWN;
    }
}

static void
add_existing (WherryRemoteTarget *self, const char *path)
{
  WherryRemoteSurvey *survey = &self->survey;

  if (survey->existing == NULL)
    survey->existing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->existing_bytes += strlen (path);
  if (g_hash_table_size (survey->existing) < WHERRY_REMOTE_SURVEY_MAX
      && self->existing_bytes <= EXISTING_MAX_BYTES && self->line->len < LINE_MAX_BYTES)
    g_hash_table_add (survey->existing, g_strdup (path));
  else
    survey->existing_unknown = TRUE;
}

static void
take_survey_line (WherryRemoteTarget *self)
{
  WherryRemoteSurvey *survey = &self->survey;

  if (!g_str_has_prefix (self->line->str, self->marker))
    {
      if (self->n_kinds == 2 && g_str_has_prefix (self->line->str, "./"))
        add_existing (self, self->line->str + 2);
      return;
    }

  const char *word = self->line->str + strlen (self->marker);
  switch (*word)
    {
    case 'e':
      self->surveyed = TRUE;
      break;
    case 'u':
      survey->existing_unknown = TRUE;
      break;
    case 'x':
      survey->parent_missing = TRUE;
      break;
    case 'p':
      g_free (survey->resolved);
      survey->resolved = g_strdup (word + 1);
      break;
    default:
      if (self->n_kinds++ == 0)
        survey->target = kind_from_letter (*word);
      else
        survey->entry = kind_from_letter (*word);
    }
}

static void
take_answer_line (WherryRemoteTarget *self)
{
  if (!g_str_has_prefix (self->line->str, self->marker) || g_queue_is_empty (&self->tags))
    return;

  g_autofree guint64 *tag = g_queue_pop_head (&self->tags);
  const char *words = self->line->str + strlen (self->marker);
  if (*tag != NOBODY && self->done != NULL)
    self->done (*tag, *words != '\0' ? words : NULL, self->user_data);
}

static void
take_input (WherryRemoteTarget *self)
{
  gsize length;
  const guint8 *data;

  for (gsize taken = 0; taken < TAKE_MAX_BYTES; taken += length)
    {
      data = wherry_channel_peek (self->channel, &length);
      if (data == NULL || length == 0)
        break;
      for (gsize i = 0; i < length; i++)
        {
          if (data[i] != '\n')
            {
              if (self->line->len < LINE_MAX_BYTES)
                g_string_append_c (self->line, (char) data[i]);
              continue;
            }
          if (self->surveyed)
            take_answer_line (self);
          else
            take_survey_line (self);
          g_string_truncate (self->line, 0);
        }
      wherry_channel_consume (self->channel, length);
    }
}

static gboolean
await_survey (WherryRemoteTarget *self, GCancellable *cancellable, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local_error = NULL;

      take_input (self);
      if (self->surveyed || wherry_channel_is_input_ended (self->channel))
        return TRUE;
      wherry_channel_wait (self->channel, WHERRY_CHANNEL_READABLE, -1, cancellable, &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
}

/**
 * wherry_remote_target_open:
 * @session: a connected session
 * @path: the target: a path on the server
 * @name: the name of the entry that is to go into @path if that is a folder;
 *   "." if @path itself is meant
 * @flags: what to look at, and how to rename
 * @cancellable: (nullable): a cancellable
 * @error: the connection failed, or it was cancelled
 *
 * Asks the server by one shell command what stands at the target, and keeps the
 * command for requests. A server without a shell is no error: the survey's kinds
 * are %WHERRY_REMOTE_UNKNOWN then, and no requests are to be made.
 *
 * Request paths are relative to the folder the entry is in, or will be.
 *
 * Returns: (transfer full) (nullable): the target; %NULL with @error set only if
 *   nothing more can come of the session
 */
WherryRemoteTarget *
wherry_remote_target_open (WherrySession *session,
                           const char *path,
                           const char *name,
                           WherryRemoteTargetFlags flags,
                           GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (WherryRemoteTarget) self = g_new0 (WherryRemoteTarget, 1);
  /* A name may begin with "-", which test(1) and cd would take as an option. */
  g_autofree char *entry = g_strconcat ("./", name, NULL);
  g_autoptr (GError) local_error = NULL;

  self->marker = wherry_remote_new_marker ();
  self->line = g_string_new (NULL);
  self->unsent = g_string_new (NULL);
  self->survey.target = self->survey.entry = WHERRY_REMOTE_UNKNOWN;
  g_queue_init (&self->tags);

  g_autofree char *command
      = wherry_remote_command (SURVEY_SCRIPT PERL_SCRIPT FILING_SCRIPT, self->marker, path, entry,
                               (flags & WHERRY_REMOTE_TARGET_TREE) ? "t" : "f",
                               (flags & WHERRY_REMOTE_TARGET_KEEP_MODES) ? "k" : "n", FILING_PERL,
                               NULL);
  self->channel = wherry_session_exec_somewhere (session, command, cancellable, &local_error);

  if (self->channel != NULL && !await_survey (self, cancellable, error))
    return NULL;
  if (self->channel == NULL
      && (!g_error_matches (local_error, WHERRY_ERROR, WHERRY_ERROR_REMOTE)
          || !wherry_session_is_connected (session)))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  if (!self->surveyed)
    self->survey.target = self->survey.entry = WHERRY_REMOTE_UNKNOWN;
  return g_steal_pointer (&self);
}

/**
 * wherry_remote_target_close:
 * @self: (transfer full) (nullable): a target
 *
 * Ends the command on the server; requests that are not answered stay untold.
 */
void
wherry_remote_target_close (WherryRemoteTarget *self)
{
  if (self == NULL)
    return;
  if (self->channel != NULL)
    wherry_channel_close (self->channel);
  g_clear_object (&self->channel);
  g_clear_pointer (&self->survey.existing, g_hash_table_unref);
  g_free (self->survey.resolved);
  g_queue_clear_full (&self->tags, g_free);
  g_string_free (self->line, TRUE);
  g_string_free (self->unsent, TRUE);
  g_free (self->marker);
  g_free (self);
}

/**
 * wherry_remote_target_get_survey:
 * @self: a target
 *
 * Returns: (transfer none): what stood there when it was opened
 */
const WherryRemoteSurvey *
wherry_remote_target_get_survey (WherryRemoteTarget *self)
{
  return &self->survey;
}

/**
 * wherry_remote_target_set_done:
 * @self: a target
 * @done: (scope forever): told of each request, within wherry_remote_target_poll()
 *   and wherry_remote_target_finish()
 * @user_data: for @done
 */
void
wherry_remote_target_set_done (WherryRemoteTarget *self,
                               WherryRemoteTargetDone done,
                               gpointer user_data)
{
  self->done = done;
  self->user_data = user_data;
}

static void
send_unsent (WherryRemoteTarget *self)
{
  while (self->unsent->len > 0)
    {
      gsize room;
      guint8 *buffer = wherry_channel_reserve (self->channel, &room);
      if (buffer == NULL)
        break;
      gsize n = MIN (room, self->unsent->len);
      memcpy (buffer, self->unsent->str, n);
      wherry_channel_commit (self->channel, n);
      g_string_erase (self->unsent, 0, (gssize) n);
    }
  wherry_channel_flush (self->channel);
}

/* Paths go as "./..." so that none begins with "-". */
static void
request (WherryRemoteTarget *self, char kind, const char *a, const char *b, guint64 tag)
{
  g_assert (strchr (a, '\n') == NULL && strchr (b, '\n') == NULL);
  g_queue_push_tail (&self->tags, g_memdup2 (&tag, sizeof tag));
  g_string_append_printf (self->unsent, "%c\n./%s\n./%s\n", kind, a, b);
  send_unsent (self);
}

/**
 * wherry_remote_target_announce:
 * @self: a target
 * @path: a path as said for wherry_remote_target_open(), without newline
 *
 * Tells of a file that is about to be made under a name of ours. Unless it is
 * renamed, the server removes it when the target is closed or the connection
 * breaks. At most %WHERRY_REMOTE_TARGET_TEMPORARY_MAX that are not renamed or
 * removed are kept in mind.
 */
void
wherry_remote_target_announce (WherryRemoteTarget *self, const char *path)
{
  request (self, 't', path, "", NOBODY);
}

/**
 * wherry_remote_target_rename:
 * @self: a target
 * @from: a path as said for wherry_remote_target_open(), without newline
 * @to: its new path, likewise; what stands there is replaced unless a folder
 * @tag: told to the done function; not 0
 *
 * Asks for a rename (`mv -f`) and returns at once. If it fails @from is removed.
 */
void
wherry_remote_target_rename (WherryRemoteTarget *self,
                             const char *from,
                             const char *to,
                             guint64 tag)
{
  request (self, 'm', from, to, tag);
}

/**
 * wherry_remote_target_set_mode:
 * @self: a target
 * @path: a path as said for wherry_remote_target_open(), without newline
 * @mode: its new mode
 * @tag: told to the done function; not 0
 *
 * Asks for a mode and returns at once. Requests are done in the order they were
 * made.
 */
void
wherry_remote_target_set_mode (WherryRemoteTarget *self,
                               const char *path,
                               guint32 mode,
                               guint64 tag)
{
  g_autofree char *octal = g_strdup_printf ("%04o", mode & 07777);
  request (self, 'c', octal, path, tag);
}

/**
 * wherry_remote_target_remove:
 * @self: a target
 * @path: a path as said for wherry_remote_target_open(), without newline
 *
 * Asks for a file of ours to be removed, as far as that goes: how it went is
 * told to nobody.
 */
void
wherry_remote_target_remove (WherryRemoteTarget *self, const char *path)
{
  request (self, 'r', path, "", NOBODY);
}

/**
 * wherry_remote_target_poll:
 * @self: a target
 * @error: the command ended although requests are open
 *
 * Takes the answers that are here, without waiting.
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_remote_target_poll (WherryRemoteTarget *self, GError **error)
{
  send_unsent (self);
  take_input (self);

  if (!wherry_channel_is_input_ended (self->channel))
    return TRUE;

  /* Nobody is there to read it; the folder may be gone. */
  g_string_truncate (self->unsent, 0);
  if (!g_queue_is_empty (&self->tags))
    {
      g_autofree char *words = wherry_channel_dup_error_text (self->channel);
      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE,
                   _ ("The server stopped putting uploaded files in their place: %s"),
                   words != NULL && *words != '\0' ? words : _ ("it gave no reason"));
      return FALSE;
    }
  return TRUE;
}

/**
 * wherry_remote_target_finish:
 * @self: a target
 * @deadline: monotonic time in microseconds to give up at, or -1
 * @cancellable: (nullable): a cancellable
 * @error: the command ended, the connection broke, or it was cancelled
 *
 * Waits until every request is answered.
 *
 * Returns: %FALSE on error or when @deadline passed
 */
gboolean
wherry_remote_target_finish (WherryRemoteTarget *self,
                             gint64 deadline,
                             GCancellable *cancellable,
                             GError **error)
{
  for (;;)
    {
      if (!wherry_remote_target_poll (self, error))
        return FALSE;
      if (g_queue_is_empty (&self->tags) && self->unsent->len == 0)
        return TRUE;

      WherryChannelCondition wanted = WHERRY_CHANNEL_READABLE;
      if (self->unsent->len > 0)
        wanted |= WHERRY_CHANNEL_WRITABLE;
      g_autoptr (GError) local_error = NULL;
      gboolean late = deadline >= 0 && g_get_monotonic_time () >= deadline;
      if (late
          || wherry_channel_wait (self->channel, wanted, deadline, cancellable, &local_error) == 0)
        {
          if (local_error != NULL)
            g_propagate_error (error, g_steal_pointer (&local_error));
          else
            g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                         _ ("The server did not answer in time"));
          return FALSE;
        }
    }
}
