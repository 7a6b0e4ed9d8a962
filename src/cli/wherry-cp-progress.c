#include "config.h"

#include "cli/wherry-cp-progress.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/wherry-cp-output.h"

/* Between two plain lines, in microseconds. */
#define PLAIN_INTERVAL (10 * G_USEC_PER_SEC)

#define DEFAULT_WIDTH 80
#define NAME_MIN 12
#define BAR_MIN 8
#define BAR_MAX 30

struct _WherryCpProgress {
  WherryTerminalPrompter *prompter; /* (nullable): not owned */
  gboolean is_quiet;
  gboolean is_terminal;
  gboolean has_line;    /* there is a line to be drawn over */
  gint64 running_since; /* monotonic, microseconds; 0: not yet */
  gint64 told_at;
};

/* How many columns a terminal gives to a character. */
static gsize
char_columns (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

static gsize
text_columns (const char *text)
{
  gsize columns = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    columns += char_columns (g_utf8_get_char (p));
  return columns;
}

/* Makes @text exactly @columns wide: cut in front, where a path says least, or padded. */
static char *
fit_text (const char *text, gsize columns)
{
  gsize too_many = text_columns (text);
  g_autoptr (GString) out = g_string_new (NULL);

  if (too_many > columns)
    {
      too_many++; /* the ellipsis takes one */
      while (*text != '\0' && too_many > columns)
        {
          too_many -= char_columns (g_utf8_get_char (text));
          text = g_utf8_next_char (text);
        }
      g_string_append (out, columns > 0 ? "…" : "");
    }
  g_string_append (out, text);
  for (gsize i = text_columns (out->str); i < columns; i++)
    g_string_append_c (out, ' ');
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* From 0 to 1; less than 0 if it can't be told. */
static double
get_fraction (const WherryProgress *progress)
{
  if (!progress->totals_known)
    return -1;
  if (progress->bytes_total > 0)
    return CLAMP ((double) progress->bytes_done / (double) progress->bytes_total, 0, 1);
  if (progress->files_total > 0)
    return CLAMP ((double) progress->files_done / (double) progress->files_total, 0, 1);
  return 1;
}

static char *
format_time (double seconds)
{
  guint64 whole = (guint64) ceil (seconds);

  if (whole >= 3600)
    return g_strdup_printf ("%" G_GUINT64_FORMAT ":%02u:%02u", whole / 3600,
                            (guint) (whole / 60 % 60), (guint) (whole % 60));
  return g_strdup_printf ("%02u:%02u", (guint) (whole / 60), (guint) (whole % 60));
}

/* "#####-----", with a blank before it; "" if there is no room or nothing to say. */
static char *
format_bar (double fraction, gsize columns)
{
  g_autoptr (GString) bar = g_string_new (NULL);

  if (columns >= BAR_MIN + 3 && fraction >= 0)
    {
      gsize length = MIN (columns - 3, BAR_MAX);
      gsize full = (gsize) (fraction * (double) length);

      g_string_append (bar, " [");
      for (gsize i = 0; i < length; i++)
        g_string_append_c (bar, i < full ? '#' : '-');
      g_string_append_c (bar, ']');
    }
  return g_string_free (g_steal_pointer (&bar), FALSE);
}

/* What stands to the right of name and bar, as much of it as @columns hold. */
static char *
format_numbers (const WherryProgress *progress, gboolean is_over, gsize columns)
{
  g_autofree char *amount = g_format_size (progress->bytes_done);
  g_autofree char *rate = g_format_size ((guint64) progress->speed);
  g_autofree char *left = progress->seconds_left >= 0 ? format_time (progress->seconds_left) : NULL;
  double fraction = get_fraction (progress);
  g_autoptr (GString) text = g_string_new (NULL);

  if (fraction >= 0)
    g_string_append_printf (text, " %3d%%",
                            is_over && progress->files_failed == 0
                                ? 100
                                : MIN ((int) (fraction * 100), 99));
  g_string_append_printf (text, " %9s", amount);
  if (text_columns (text->str) > columns)
    return g_strdup ("");

  gsize kept = text->len;
  g_string_append_printf (text, " %9s/s", rate);
  if (text_columns (text->str) > columns)
    g_string_truncate (text, kept);

  kept = text->len;
  if (is_over)
    g_string_append_printf (text, " %6s", "");
  else
    g_string_append_printf (text, " %6s", left != NULL ? left : "--:--");
  if (text_columns (text->str) > columns)
    g_string_truncate (text, kept);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * wherry_cp_progress_format:
 * @progress: how far a transfer is
 * @name: what is copied, fit to be shown
 * @is_over: whether it is over; @progress' speed is then that of the whole
 * @width: of the line, in columns
 *
 * Returns: (transfer full): one line of exactly @width columns: name, bar,
 *   percentage, amount, speed, time left, without what has no room
 */
char *
wherry_cp_progress_format (const WherryProgress *progress,
                           const char *name,
                           gboolean is_over,
                           gsize width)
{
  g_autofree char *numbers
      = format_numbers (progress, is_over, width > NAME_MIN ? width - NAME_MIN : 0);
  gsize left = width - MIN (text_columns (numbers), width);
  /* The name has two thirds of what is left where both have room. */
  g_autofree char *bar = format_bar (get_fraction (progress), left / 3);
  g_autofree char *fitted = fit_text (name, left - text_columns (bar));

  return g_strconcat (fitted, bar, numbers, NULL);
}

static gsize
get_width (void)
{
  struct winsize size;

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return DEFAULT_WIDTH;
}

/* What is copied: the file at work, with its place among all where that is known. */
static char *
format_name (WherryTransfer *transfer, const WherryProgress *progress, gboolean is_over)
{
  g_autofree char *name = wherry_transfer_dup_name (transfer);
  guint64 at = progress->files_done + progress->files_failed;

  if (progress->totals_known ? progress->files_total == 1 : is_over && at <= 1)
    return g_steal_pointer (&name);
  if (is_over)
    /* Translators: the name of a folder, and how many files of it were copied */
    return g_strdup_printf (g_dngettext (NULL, "%s (%lu file)", "%s (%lu files)",
                                         (gulong) progress->files_done),
                            name, (gulong) progress->files_done);
  if (progress->current[0] == '\0')
    return g_steal_pointer (&name);
  if (progress->totals_known)
    return g_strdup_printf ("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " %s", at,
                            progress->files_total, progress->current);
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %s", at, progress->current);
}

static void
draw (WherryCpProgress *self, WherryTransfer *transfer, WherryProgress *progress, gboolean is_over)
{
  g_autofree char *name = format_name (transfer, progress, is_over);
  /* The last column stays free: some terminals go to the next line with it. */
  g_autofree char *line
      = wherry_cp_progress_format (progress, name, is_over, MAX (get_width (), 2) - 1);
  g_autofree char *text = g_strconcat ("\r", line, is_over ? "\n" : "", NULL);

  wherry_cp_output_write (STDOUT_FILENO, text);
  self->has_line = !is_over;
}

static void
tell (WherryTransfer *transfer, WherryProgress *progress, gboolean is_over)
{
  g_autofree char *name = format_name (transfer, progress, is_over);
  g_autofree char *amount = g_format_size (progress->bytes_done);
  g_autofree char *total = g_format_size (progress->bytes_total);
  g_autofree char *rate = g_format_size ((guint64) progress->speed);
  g_autofree char *line = NULL;

  if (is_over || !progress->totals_known)
    /* Translators: a name, an amount such as "3 MB", another one per second */
    line = g_strdup_printf (_ ("%s: %s, %s/s\n"), name, amount, rate);
  else
    /* Translators: a name, two amounts such as "3 MB", another one per second */
    line = g_strdup_printf (_ ("%s: %s of %s, %s/s\n"), name, amount, total, rate);
  wherry_cp_output_write (STDOUT_FILENO, line);
}

/**
 * wherry_cp_progress_new:
 * @quiet: whether to show nothing
 * @prompter: (nullable): while it asks nothing is drawn
 *
 * Returns: (transfer full): the display
 */
WherryCpProgress *
wherry_cp_progress_new (gboolean quiet, WherryTerminalPrompter *prompter)
{
  WherryCpProgress *self = g_new0 (WherryCpProgress, 1);

  self->is_quiet = quiet;
  self->is_terminal = isatty (STDOUT_FILENO);
  self->prompter = prompter;
  return self;
}

/**
 * wherry_cp_progress_free:
 * @self: (nullable) (transfer full): the display
 */
void
wherry_cp_progress_free (WherryCpProgress *self)
{
  g_free (self);
}

/**
 * wherry_cp_progress_is_drawn:
 * @self: the display
 *
 * Returns: whether a bar is drawn, which needs to know how much is to be copied
 */
gboolean
wherry_cp_progress_is_drawn (WherryCpProgress *self)
{
  return self->is_terminal && !self->is_quiet;
}

/**
 * wherry_cp_progress_begin:
 * @self: the display
 *
 * To be called before a transfer is started.
 */
void
wherry_cp_progress_begin (WherryCpProgress *self)
{
  self->running_since = 0;
  self->told_at = g_get_monotonic_time ();
}

/**
 * wherry_cp_progress_update:
 * @self: the display
 * @transfer: the transfer at work
 *
 * Shows how far it is. To be called about ten times a second.
 */
void
wherry_cp_progress_update (WherryCpProgress *self, WherryTransfer *transfer)
{
  gint64 now = g_get_monotonic_time ();
  WherryProgress progress;

  if (wherry_transfer_get_state (transfer) != WHERRY_TRANSFER_RUNNING)
    return;
  if (self->running_since == 0)
    self->running_since = now;
  if (self->is_quiet
      || (self->prompter != NULL && wherry_terminal_prompter_is_asking (self->prompter))
      || (!self->is_terminal && now - self->told_at < PLAIN_INTERVAL))
    return;

  self->told_at = now;
  wherry_transfer_get_progress (transfer, &progress);
  if (self->is_terminal)
    draw (self, transfer, &progress, FALSE);
  else
    tell (transfer, &progress, FALSE);
}

/**
 * wherry_cp_progress_end:
 * @self: the display
 * @transfer: the transfer, which is over
 *
 * Shows what became of it and leaves an empty line to go on with.
 */
void
wherry_cp_progress_end (WherryCpProgress *self, WherryTransfer *transfer)
{
  gint64 now = g_get_monotonic_time ();
  gboolean is_done = wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_DONE;
  WherryProgress progress;

  wherry_transfer_get_progress (transfer, &progress);
  if (self->is_quiet || (!is_done && progress.files_done == 0))
    {
      if (self->has_line)
        wherry_cp_output_write (STDOUT_FILENO, "\n");
      self->has_line = FALSE;
      return;
    }

  /* A file may be through within the first tick. */
  gint64 elapsed = self->running_since == 0 ? 0 : now - self->running_since;
  progress.speed = elapsed == 0 ? (double) progress.bytes_done
                                : (double) progress.bytes_done * G_USEC_PER_SEC / (double) elapsed;
  if (self->is_terminal)
    draw (self, transfer, &progress, TRUE);
  else
    tell (transfer, &progress, TRUE);
}
