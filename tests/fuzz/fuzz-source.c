/*
 * Whatever a server answers, and whenever: every entry has one verdict at most, only what was sent
 * whole is ever done, and no content goes ahead where it must not.
 */
#include <string.h>

#include "scp/wherry-scp-ahead.h"
#include "scp/wherry-scp-source.h"
#include "fuzz.h"

typedef enum {
  NOT_SENT,
  SENT, /* a file: whole and vouched for */
  JUDGED,
  CLOSING, /* a directory: made, and its end sent */
} Fate;

typedef struct {
  WherryScpSource *source;
  WherryScpSourceFlags flags;
  GArray *fates; /* guint8, by tag */
  GArray *open;  /* guint64, tags of directories */
  guint64 current;
  guint64 n_good_replies; /* zero bytes fed */
  guint64 n_done;
  gboolean broke;
} Model;

static guint8 *
fate (Model *model, guint64 tag)
{
  g_assert (tag < model->fates->len);
  return &g_array_index (model->fates, guint8, tag);
}

static void
check_event (Model *model, WherryScpSourceEventType type, const WherryScpSourceEvent *event)
{
  g_assert (!model->broke);
  g_assert (event->text == NULL || strlen (event->text) <= 1025);
  switch (type)
    {
    case WHERRY_SCP_SOURCE_FILE_DONE:
      g_assert (*fate (model, event->tag) == SENT);
      *fate (model, event->tag) = JUDGED;
      g_assert (++model->n_done <= model->n_good_replies);
      break;
    case WHERRY_SCP_SOURCE_FILE_FAILED:
    case WHERRY_SCP_SOURCE_DIRECTORY_FAILED:
      g_assert (*fate (model, event->tag) <= SENT);
      *fate (model, event->tag) = JUDGED;
      break;
    case WHERRY_SCP_SOURCE_DIRECTORY_DONE:
      g_assert (*fate (model, event->tag) == NOT_SENT);
      *fate (model, event->tag) = JUDGED;
      g_array_append_val (model->open, event->tag);
      break;
    case WHERRY_SCP_SOURCE_DIRECTORY_CLOSED:
      g_assert (*fate (model, event->tag) == CLOSING);
      *fate (model, event->tag) = JUDGED;
      break;
    case WHERRY_SCP_SOURCE_BROKE:
      g_assert (wherry_scp_source_get_state (model->source) == WHERRY_SCP_SOURCE_BROKEN);
      model->broke = TRUE;
      break;
    case WHERRY_SCP_SOURCE_WARNING:
      g_assert (event->text != NULL && event->tag < model->fates->len);
      break;
    case WHERRY_SCP_SOURCE_NEED_INPUT:
    default:
      g_assert_not_reached ();
    }
}

static void
feed (Model *model, const guint8 *bytes, gsize length)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, length);
  const guint8 *input = copy;
  WherryScpSourceEvent event;
  WherryScpSourceEventType type;

  for (gsize i = 0; i < length; i++)
    model->n_good_replies += bytes[i] == 0;
  while ((type = wherry_scp_source_next (model->source, &input, &length, &event))
         != WHERRY_SCP_SOURCE_NEED_INPUT)
    check_event (model, type, &event);
  g_assert (length == 0);
  g_assert ((wherry_scp_source_get_state (model->source) == WHERRY_SCP_SOURCE_BROKEN)
            == model->broke);
}

static void
take_some (Model *model, gsize size)
{
  guint8 buffer[256];

  wherry_scp_source_take_output (model->source, buffer, MIN (size, sizeof buffer));
}

static void
take_all (Model *model)
{
  while (wherry_scp_source_has_output (model->source))
    take_some (model, 256);
}

static guint64
new_tag (Model *model)
{
  const guint8 none = NOT_SENT;

  g_array_append_val (model->fates, none);
  return model->fates->len - 1;
}

static void
begin_entry (Model *model, Dice *dice)
{
  const WherryScpTimes times = { .mtime = dice_byte (dice) - 3, .atime = 5 };
  const WherryScpTimes *given = times.mtime % 2 ? &times : NULL;
  guint8 choice = dice_byte (dice);
  guint8 first = dice_byte (dice);
  guint64 tag = new_tag (model);
  guint64 size = choice >> 4;
  gboolean waits;

  if (choice % 4 == 0 && model->open->len < 8)
    {
      wherry_scp_source_directory (model->source, "name", 0755, given, tag);
      g_assert (wherry_scp_source_get_state (model->source) == WHERRY_SCP_SOURCE_WAIT);
      return;
    }

  if (choice % 8 == 1)
    {
      model->flags ^= WHERRY_SCP_SOURCE_PIPELINE;
      wherry_scp_source_set_pipeline (model->source,
                                      (model->flags & WHERRY_SCP_SOURCE_PIPELINE) != 0);
      g_assert (wherry_scp_source_get_state (model->source) == WHERRY_SCP_SOURCE_READY);
    }
  model->current = tag;
  wherry_scp_source_file (model->source, "name", 0644, size, given, &first, 1, tag);
  waits = !(model->flags & WHERRY_SCP_SOURCE_PIPELINE)
          || !wherry_scp_may_go_ahead (&first, 1, size,
                                       (model->flags & WHERRY_SCP_SOURCE_PRESERVE) != 0);
  g_assert (wherry_scp_source_get_state (model->source)
            == (waits ? WHERRY_SCP_SOURCE_WAIT : WHERRY_SCP_SOURCE_DATA));
}

static void
go_on (Model *model, Dice *dice)
{
  guint64 remaining = wherry_scp_source_get_remaining (model->source);

  if (remaining > 0)
    {
      take_all (model);
      wherry_scp_source_data_sent (model->source, dice_up_to (dice, remaining));
      return;
    }
  if (dice_byte (dice) % 8 == 0)
    wherry_scp_source_end_file (model->source, "failed\n\1");
  else
    {
      if (*fate (model, model->current) == NOT_SENT)
        *fate (model, model->current) = SENT;
      wherry_scp_source_end_file (model->source, NULL);
    }
}

static void
end_directory (Model *model)
{
  guint64 tag = g_array_index (model->open, guint64, model->open->len - 1);

  wherry_scp_source_end_directory (model->source);
  *fate (model, tag) = CLOSING;
  g_array_set_size (model->open, model->open->len - 1);
}

static void
act (Model *model, Dice *dice)
{
  guint8 choice = dice_byte (dice);

  switch (wherry_scp_source_get_state (model->source))
    {
    case WHERRY_SCP_SOURCE_READY:
      if (choice % 8 == 0 && model->open->len == 0)
        wherry_scp_source_finish (model->source);
      else if (choice % 4 == 1 && model->open->len > 0)
        end_directory (model);
      else
        begin_entry (model, dice);
      break;
    case WHERRY_SCP_SOURCE_DATA:
      go_on (model, dice);
      break;
    case WHERRY_SCP_SOURCE_FINISHED:
      g_assert (wherry_scp_source_get_n_pending (model->source) == 0);
      break;
    case WHERRY_SCP_SOURCE_WAIT:
    case WHERRY_SCP_SOURCE_BROKEN:
    default:
      break;
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Dice dice = { data, size };
  Model model = {
    .flags = dice_byte (&dice) & (WHERRY_SCP_SOURCE_PRESERVE | WHERRY_SCP_SOURCE_PIPELINE),
    .fates = g_array_new (FALSE, FALSE, 1),
    .open = g_array_new (FALSE, FALSE, sizeof (guint64)),
  };
  WherryScpSourceState state;

  model.source = wherry_scp_source_new (model.flags);
  while (dice.length > 0)
    {
      guint8 choice = dice_byte (&dice);

      if (choice % 4 == 0)
        act (&model, &dice);
      else if (choice % 4 == 1)
        take_some (&model, choice);
      else if (choice % 4 == 2)
        {
          gsize n = MIN (choice / 4, dice.length);

          feed (&model, dice.bytes, n);
          dice.bytes += n;
          dice.length -= n;
        }
      else
        feed (&model, (const guint8 *) "\0\0\0\0\0\0\0", choice / 4 % 8);
    }

  wherry_scp_source_end_of_input (model.source);
  feed (&model, NULL, 0);
  state = wherry_scp_source_get_state (model.source);
  g_assert (state == WHERRY_SCP_SOURCE_FINISHED || state == WHERRY_SCP_SOURCE_BROKEN);
  if (state == WHERRY_SCP_SOURCE_FINISHED)
    for (guint64 tag = 0; tag < model.fates->len; tag++)
      g_assert (*fate (&model, tag) == JUDGED);

  wherry_scp_source_free (model.source);
  g_array_unref (model.fates);
  g_array_unref (model.open);
  return 0;
}
