#include "config.h"

#include "remote/wherry-remote-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "remote/wherry-sftp-codec.h"

static char *
describe (WherryDoing doing, const char *path, const char *reason)
{
  g_autofree char *name = wherry_text_display_name (path);

  /* Translators: of each of these the first %s is a path on a server, the second the reason */
  switch (doing)
    {
    case WHERRY_DOING_LIST:
      return g_strdup_printf (_ ("Can’t list “%s”: %s"), name, reason);
    case WHERRY_DOING_MKDIR:
      return g_strdup_printf (_ ("Can’t make the folder “%s”: %s"), name, reason);
    case WHERRY_DOING_RENAME:
      return g_strdup_printf (_ ("Can’t rename “%s”: %s"), name, reason);
    case WHERRY_DOING_REMOVE:
      return g_strdup_printf (_ ("Can’t delete “%s”: %s"), name, reason);
    case WHERRY_DOING_CHMOD:
      return g_strdup_printf (_ ("Can’t change the permissions of “%s”: %s"), name, reason);
    case WHERRY_DOING_CHOWN:
      return g_strdup_printf (_ ("Can’t change the owner of “%s”: %s"), name, reason);
    case WHERRY_DOING_SYMLINK:
      return g_strdup_printf (_ ("Can’t make the link “%s”: %s"), name, reason);
    case WHERRY_DOING_COPY:
      return g_strdup_printf (_ ("Can’t copy “%s” on the server: %s"), name, reason);
    case WHERRY_DOING_SIZE:
      return g_strdup_printf (_ ("Can’t measure “%s”: %s"), name, reason);
    case WHERRY_DOING_SPACE:
      return g_strdup_printf (_ ("Can’t tell the free space at “%s”: %s"), name, reason);
    case WHERRY_DOING_CHECKSUM:
      return g_strdup_printf (_ ("Can’t compute the checksum of “%s”: %s"), name, reason);
    case WHERRY_DOING_READ:
      return g_strdup_printf (_ ("Can’t read “%s”: %s"), name, reason);
    case WHERRY_DOING_WRITE:
      return g_strdup_printf (_ ("Can’t write “%s”: %s"), name, reason);
    case WHERRY_DOING_SEARCH:
      return g_strdup_printf (_ ("Can’t search “%s”: %s"), name, reason);
    case WHERRY_DOING_STAT:
    case WHERRY_DOING_RESOLVE:
    default:
      return g_strdup_printf (_ ("Can’t look at “%s”: %s"), name, reason);
    }
}

static const char *
get_reason (GIOErrorEnum code)
{
  switch ((int) code)
    {
    case G_IO_ERROR_NOT_FOUND:
      return _ ("there is no such file or folder");
    case G_IO_ERROR_PERMISSION_DENIED:
      return _ ("permission denied");
    case G_IO_ERROR_EXISTS:
      return _ ("there is something of that name already");
    case G_IO_ERROR_NOT_DIRECTORY:
      return _ ("it is not a folder, or leads through something that is none");
    case G_IO_ERROR_IS_DIRECTORY:
      return _ ("it is a folder");
    case G_IO_ERROR_NOT_REGULAR_FILE:
      return _ ("it is not an ordinary file");
    case G_IO_ERROR_NOT_EMPTY:
      return _ ("the folder is not empty");
    case G_IO_ERROR_NO_SPACE:
      return _ ("the server has no space left");
    case G_IO_ERROR_READ_ONLY:
      return _ ("the server can only read there");
    case G_IO_ERROR_TOO_MANY_LINKS:
      return _ ("links lead round in a circle");
    case G_IO_ERROR_FILENAME_TOO_LONG:
      return _ ("the name is too long");
    case G_IO_ERROR_INVALID_ARGUMENT:
      return _ ("that can’t be done to it");
    case G_IO_ERROR_BUSY:
      return _ ("it is in use");
    case G_IO_ERROR_MESSAGE_TOO_LARGE:
      return _ ("it is larger than expected");
    case G_IO_ERROR_NOT_SUPPORTED:
      return _ ("the server does not offer that");
    default:
      return _ ("the server gives no reason");
    }
}

void
wherry_remote_set_error (GError **error, WherryDoing doing, const char *path, GIOErrorEnum code)
{
  g_autofree char *message = describe (doing, path, get_reason (code));

  g_set_error_literal (error, G_IO_ERROR, (int) code, message);
}

/* What programs say in the C locale, which the scripts set (POSIX's strerror(), BusyBox's too). */
static const struct {
  const char *words;
  GIOErrorEnum code;
} known_words[] = {
  { "permission denied", G_IO_ERROR_PERMISSION_DENIED },
  { "operation not permitted", G_IO_ERROR_PERMISSION_DENIED },
  { "no such file or directory", G_IO_ERROR_NOT_FOUND },
  { "nonexistent directory", G_IO_ERROR_NOT_FOUND },
  { "file exists", G_IO_ERROR_EXISTS },
  { "not a directory", G_IO_ERROR_NOT_DIRECTORY },
  { "is a directory", G_IO_ERROR_IS_DIRECTORY },
  { "not an ordinary file", G_IO_ERROR_NOT_REGULAR_FILE },
  { "directory not empty", G_IO_ERROR_NOT_EMPTY },
  { "no space left", G_IO_ERROR_NO_SPACE },
  { "quota exceeded", G_IO_ERROR_NO_SPACE },
  { "read-only file system", G_IO_ERROR_READ_ONLY },
  { "too many levels of symbolic links", G_IO_ERROR_TOO_MANY_LINKS },
  { "symbolic link loop", G_IO_ERROR_TOO_MANY_LINKS },
  { "file name too long", G_IO_ERROR_FILENAME_TOO_LONG },
  { "resource busy", G_IO_ERROR_BUSY },
  { "text file busy", G_IO_ERROR_BUSY },
  { "too large", G_IO_ERROR_MESSAGE_TOO_LARGE },
};

/* A line ends with its reason; what stands before may be a name, and a name may read like one. */
static gboolean
find_code (const char *words, GIOErrorEnum *code)
{
  g_auto (GStrv) lines = g_strsplit (words, "\n", 64);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *colon = strrchr (lines[i], ':');
      g_autofree char *end = g_ascii_strdown (colon != NULL ? colon : lines[i], -1);

      for (guint n = 0; n < G_N_ELEMENTS (known_words); n++)
        if (strstr (end, known_words[n].words) != NULL)
          {
            *code = known_words[n].code;
            return TRUE;
          }
    }
  return FALSE;
}

/* @words: (nullable): a program's standard error, as bytes */
void
wherry_remote_set_error_words (GError **error,
                               WherryDoing doing,
                               const char *path,
                               const char *words)
{
  GIOErrorEnum code;

  if (words == NULL || *words == '\0')
    {
      wherry_remote_set_error (error, doing, path, G_IO_ERROR_FAILED);
      return;
    }
  if (find_code (words, &code))
    {
      wherry_remote_set_error (error, doing, path, code);
      return;
    }

  g_autofree char *shown = wherry_text_escape (words, -1, WHERRY_TEXT_SERVER_MAX);
  /* Translators: %s are the server's words */
  g_autofree char *reason = g_strdup_printf (_ ("the server says “%s”"), shown);
  g_autofree char *message = describe (doing, path, reason);
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_REMOTE, message);
}

/* @status: of SFTP; @words: (nullable): what the server says beside it, as bytes */
void
wherry_remote_set_error_status (GError **error,
                                WherryDoing doing,
                                const char *path,
                                guint32 status,
                                const char *words)
{
  switch (status)
    {
    case WHERRY_SFTP_NO_SUCH_FILE:
      wherry_remote_set_error (error, doing, path, G_IO_ERROR_NOT_FOUND);
      break;
    case WHERRY_SFTP_PERMISSION_DENIED:
      wherry_remote_set_error (error, doing, path, G_IO_ERROR_PERMISSION_DENIED);
      break;
    case WHERRY_SFTP_OP_UNSUPPORTED:
      wherry_remote_set_error (error, doing, path, G_IO_ERROR_NOT_SUPPORTED);
      break;
    default:
      wherry_remote_set_error_words (error, doing, path, words);
      break;
    }
}
