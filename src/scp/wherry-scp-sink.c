#include "config.h"

#include "scp/wherry-scp-sink.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "scp/wherry-scp-record.h"
#include "scp/wherry-scp-words.h"

/* What the next byte of the input is. */
typedef enum {
  PHASE_BETWEEN, /* the first byte of a record, of words or of noise */
  PHASE_RECORD,
  PHASE_WARNING, /* words behind \1 */
  PHASE_FATAL,   /* words behind \2 */
  PHASE_NOISE,   /* text in place of SCP */
  PHASE_CONTENT,
  PHASE_STATUS, /* the byte that follows the content */
  PHASE_DOUBT,  /* words behind a status of \1 */
} Phase;

struct _WherryScpSink {
  char *expected_name; /* (nullable) */
  WherryScpSinkFlags flags;

  Phase phase;
  GString *line;    /* what is kept of the record or the words being read */
  gsize line_bytes; /* bytes of them that came */
  GString *name;    /* of the last entry */
  char *shown;      /* of the name, for a message */
  GString *words;   /* the first the server said between entries */
  gboolean has_words;

  gboolean top_begun;
  gboolean has_times;
  WherryScpTimes times;
  guint64 remaining; /* content bytes of the current file */
  guint depth;       /* directories that are open */
  guint skip_depth;  /* the depth from which on all is passed over; 0: none */
  gboolean skip_file;

  guint64 consumed; /* records and file ends, each of which is owed a reply */
  guint64 given;    /* replies handed out */
  gboolean ended;
  GError *error;
};

/* The outcome of one step of the machine. */
typedef enum {
  STEP_ON,     /* go on with the next step */
  STEP_EVENT,  /* an event is there */
  STEP_HUNGRY, /* the input is used up */
  STEP_FAILED,
} Step;

/**
 * wherry_scp_sink_new:
 * @expected_name: (nullable): the last part of the path that was asked for, as
 *   bytes; %NULL with %WHERRY_SCP_SINK_ANY_TOP_NAME only
 * @flags: what is accepted
 *
 * Returns: (transfer full): a machine for the output of one `scp -f`
 */
WherryScpSink *
wherry_scp_sink_new (const char *expected_name, WherryScpSinkFlags flags)
{
  WherryScpSink *self;

  g_return_val_if_fail (expected_name != NULL || (flags & WHERRY_SCP_SINK_ANY_TOP_NAME), NULL);

  self = g_new0 (WherryScpSink, 1);
  self->expected_name = g_strdup (expected_name);
  self->flags = flags;
  self->line = g_string_new (NULL);
  self->name = g_string_new (NULL);
  self->words = g_string_new (NULL);
  return self;
}

/**
 * wherry_scp_sink_free:
 * @self: (transfer full) (nullable): a machine
 */
void
wherry_scp_sink_free (WherryScpSink *self)
{
  if (self == NULL)
    return;

  g_free (self->expected_name);
  g_string_free (self->line, TRUE);
  g_string_free (self->name, TRUE);
  g_string_free (self->words, TRUE);
  g_free (self->shown);
  g_clear_error (&self->error);
  g_free (self);
}

static Step
fail (WherryScpSink *self, GError *error)
{
  g_assert (self->error == NULL);

  self->error = error;
  return STEP_FAILED;
}

static Step
    G_GNUC_PRINTF (3, 4) fail_with (WherryScpSink *self, WherryError code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  fail (self, g_error_new_valist (WHERRY_ERROR, (int) code, format, args));
  va_end (args);
  return STEP_FAILED;
}

/* The name of the last entry, fit to be shown. */
static const char *
show_name (WherryScpSink *self)
{
  g_free (self->shown);
  self->shown = wherry_text_escape_name (self->name->str, self->name->len, WHERRY_TEXT_SERVER_MAX);
  return self->shown;
}

static gboolean
is_top_ended (WherryScpSink *self)
{
  return self->top_begun && self->depth == 0 && self->phase != PHASE_CONTENT
         && self->phase != PHASE_STATUS && self->phase != PHASE_DOUBT;
}

static void
begin_line (WherryScpSink *self, Phase phase)
{
  self->phase = phase;
  g_string_truncate (self->line, 0);
  self->line_bytes = 0;
}

/*
 * Moves input to the line, which keeps records whole up to one byte above their limit and of words
 * what is ever shown. Returns whether its newline was reached.
 */
static gboolean
take_line (WherryScpSink *self, const guint8 **input, gsize *length)
{
  const guint8 *newline;
  gsize n;

  if (*length == 0)
    return FALSE;
  newline = memchr (*input, '\n', *length);
  n = newline != NULL ? (gsize) (newline - *input) : *length;

  if (self->phase == PHASE_RECORD)
    g_string_append_len (self->line, (const char *) *input,
                         (gssize) MIN (n, WHERRY_SCP_RECORD_MAX + 1 - self->line->len));
  else
    wherry_scp_words_append (self->line, *input, n);

  self->line_bytes += n;
  *input += n;
  *length -= n;
  if (newline == NULL)
    return FALSE;
  (*input)++;
  (*length)--;
  return TRUE;
}

/*
 * Start-up files often print several lines. What is at hand of them makes the message clearer, but
 * waiting for more could be forever.
 */
static Step
fail_noise (WherryScpSink *self, const guint8 *input, gsize length)
{
  g_autofree char *shown = NULL;

  while (length > 0)
    {
      const guint8 *newline = memchr (input, '\n', length);
      gsize n = newline != NULL ? (gsize) (newline - input) : length;
      WherryScpRecord record;

      if (self->line->len > 0
          && (*input <= 2 || wherry_scp_record_parse ((const char *) input, n, &record, NULL)))
        break;
      if (self->line->len > 0)
        wherry_scp_words_append (self->line, (const guint8 *) "\n", 1);
      wherry_scp_words_append (self->line, input, n);
      if (newline == NULL)
        break;
      input += n + 1;
      length -= n + 1;
    }

  shown = wherry_text_escape (self->line->str, (gssize) self->line->len, WHERRY_TEXT_SERVER_MAX);
  if (self->top_begun)
    return fail_with (self, WHERRY_ERROR_PROTOCOL,
                      _ ("The server broke the SCP protocol: it sent text in place of a record: "
                         "“%s”"),
                      shown);
  return fail_with (self, WHERRY_ERROR_PROTOCOL,
                    /* Translators: %s is the text, as it came from the server. */
                    _ ("The server printed text in place of SCP: “%s”. Start-up files of the "
                       "account there (.bashrc and the like) must print nothing when no person "
                       "is logged in"),
                    shown);
}

static Step
fail_ended (WherryScpSink *self)
{
  if (self->phase == PHASE_CONTENT || self->phase == PHASE_STATUS)
    return fail_with (self, WHERRY_ERROR_DISCONNECTED,
                      _ ("The server stopped sending in the middle of “%s”"), show_name (self));
  if (self->phase == PHASE_RECORD || self->has_times || self->depth > 0)
    return fail_with (self, WHERRY_ERROR_DISCONNECTED, "%s",
                      _ ("The server stopped sending before everything was sent"));
  if (self->has_words)
    return fail (self, wherry_scp_words_to_error (self->words->str));
  return fail_with (self, WHERRY_ERROR_PROTOCOL, "%s",
                    _ ("The server sent nothing. It may have no scp program, or not "
                       "allow it for this account"));
}

/* Judges the name of an entry (rules R1 and R2). Returns STEP_ON or STEP_FAILED. */
static Step
check_name (WherryScpSink *self, gboolean *fit)
{
  gboolean top = self->depth == 0;
  WherryNameVerdict verdict;

  *fit = TRUE;
  if (top && (self->flags & WHERRY_SCP_SINK_ANY_TOP_NAME))
    {
      /* scp -f names "/" as the empty string, and "." and ".." as themselves. */
      if (self->name->len <= 2 && memcmp (self->name->str, "..", self->name->len) == 0)
        return STEP_ON;
    }
  else if (top
           && (strlen (self->expected_name) != self->name->len
               || memcmp (self->expected_name, self->name->str, self->name->len) != 0))
    return fail_with (self, WHERRY_ERROR_REFUSED_NAME,
                      _ ("The server sent “%s”, which was not asked for"), show_name (self));

  verdict = wherry_text_check_name (self->name->str, self->name->len);
  if (verdict == WHERRY_NAME_HOSTILE)
    return fail_with (self, WHERRY_ERROR_REFUSED_NAME,
                      _ ("The server sent the name “%s”, which could lead out of the folder"),
                      show_name (self));
  *fit = verdict == WHERRY_NAME_OK;
  return STEP_ON;
}

static Step
step_entry (WherryScpSink *self,
            const WherryScpRecord *record,
            WherryScpSinkEventType *type,
            WherryScpSinkEvent *event)
{
  gboolean is_file = record->kind == WHERRY_SCP_RECORD_FILE;
  gboolean inside_skipped = self->skip_depth > 0;
  gboolean fit;

  g_string_truncate (self->name, 0);
  g_string_append_len (self->name, record->name, (gssize) record->name_length);

  if (is_top_ended (self))
    return fail_with (self, WHERRY_ERROR_PROTOCOL,
                      _ ("The server sent “%s” after all that was asked for"), show_name (self));
  if (!is_file && !(self->flags & WHERRY_SCP_SINK_TREE))
    return fail_with (self, WHERRY_ERROR_PROTOCOL,
                      _ ("The server sent the folder “%s” in place of a file"), show_name (self));
  if (check_name (self, &fit) == STEP_FAILED)
    return STEP_FAILED;
  if (!is_file && self->depth == WHERRY_SCP_DEPTH_MAX)
    return fail_with (self, WHERRY_ERROR_TOO_DEEP, _ ("The folder “%s” is nested too deep"),
                      show_name (self));

  event->name = self->name->str;
  event->mode = record->mode;
  event->size = record->size;
  event->has_times = self->has_times;
  event->times = self->times;
  if (!fit)
    *type = WHERRY_SCP_SINK_SKIPPED;
  else
    *type = is_file ? WHERRY_SCP_SINK_FILE : WHERRY_SCP_SINK_DIRECTORY;

  self->top_begun = TRUE;
  self->has_times = FALSE;
  self->times = (WherryScpTimes){ 0 };
  if (is_file)
    {
      self->phase = record->size > 0 ? PHASE_CONTENT : PHASE_STATUS;
      self->remaining = record->size;
      self->skip_file = inside_skipped || !fit;
    }
  else
    {
      self->depth++;
      if (!fit && !inside_skipped)
        self->skip_depth = self->depth;
    }
  return inside_skipped ? STEP_ON : STEP_EVENT;
}

static Step
step_end (WherryScpSink *self, WherryScpSinkEventType *type)
{
  gboolean skipped = self->skip_depth > 0;

  if (self->depth == 0)
    return fail_with (self, WHERRY_ERROR_PROTOCOL, "%s",
                      _ ("The server broke the SCP protocol: it ended a folder that was "
                         "not begun"));

  if (self->skip_depth == self->depth)
    self->skip_depth = 0;
  self->depth--;
  *type = WHERRY_SCP_SINK_DIRECTORY_END;
  return skipped ? STEP_ON : STEP_EVENT;
}

/* Greetings begin with "Debian" or "Could not" as well: behind its letter every record has a digit.
 */
static gboolean
is_greeting (WherryScpSink *self)
{
  return !self->top_begun && self->line->len > 1 && g_ascii_isalpha (self->line->str[1]);
}

static Step
step_record (WherryScpSink *self,
             const guint8 *rest,
             gsize rest_length,
             WherryScpSinkEventType *type,
             WherryScpSinkEvent *event)
{
  WherryScpRecord record;
  GError *error = NULL;

  if (is_greeting (self))
    {
      g_string_truncate (self->line, WHERRY_TEXT_SERVER_MAX + 1);
      return fail_noise (self, rest, rest_length);
    }
  if (!wherry_scp_record_parse (self->line->str, self->line->len, &record, &error))
    return fail (self, error);
  if (self->has_times && record.kind != WHERRY_SCP_RECORD_FILE
      && record.kind != WHERRY_SCP_RECORD_DIRECTORY)
    return fail_with (self, WHERRY_ERROR_PROTOCOL, "%s",
                      _ ("The server broke the SCP protocol: it sent times that belong "
                         "to nothing"));

  self->phase = PHASE_BETWEEN;
  self->consumed++;
  switch (record.kind)
    {
    case WHERRY_SCP_RECORD_TIMES:
      if (is_top_ended (self))
        return fail_with (self, WHERRY_ERROR_PROTOCOL, "%s",
                          _ ("The server broke the SCP protocol: it sent more than was "
                             "asked for"));
      self->has_times = TRUE;
      self->times = record.times;
      return STEP_ON;

    case WHERRY_SCP_RECORD_END:
      return step_end (self, type);

    case WHERRY_SCP_RECORD_FILE:
    case WHERRY_SCP_RECORD_DIRECTORY:
    default:
      return step_entry (self, &record, type, event);
    }
}

/* A complete line: a record, words or noise. */
static Step
step_line (WherryScpSink *self,
           const guint8 *rest,
           gsize rest_length,
           WherryScpSinkEventType *type,
           WherryScpSinkEvent *event)
{
  switch (self->phase)
    {
    case PHASE_RECORD:
      return step_record (self, rest, rest_length, type, event);

    case PHASE_WARNING:
      self->phase = PHASE_BETWEEN;
      /* The entry its times were for does not come. */
      self->has_times = FALSE;
      self->times = (WherryScpTimes){ 0 };
      if (!self->has_words)
        g_string_append (self->words, self->line->str);
      self->has_words = TRUE;
      event->text = self->line->str;
      *type = WHERRY_SCP_SINK_WARNING;
      return STEP_EVENT;

    case PHASE_DOUBT:
      self->phase = PHASE_BETWEEN;
      self->consumed++;
      event->text = self->line->str;
      *type = WHERRY_SCP_SINK_FILE_END;
      return self->skip_file ? STEP_ON : STEP_EVENT;

    case PHASE_FATAL:
      return fail (self, wherry_scp_words_to_error (self->line->str));

    case PHASE_NOISE:
      return fail_noise (self, rest, rest_length);

    case PHASE_BETWEEN:
    case PHASE_CONTENT:
    case PHASE_STATUS:
    default:
      g_assert_not_reached ();
    }
}

/* The first byte of a line says what the line is. */
static Step
step_between (WherryScpSink *self, const guint8 **input, gsize *length)
{
  guint8 first = **input;

  if (first == 1 || first == 2)
    {
      begin_line (self, first == 1 ? PHASE_WARNING : PHASE_FATAL);
      (*input)++;
      (*length)--;
    }
  else if (first == 'T' || first == 'C' || first == 'D' || first == 'E')
    begin_line (self, PHASE_RECORD);
  else
    {
      begin_line (self, PHASE_NOISE);
      /* Only a greeting is worth waiting for its end; what else it is may have none. */
      if (self->top_begun || first == '\0')
        return fail_noise (self, *input, *length);
    }
  return STEP_ON;
}

static Step
step_content (WherryScpSink *self,
              const guint8 **input,
              gsize *length,
              WherryScpSinkEventType *type,
              WherryScpSinkEvent *event)
{
  gsize n = (gsize) MIN (self->remaining, *length);

  event->data = *input;
  event->length = n;
  *type = WHERRY_SCP_SINK_DATA;

  *input += n;
  *length -= n;
  self->remaining -= n;
  if (self->remaining == 0)
    self->phase = PHASE_STATUS;
  return self->skip_file ? STEP_ON : STEP_EVENT;
}

static Step
step_status (WherryScpSink *self, const guint8 **input, gsize *length, WherryScpSinkEventType *type)
{
  guint8 status = **input;

  if (status > 2)
    return fail_with (self, WHERRY_ERROR_PROTOCOL,
                      _ ("The server broke the SCP protocol: it sent more of “%s” than announced"),
                      show_name (self));

  (*input)++;
  (*length)--;
  if (status > 0)
    {
      begin_line (self, status == 1 ? PHASE_DOUBT : PHASE_FATAL);
      return STEP_ON;
    }

  self->phase = PHASE_BETWEEN;
  self->consumed++;
  *type = WHERRY_SCP_SINK_FILE_END;
  return self->skip_file ? STEP_ON : STEP_EVENT;
}

static Step
step (WherryScpSink *self,
      const guint8 **input,
      gsize *length,
      WherryScpSinkEventType *type,
      WherryScpSinkEvent *event)
{
  gboolean in_line
      = self->phase != PHASE_BETWEEN && self->phase != PHASE_CONTENT && self->phase != PHASE_STATUS;

  if (in_line)
    {
      gboolean complete = take_line (self, input, length);

      if (self->phase == PHASE_RECORD && self->line->len > WHERRY_SCP_RECORD_MAX)
        return fail_with (self, WHERRY_ERROR_PROTOCOL, "%s",
                          _ ("The server broke the SCP protocol: it sent a record "
                             "without end"));
      if (self->line_bytes > WHERRY_SCP_WORDS_SCAN_MAX)
        return fail_with (self, WHERRY_ERROR_PROTOCOL, "%s",
                          _ ("The server broke the SCP protocol: it sent a line "
                             "without end"));
      if (!complete && !self->ended)
        return STEP_HUNGRY;
      /* Words may end with the input, but a record cut off so may have lost part of its name. */
      if (!complete && self->phase == PHASE_RECORD && !is_greeting (self))
        return fail_ended (self);
      return step_line (self, *input, *length, type, event);
    }

  if (*length == 0)
    {
      if (!self->ended)
        return STEP_HUNGRY;
      if (!is_top_ended (self))
        return fail_ended (self);
      *type = WHERRY_SCP_SINK_DONE;
      return STEP_EVENT;
    }
  if (self->phase == PHASE_CONTENT)
    return step_content (self, input, length, type, event);
  if (self->phase == PHASE_STATUS)
    return step_status (self, input, length, type);
  return step_between (self, input, length);
}

/**
 * wherry_scp_sink_next:
 * @self: a machine
 * @input: (inout): bytes of the server; moved past what was used
 * @length: (inout): how many of them are left
 * @event: (out caller-allocates): what the event is about
 * @error: return location for a #GError, set for %WHERRY_SCP_SINK_FAILED only
 *
 * Takes input until something can be told. Follows sink() of OpenSSH's scp.c,
 * more strictly (rules R1, R2, R5, R7): see the error codes below.
 *
 * Words of the server between entries are told as they come. If no entry
 * follows them, the error at the end repeats the first of them; otherwise the
 * transfer may still end as %WHERRY_SCP_SINK_DONE.
 *
 * Errors: %WHERRY_ERROR_PROTOCOL, %WHERRY_ERROR_REFUSED_NAME,
 * %WHERRY_ERROR_TOO_DEEP, %WHERRY_ERROR_DISCONNECTED (the input ended too
 * early), and those of wherry_scp_words_to_error(). An input that ended with
 * nothing in it at all is %WHERRY_ERROR_PROTOCOL: the exit status of the
 * command may tell more.
 *
 * Returns: what happened
 */
WherryScpSinkEventType
wherry_scp_sink_next (WherryScpSink *self,
                      const guint8 **input,
                      gsize *length,
                      WherryScpSinkEvent *event,
                      GError **error)
{
  WherryScpSinkEventType type = WHERRY_SCP_SINK_NEED_INPUT;
  Step outcome = STEP_ON;

  g_return_val_if_fail (self != NULL && event != NULL, WHERRY_SCP_SINK_FAILED);
  g_return_val_if_fail (input != NULL && length != NULL, WHERRY_SCP_SINK_FAILED);
  g_return_val_if_fail (*input != NULL || *length == 0, WHERRY_SCP_SINK_FAILED);

  *event = (WherryScpSinkEvent){ 0 };
  while (self->error == NULL && outcome == STEP_ON)
    {
      *event = (WherryScpSinkEvent){ 0 };
      outcome = step (self, input, length, &type, event);
    }

  if (self->error != NULL)
    {
      *event = (WherryScpSinkEvent){ 0 };
      g_propagate_error (error, g_error_copy (self->error));
      return WHERRY_SCP_SINK_FAILED;
    }
  return outcome == STEP_EVENT ? type : WHERRY_SCP_SINK_NEED_INPUT;
}

/**
 * wherry_scp_sink_end_of_input:
 * @self: a machine
 *
 * Says that nothing comes behind the input given so far. Call
 * wherry_scp_sink_next() with what is left of it until it returns
 * %WHERRY_SCP_SINK_DONE or %WHERRY_SCP_SINK_FAILED.
 */
void
wherry_scp_sink_end_of_input (WherryScpSink *self)
{
  g_return_if_fail (self != NULL);

  self->ended = TRUE;
}

/**
 * wherry_scp_sink_take_replies:
 * @self: a machine
 * @buffer: (out caller-allocates) (array length=size): where replies are put
 * @size: room in it, in bytes
 * @ahead: how many replies may be out before the records they answer came
 *
 * Gives the replies to send now (rule R7): one to begin with, one for each
 * record and each file's end that came, and @ahead more, so that the server
 * need not wait for them. Every reply is `\0`: what goes wrong here is the
 * caller's to remember, and a server that knew of it could only stop. None are
 * given once the machine failed, and none ahead once all that was asked for
 * came.
 *
 * Returns: how many bytes were put into @buffer
 */
gsize
wherry_scp_sink_take_replies (WherryScpSink *self, guint8 *buffer, gsize size, guint ahead)
{
  guint64 due;
  gsize n;

  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (buffer != NULL || size == 0, 0);

  if (self->error != NULL || self->ended)
    return 0;

  due = 1 + self->consumed + (is_top_ended (self) ? 0 : ahead);
  if (due <= self->given)
    return 0;

  n = (gsize) MIN (due - self->given, size);
  if (n > 0)
    memset (buffer, 0, n);
  self->given += n;
  return n;
}
