#include "config.h"

#include "scp/wherry-scp-source-private.h"

#include <string.h>

#include "scp/wherry-scp-words.h"

static void
break_off (WherryScpSource *self, gboolean has_words, gboolean is_noise)
{
  g_assert (!self->broken);

  self->broken = TRUE;
  self->break_untold = TRUE;
  self->break_has_words = has_words;
  self->break_is_noise = is_noise;
  self->n_owed = 0;
  g_byte_array_set_size (self->output, 0);
  self->output_begin = 0;
}

static WherryScpSourceEventType
tell (WherryScpSource *self,
      WherryScpSourceEvent *event,
      WherryScpSourceEventType type,
      guint64 tag,
      gboolean has_words)
{
  event->tag = tag;
  event->text = has_words ? self->words->str : NULL;
  return type;
}

/* What the next reply answers; NULL also when that has not gone out yet. */
static const WherryScpOwed *
peek_asked (WherryScpSource *self)
{
  const WherryScpOwed *owed = wherry_scp_source_peek_owed (self);
  guint64 taken = self->put - (self->output->len - self->output_begin);

  return owed != NULL && owed->offset <= taken ? owed : NULL;
}

/* Whether the current file's record was answered, or all of it will be by what is not out yet. */
static gboolean
is_inside_file (WherryScpSource *self)
{
  return self->file == FILE_OPEN && !self->judged && self->n_owed == 0;
}

/* `\0` */
static WherryScpSourceEventType
take_good_reply (WherryScpSource *self, WherryScpSourceEvent *event)
{
  WherryScpOwed owed;

  if (peek_asked (self) == NULL)
    {
      break_off (self, FALSE, FALSE);
      return WHERRY_SCP_SOURCE_NEED_INPUT;
    }

  owed = wherry_scp_source_pop_owed (self);
  self->may_repeat = FALSE;
  switch ((WherryScpOwedKind) owed.kind)
    {
    case OWED_FILE:
      if (self->file == FILE_ASKED && self->n_owed == 0)
        self->file = FILE_OPEN;
      return WHERRY_SCP_SOURCE_NEED_INPUT;

    case OWED_FILE_END:
      event->begun = TRUE;
      return tell (self, event,
                   owed.failed ? WHERRY_SCP_SOURCE_FILE_FAILED : WHERRY_SCP_SOURCE_FILE_DONE,
                   owed.tag, FALSE);

    case OWED_DIRECTORY:
      self->directory_asked = FALSE;
      g_array_append_val (self->directories, owed.tag);
      return tell (self, event, WHERRY_SCP_SOURCE_DIRECTORY_DONE, owed.tag, FALSE);

    case OWED_DIRECTORY_END:
      self->may_repeat = (self->flags & WHERRY_SCP_SOURCE_PRESERVE) != 0;
      self->repeat_tag = owed.tag;
      return tell (self, event, WHERRY_SCP_SOURCE_DIRECTORY_CLOSED, owed.tag, FALSE);

    case OWED_GREETING:
    case OWED_TIMES:
    default:
      return WHERRY_SCP_SOURCE_NEED_INPUT;
    }
}

/*
 * Where dropbear and OpenSSH before 8.3 fail to truncate a file and to set its mode, they answer it
 * with two `\1`, and a directory whose times they can't set with `\0` and `\1`. Nothing in a
 * reply says which it is. But no honest sink refuses a `T` or an `E` and goes on, so where one of
 * them, or nothing, is owed, it is a complaint about what was answered just before. Where a `C` or
 * `D` is owed, both can be, and to guess wrong means to count wrong from there on: to report files
 * as done that are not. So that ends this sink; on the next one that entry comes first, and its
 * answer can't be mistaken.
 */
static gboolean
is_second_complaint (WherryScpSource *self, const WherryScpOwed *owed)
{
  return self->may_repeat
         && (owed == NULL || owed->kind == OWED_TIMES || owed->kind == OWED_DIRECTORY_END);
}

static WherryScpSourceEventType
take_refused_file (WherryScpSource *self, WherryScpSourceEvent *event, guint64 tag)
{
  gboolean current = self->file != FILE_NONE && self->n_owed == 0;

  if (current && !self->content_sent)
    self->file = FILE_NONE;
  else
    break_off (self, FALSE, FALSE);
  return tell (self, event, WHERRY_SCP_SOURCE_FILE_FAILED, tag, TRUE);
}

/* A complaint about the current file before its end was put or went out. */
static WherryScpSourceEventType
take_early_complaint (WherryScpSource *self, WherryScpSourceEvent *event)
{
  const WherryScpOwed *owed = wherry_scp_source_peek_owed (self);

  if (owed != NULL && owed->kind == OWED_FILE_END)
    {
      /* dropbear complains of its disk before it reads the status byte, and no more then. */
      guint64 tag = wherry_scp_source_pop_owed (self).tag;

      self->may_repeat = TRUE;
      self->repeat_tag = tag;
      event->begun = TRUE;
      return tell (self, event, WHERRY_SCP_SOURCE_FILE_FAILED, tag, TRUE);
    }

  if (!is_inside_file (self))
    {
      break_off (self, TRUE, FALSE);
      return WHERRY_SCP_SOURCE_NEED_INPUT;
    }

  if (self->remaining > 0)
    break_off (self, FALSE, FALSE);
  self->judged = TRUE;
  self->may_repeat = TRUE;
  self->repeat_tag = self->file_tag;
  event->begun = TRUE;
  return tell (self, event, WHERRY_SCP_SOURCE_FILE_FAILED, self->file_tag, TRUE);
}

/* `\1` and words: an error, the sink goes on. */
static WherryScpSourceEventType
take_bad_reply (WherryScpSource *self, WherryScpSourceEvent *event)
{
  const WherryScpOwed *asked = peek_asked (self);
  WherryScpOwed owed;

  if (is_second_complaint (self, asked))
    return tell (self, event, WHERRY_SCP_SOURCE_WARNING, self->repeat_tag, TRUE);
  if (asked == NULL)
    return take_early_complaint (self, event);
  if (self->may_repeat)
    {
      break_off (self, TRUE, FALSE);
      return WHERRY_SCP_SOURCE_NEED_INPUT;
    }

  owed = wherry_scp_source_pop_owed (self);
  switch ((WherryScpOwedKind) owed.kind)
    {
    case OWED_TIMES:
      return tell (self, event, WHERRY_SCP_SOURCE_WARNING, owed.tag, TRUE);

    case OWED_FILE:
      return take_refused_file (self, event, owed.tag);

    case OWED_FILE_END:
      self->may_repeat = TRUE;
      self->repeat_tag = owed.tag;
      event->begun = TRUE;
      return tell (self, event, WHERRY_SCP_SOURCE_FILE_FAILED, owed.tag, TRUE);

    case OWED_DIRECTORY:
      self->directory_asked = FALSE;
      return tell (self, event, WHERRY_SCP_SOURCE_DIRECTORY_FAILED, owed.tag, TRUE);

    case OWED_DIRECTORY_END:
      return tell (self, event, WHERRY_SCP_SOURCE_DIRECTORY_CLOSED, owed.tag, TRUE);

    case OWED_GREETING:
    default:
      break_off (self, TRUE, FALSE);
      return WHERRY_SCP_SOURCE_NEED_INPUT;
    }
}

/* `\2` and words: an error, the sink is gone. */
static WherryScpSourceEventType
take_fatal_reply (WherryScpSource *self, WherryScpSourceEvent *event)
{
  const WherryScpOwed *asked = peek_asked (self);
  WherryScpOwedKind kind = asked != NULL ? (WherryScpOwedKind) asked->kind : OWED_GREETING;
  guint64 tag = asked != NULL ? asked->tag : 0;

  if (asked == NULL && is_inside_file (self))
    {
      kind = OWED_FILE_END;
      tag = self->file_tag;
    }

  break_off (self, TRUE, FALSE);
  event->begun = kind == OWED_FILE_END;
  if (kind == OWED_FILE || kind == OWED_FILE_END)
    return tell (self, event, WHERRY_SCP_SOURCE_FILE_FAILED, tag, TRUE);
  if (kind == OWED_DIRECTORY)
    return tell (self, event, WHERRY_SCP_SOURCE_DIRECTORY_FAILED, tag, TRUE);
  return WHERRY_SCP_SOURCE_NEED_INPUT;
}

/* Takes words up to and with their newline. Returns whether they are complete. */
static gboolean
take_words (WherryScpSource *self, const guint8 **input, gsize *length)
{
  const guint8 *newline;
  gsize n;

  if (*length == 0)
    return FALSE;
  newline = memchr (*input, '\n', *length);
  n = newline != NULL ? (gsize) (newline - *input) : *length;

  wherry_scp_words_append (self->words, *input, n);
  self->words_bytes += n;
  *input += n;
  *length -= n;
  if (newline == NULL)
    return FALSE;
  (*input)++;
  (*length)--;
  return TRUE;
}

static WherryScpSourceEventType
take_line (WherryScpSource *self, const guint8 **input, gsize *length, WherryScpSourceEvent *event)
{
  gboolean complete = take_words (self, input, length);
  Reading reading = self->reading;

  if (self->words_bytes > WHERRY_SCP_WORDS_SCAN_MAX)
    {
      break_off (self, TRUE, reading == READING_NOISE);
      return WHERRY_SCP_SOURCE_NEED_INPUT;
    }
  if (!complete && !self->ended)
    return WHERRY_SCP_SOURCE_NEED_INPUT;

  self->reading = READING_REPLY;
  if (reading == READING_ERROR)
    return take_bad_reply (self, event);
  if (reading == READING_FATAL)
    return take_fatal_reply (self, event);

  /* Start-up files often print several lines; what is at hand of them makes the message clearer. */
  while (*length > 0 && **input > 2)
    {
      wherry_scp_words_append (self->words, (const guint8 *) "\n", 1);
      take_words (self, input, length);
    }
  break_off (self, TRUE, TRUE);
  return WHERRY_SCP_SOURCE_NEED_INPUT;
}

static WherryScpSourceEventType
take_reply (WherryScpSource *self, const guint8 **input, gsize *length, WherryScpSourceEvent *event)
{
  guint8 code = **input;
  const WherryScpOwed *owed = wherry_scp_source_peek_owed (self);

  if (code > 2 && (owed == NULL || owed->kind != OWED_GREETING))
    {
      /* It was in step before, so this is no greeting, and may have no end to wait for. */
      g_string_truncate (self->words, 0);
      take_words (self, input, length);
      break_off (self, TRUE, FALSE);
      return WHERRY_SCP_SOURCE_NEED_INPUT;
    }

  if (code <= 2)
    {
      (*input)++;
      (*length)--;
    }
  if (code == 0)
    return take_good_reply (self, event);

  g_string_truncate (self->words, 0);
  self->words_bytes = 0;
  self->reading = code == 1 ? READING_ERROR : code == 2 ? READING_FATAL : READING_NOISE;
  return WHERRY_SCP_SOURCE_NEED_INPUT;
}

/**
 * wherry_scp_source_next:
 * @self: a machine
 * @input: (inout): reply bytes of the server; moved past what was used
 * @length: (inout): how many of them are left
 * @event: (out caller-allocates): what the event is about
 *
 * Takes replies until something can be told. They are matched by counting, in
 * the order of what they answer (response() and sink() of OpenSSH's scp.c). A
 * reply to what was not taken from the machine yet breaks it.
 *
 * A refused file whose content may be out already is told as
 * %WHERRY_SCP_SOURCE_FILE_FAILED, and %WHERRY_SCP_SOURCE_BROKE follows: the
 * sink takes the content for records and ends. What has no verdict then is to
 * be sent to another sink.
 *
 * Returns: what happened; %WHERRY_SCP_SOURCE_NEED_INPUT once the input is used
 *   up
 */
WherryScpSourceEventType
wherry_scp_source_next (WherryScpSource *self,
                        const guint8 **input,
                        gsize *length,
                        WherryScpSourceEvent *event)
{
  WherryScpSourceEventType type = WHERRY_SCP_SOURCE_NEED_INPUT;

  g_return_val_if_fail (self != NULL && event != NULL, WHERRY_SCP_SOURCE_NEED_INPUT);
  g_return_val_if_fail (input != NULL && length != NULL, WHERRY_SCP_SOURCE_NEED_INPUT);
  g_return_val_if_fail (*input != NULL || *length == 0, WHERRY_SCP_SOURCE_NEED_INPUT);

  *event = (WherryScpSourceEvent){ 0 };
  while (!self->broken && type == WHERRY_SCP_SOURCE_NEED_INPUT
         && (*length > 0 || (self->ended && self->reading != READING_REPLY)))
    type = self->reading == READING_REPLY ? take_reply (self, input, length, event)
                                          : take_line (self, input, length, event);
  if (type != WHERRY_SCP_SOURCE_NEED_INPUT)
    return type;

  if (!self->broken && self->ended
      && wherry_scp_source_get_state (self) != WHERRY_SCP_SOURCE_FINISHED)
    break_off (self, FALSE, FALSE);

  if (self->break_untold)
    {
      self->break_untold = FALSE;
      event->noise = self->break_is_noise;
      return tell (self, event, WHERRY_SCP_SOURCE_BROKE, 0, self->break_has_words);
    }
  if (self->broken && *length > 0)
    {
      *input += *length;
      *length = 0;
    }
  return WHERRY_SCP_SOURCE_NEED_INPUT;
}
