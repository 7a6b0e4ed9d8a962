#include "scp/wherry-scp-ahead.h"

#include <string.h>

/* Where the sink's strtol() or isdigit() would go on reading a time. */
static gboolean
may_begin_time (guint8 byte)
{
  return g_ascii_isdigit (byte) || g_ascii_isspace (byte) || byte == '\v' || byte == '+'
         || byte == '-';
}

/* Whether a line that begins with `C` or `D` has a mode and a blank where a record has them. */
static gboolean
may_be_entry (const guint8 *line, gsize length, gboolean whole)
{
  for (gsize i = 1; i <= 5; i++)
    {
      /* The status byte comes after the content: neither a digit nor a blank. */
      if (i == length)
        return !whole;
      if (i < 5 ? line[i] < '0' || line[i] > '7' : line[i] != ' ')
        return FALSE;
    }
  return TRUE;
}

/**
 * wherry_scp_may_go_ahead:
 * @head: (array length=head_length): how the content really sent begins
 * @head_length: in bytes; the whole content or at least %WHERRY_SCP_HEAD_MAX,
 *   else what is not known counts against it
 * @size: the content's size in bytes
 * @with_times: whether records bear times (`-p`)
 *
 * Judges whether content may be sent before the reply to its `C` came. Should
 * the server refuse that `C`, its sink reads the content as records (sink() in
 * scp.c of OpenSSH and dropbear). That is harmless if it is certain to give up
 * on them before it has obeyed one that does something:
 *
 * - a line that begins with none of `\1 \2 C D E T`, or is empty, ends it;
 * - so does a `C` or `D` without four octal digits and a blank behind it, and a
 *   `T` without the beginning of a number;
 * - a line that begins with `\1` is passed over, and one with `E` leaves the
 *   folder: then the next line decides. With times, leaving a folder sets its
 *   mode too early, which is not harmless.
 *
 * Returns: whether it may
 */
gboolean
wherry_scp_may_go_ahead (const guint8 *head, gsize head_length, guint64 size, gboolean with_times)
{
  gsize known = (gsize) MIN (MIN ((guint64) head_length, size), WHERRY_SCP_HEAD_MAX);
  gboolean whole = known == size;
  const guint8 *newline;

  /* The status byte `\0` stands where the first byte would: it ends the sink. */
  if (size == 0)
    return TRUE;

  for (gsize begin = 0; begin < known; begin = (gsize) (newline - head) + 1)
    {
      const guint8 *line = head + begin;
      gsize length = known - begin;

      switch (line[0])
        {
        case 'C':
        case 'D':
          return !may_be_entry (line, length, whole);

        case 'T':
          return length > 1 ? !may_begin_time (line[1]) : whole;

        case 'E':
          if (with_times)
            return FALSE;
          break;

        case 1:
          break;

        /* It would end the sink without a word, which is nothing to count on. */
        case 2:
          return FALSE;

        default:
          return TRUE;
        }

      newline = memchr (line, '\n', length);
      if (newline == NULL)
        return FALSE;
    }
  return FALSE;
}
