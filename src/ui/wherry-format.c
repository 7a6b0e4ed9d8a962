#include "config.h"

#include "ui/wherry-format.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

/* Appends one part of a line such as "62 % of 1.2 GB · 84 MB/s". */
static void
append_part (GString *line, char *part)
{
  if (line->len > 0)
    g_string_append (line, " · ");
  g_string_append (line, part);
  g_free (part);
}

/* xgettext does not see through G_GUINT64_FORMAT, and ngettext() takes a long: clamped. */
static gulong
count (guint64 n)
{
  return (gulong) MIN (n, G_MAXINT);
}

static char *
format_files (guint64 files)
{
  return g_strdup_printf (ngettext ("%lu file", "%lu files", count (files)), count (files));
}

/**
 * wherry_format_path:
 * @path: a path on this computer, as bytes
 *
 * Returns: (transfer full): the path fit to be shown, with "~" for the home
 *   folder
 */
char *
wherry_format_path (const char *path)
{
  const char *home = g_get_home_dir ();
  gsize length = strlen (home);
  g_autofree char *below = NULL;

  if (length <= 1 || strncmp (path, home, length) != 0
      || (path[length] != G_DIR_SEPARATOR && path[length] != '\0'))
    return wherry_text_display_name (path);

  below = wherry_text_display_name (path + length);
  return g_strconcat ("~", below, NULL);
}

/**
 * wherry_format_endpoint:
 * @endpoint: one end of a transfer
 *
 * Returns: (transfer full): the path, on a server with the account in front
 */
char *
wherry_format_endpoint (const WherryEndpoint *endpoint)
{
  if (wherry_endpoint_is_remote (endpoint))
    return wherry_endpoint_to_display (endpoint);

  return wherry_format_path (endpoint->path);
}

/**
 * wherry_format_duration:
 * @seconds: time left in seconds, at least 0
 *
 * Returns: (transfer full): the time in words, coarser the longer it is, as
 *   "12 seconds left" or "2 hours left"
 */
char *
wherry_format_duration (double seconds)
{
  guint n;

  if (seconds < 59.5)
    {
      n = MAX ((guint) (seconds + 0.5), 1);
      return g_strdup_printf (ngettext ("%u second left", "%u seconds left", n), n);
    }
  if (seconds < 90 * 60)
    {
      n = (guint) (seconds / 60 + 0.5);
      return g_strdup_printf (ngettext ("%u minute left", "%u minutes left", n), n);
    }
  if (seconds < 36 * 3600)
    {
      n = (guint) (seconds / 3600 + 0.5);
      return g_strdup_printf (ngettext ("%u hour left", "%u hours left", n), n);
    }
  n = (guint) MIN (seconds / 86400 + 0.5, 9999);
  return g_strdup_printf (ngettext ("%u day left", "%u days left", n), n);
}

/**
 * wherry_format_time:
 * @time: seconds since 1970 (UTC), -1 if not known
 * @now: (nullable): what time it is; %NULL: now
 *
 * Returns: (transfer full): the time in local terms, coarser the longer it is
 *   past, as "Today 10:12" or "3 May 2021"
 */
char *
wherry_format_time (gint64 time, GDateTime *now)
{
  g_autoptr (GDateTime) then = NULL;
  g_autoptr (GDateTime) today = NULL;
  g_autoptr (GDateTime) midnight = NULL;
  g_autoptr (GDateTime) yesterday = NULL;
  g_autoptr (GDateTime) tomorrow = NULL;

  if (time != -1)
    then = g_date_time_new_from_unix_local (time);
  if (then == NULL)
    return g_strdup ("—");

  today = now != NULL ? g_date_time_ref (now) : g_date_time_new_now_local ();
  midnight = g_date_time_new (g_date_time_get_timezone (today), g_date_time_get_year (today),
                              g_date_time_get_month (today), g_date_time_get_day_of_month (today),
                              0, 0, 0);
  yesterday = g_date_time_add_days (midnight, -1);
  tomorrow = g_date_time_add_days (midnight, 1);

  if (g_date_time_compare (then, tomorrow) < 0 && g_date_time_compare (then, midnight) >= 0)
    /* Translators: a time of this day, for g_date_time_format(): as "Today 10:12". */
    return g_date_time_format (then, _ ("Today %H:%M"));
  if (g_date_time_compare (then, midnight) < 0 && g_date_time_compare (then, yesterday) >= 0)
    /* Translators: a time of the day before, for g_date_time_format(). */
    return g_date_time_format (then, _ ("Yesterday %H:%M"));
  if (g_date_time_get_year (then) == g_date_time_get_year (today))
    /* Translators: a day of this year and a time, for g_date_time_format(): as "3 May 10:12". */
    return g_date_time_format (then, _ ("%-d %b %H:%M"));
  /* Translators: a day, for g_date_time_format(): as "3 May 2021". */
  return g_date_time_format (then, _ ("%-d %b %Y"));
}

/**
 * wherry_format_fraction:
 * @progress: how far a transfer is
 *
 * Returns: 0 to 1, or -1 while it can't be told
 */
double
wherry_format_fraction (const WherryProgress *progress)
{
  if (!progress->totals_known)
    return -1;
  if (progress->bytes_total > 0)
    return MIN ((double) progress->bytes_done / (double) progress->bytes_total, 1.0);
  if (progress->files_total > 0)
    return MIN ((double) (progress->files_done + progress->files_failed)
                    / (double) progress->files_total,
                1.0);
  return -1;
}

/**
 * wherry_format_progress:
 * @progress: how far a running transfer is
 *
 * Returns: (transfer full): one line, as
 *   "62 % of 1.2 GB · 84 MB/s · 12 seconds left · 3 of 12 files"
 */
char *
wherry_format_progress (const WherryProgress *progress)
{
  GString *line = g_string_new (NULL);
  double fraction = wherry_format_fraction (progress);

  if (fraction >= 0)
    {
      g_autofree char *total = g_format_size (progress->bytes_total);
      /* Translators: the first is a number of percent, the second a size, as in "62 % of 1.2 GB".
         The two % signs stand for one. */
      append_part (line, g_strdup_printf (_ ("%d %% of %s"), (int) (fraction * 100), total));
    }
  else
    {
      g_autofree char *done = g_format_size (progress->bytes_done);
      /* Translators: a size, as in "84 MB so far". */
      append_part (line, g_strdup_printf (_ ("%s so far"), done));
    }

  if (progress->speed >= 1)
    {
      g_autofree char *speed = g_format_size ((guint64) progress->speed);
      /* Translators: a speed, as in "84 MB/s". */
      append_part (line, g_strdup_printf (_ ("%s/s"), speed));
    }
  if (progress->seconds_left >= 0 && fraction < 1)
    append_part (line, wherry_format_duration (progress->seconds_left));

  if (progress->totals_known && progress->files_total > 1)
    append_part (line,
                 g_strdup_printf (ngettext ("%lu of %lu file", "%lu of %lu files",
                                            count (progress->files_total)),
                                  count (progress->files_done), count (progress->files_total)));
  else if (!progress->totals_known && progress->files_done > 0)
    append_part (line, format_files (progress->files_done));

  if (progress->files_failed > 0)
    append_part (line, g_strdup_printf (ngettext ("%lu failed", "%lu failed",
                                                  count (progress->files_failed)),
                                        count (progress->files_failed)));

  return g_string_free (line, FALSE);
}

static char *
format_failure (const WherryProgress *progress, const GError *error)
{
  if (!g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE)
      || progress->files_failed == 0)
    return g_strdup (error != NULL ? error->message : _ ("Failed"));

  if (progress->files_done == 0)
    return g_strdup_printf (ngettext ("%lu file could not be copied",
                                      "%lu files could not be copied",
                                      count (progress->files_failed)),
                            count (progress->files_failed));

  return g_strdup_printf (ngettext ("%lu file could not be copied, %lu arrived",
                                    "%lu files could not be copied, %lu arrived",
                                    count (progress->files_failed)),
                          count (progress->files_failed), count (progress->files_done));
}

/**
 * wherry_format_outcome:
 * @state: the transfer's state
 * @progress: how far it came
 * @error: (nullable): why it failed
 *
 * Returns: (transfer full): one line on where a transfer stands that is not
 *   running: how it ended, or what it waits for
 */
char *
wherry_format_outcome (WherryTransferState state,
                       const WherryProgress *progress,
                       const GError *error)
{
  GString *line = g_string_new (NULL);

  switch (state)
    {
    case WHERRY_TRANSFER_WAITING:
      append_part (line, g_strdup (_ ("Waiting")));
      break;
    case WHERRY_TRANSFER_CONNECTING:
      append_part (line, g_strdup (_ ("Connecting…")));
      break;
    case WHERRY_TRANSFER_RUNNING:
      append_part (line, wherry_format_progress (progress));
      break;
    case WHERRY_TRANSFER_STALLED:
      append_part (line, g_strdup (_ ("Stalled: nothing has moved for a while")));
      break;
    case WHERRY_TRANSFER_NEEDS_PERSON:
      append_part (line, g_strdup (_ ("Waiting for your answer")));
      break;
    case WHERRY_TRANSFER_PAUSED:
      append_part (line, error != NULL ? g_strdup (error->message) : g_strdup (_ ("Paused")));
      break;
    case WHERRY_TRANSFER_RETRYING:
      append_part (line, g_strdup (_ ("The connection failed. It is tried again soon")));
      break;
    case WHERRY_TRANSFER_DONE:
      append_part (line, g_strdup (_ ("Done")));
      append_part (line, g_format_size (progress->bytes_done));
      if (progress->files_done != 1)
        append_part (line, format_files (progress->files_done));
      break;
    case WHERRY_TRANSFER_FAILED:
      append_part (line, format_failure (progress, error));
      break;
    case WHERRY_TRANSFER_CANCELLED:
      append_part (line, g_strdup (_ ("Cancelled")));
      if (progress->totals_known && progress->files_total > 1)
        append_part (line,
                     g_strdup_printf (_ ("%lu of %lu files arrived"), count (progress->files_done),
                                      count (progress->files_total)));
      break;
    default:
      g_assert_not_reached ();
    }

  return g_string_free (line, FALSE);
}
