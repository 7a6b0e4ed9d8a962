/*
 * Whatever a server sends, events nest, names lead nowhere, content is as long as announced, no
 * reply is given for what did not come, and it makes no difference in what pieces it came.
 */
#include <gio/gio.h>
#include <string.h>

#include "base/wherry-text.h"
#include "scp/wherry-scp-sink.h"
#include "fuzz.h"

typedef struct {
  WherryScpSink *sink;
  WherryScpSinkFlags flags;
  GString *transcript;
  guint depth;
  gboolean in_file;
  gboolean over;
  guint n_tops;
  guint64 remaining;

  guint ahead;
  guint64 n_ends; /* bytes fed that may have ended a record or a file */
  guint64 n_replies;
} Model;

static void
check_name (Model *model, const char *name, gboolean skipped)
{
  WherryNameVerdict verdict = wherry_text_check_name (name, strlen (name));

  if (model->depth == 0)
    {
      g_assert (model->n_tops++ == 0);
      if (!(model->flags & WHERRY_SCP_SINK_ANY_TOP_NAME))
        g_assert (strcmp (name, "d") == 0);
      else if (*name == '\0' || strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
        return;
    }
  g_assert (verdict == (skipped ? WHERRY_NAME_UNFIT : WHERRY_NAME_OK));
}

static void
note (Model *model, WherryScpSinkEventType type, const WherryScpSinkEvent *event)
{
  g_string_append_printf (model->transcript,
                          "%d %s %o %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                          " %s\n",
                          type, event->name != NULL ? event->name : "", event->mode, event->size,
                          event->times.mtime, event->times.atime,
                          event->text != NULL ? event->text : "");
}

static void
check_event (Model *model, WherryScpSinkEventType type, const WherryScpSinkEvent *event)
{
  gboolean is_entry = type == WHERRY_SCP_SINK_FILE || type == WHERRY_SCP_SINK_DIRECTORY
                      || type == WHERRY_SCP_SINK_SKIPPED;

  g_assert (!model->over);
  g_assert (is_entry == (event->name != NULL));
  if (type != WHERRY_SCP_SINK_DATA)
    note (model, type, event);
  if (is_entry)
    {
      g_assert (!model->in_file);
      g_assert (event->mode <= 07777 && event->size <= G_MAXINT64);
      check_name (model, event->name, type == WHERRY_SCP_SINK_SKIPPED);
    }

  switch (type)
    {
    case WHERRY_SCP_SINK_FILE:
      model->in_file = TRUE;
      model->remaining = event->size;
      break;
    case WHERRY_SCP_SINK_DATA:
      g_assert (model->in_file && event->length > 0 && event->length <= model->remaining);
      model->remaining -= event->length;
      g_string_append_len (model->transcript, (const char *) event->data, (gssize) event->length);
      break;
    case WHERRY_SCP_SINK_FILE_END:
      g_assert (model->in_file && model->remaining == 0);
      model->in_file = FALSE;
      break;
    case WHERRY_SCP_SINK_DIRECTORY:
      g_assert (model->flags & WHERRY_SCP_SINK_TREE);
      g_assert (++model->depth <= WHERRY_SCP_DEPTH_MAX);
      break;
    case WHERRY_SCP_SINK_DIRECTORY_END:
      g_assert (!model->in_file && model->depth-- > 0);
      break;
    case WHERRY_SCP_SINK_WARNING:
      g_assert (event->text != NULL && strlen (event->text) <= WHERRY_TEXT_SERVER_MAX);
      break;
    case WHERRY_SCP_SINK_DONE:
      g_assert (model->depth == 0 && !model->in_file && model->n_tops == 1);
      model->over = TRUE;
      break;
    case WHERRY_SCP_SINK_FAILED:
      model->over = TRUE;
      break;
    case WHERRY_SCP_SINK_SKIPPED:
    case WHERRY_SCP_SINK_NEED_INPUT:
    default:
      break;
    }
}

static void
take_replies (Model *model)
{
  guint8 replies[16];
  gsize n = wherry_scp_sink_take_replies (model->sink, replies, sizeof replies, model->ahead);

  for (gsize i = 0; i < n; i++)
    g_assert (replies[i] == 0);
  model->n_replies += n;
  g_assert (model->n_replies <= 1 + model->n_ends + model->ahead);
  g_assert (!model->over || n == 0);
}

static void
feed (Model *model, const guint8 *bytes, gsize length)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, length);
  const guint8 *input = copy;
  WherryScpSinkEventType type;

  for (gsize i = 0; i < length; i++)
    model->n_ends += bytes[i] == '\n' || bytes[i] == '\0';

  do
    {
      g_autoptr (GError) error = NULL;
      WherryScpSinkEvent event;

      type = wherry_scp_sink_next (model->sink, &input, &length, &event, &error);
      g_assert ((type == WHERRY_SCP_SINK_FAILED) == (error != NULL));
      g_assert (error == NULL || g_utf8_validate (error->message, -1, NULL));
      g_assert (error == NULL || strlen (error->message) < 4096);
      if (type != WHERRY_SCP_SINK_NEED_INPUT)
        check_event (model, type, &event);
      /* Messages may tell more of a greeting where more of it is at hand, but never another reason.
       */
      if (error != NULL)
        g_string_append_printf (model->transcript, "%u %d\n", error->domain, error->code);
  } while (!model->over && type != WHERRY_SCP_SINK_NEED_INPUT);
  take_replies (model);
}

static char *
run (WherryScpSinkFlags flags, guint ahead, const guint8 *data, gsize size, gsize piece)
{
  Model model = { .flags = flags, .ahead = ahead, .transcript = g_string_new (NULL) };

  model.sink = wherry_scp_sink_new (flags & WHERRY_SCP_SINK_ANY_TOP_NAME ? NULL : "d", flags);
  take_replies (&model);
  for (gsize at = 0; at < size && !model.over; at += piece)
    feed (&model, data + at, MIN (piece, size - at));
  if (!model.over)
    {
      wherry_scp_sink_end_of_input (model.sink);
      feed (&model, NULL, 0);
    }
  g_assert (model.over);
  wherry_scp_sink_free (model.sink);
  return g_string_free (model.transcript, FALSE);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *whole = NULL;
  g_autofree char *pieces = NULL;
  WherryScpSinkFlags flags;
  guint ahead;
  gsize piece;

  if (size < 2)
    return 0;
  flags = data[0] & (WHERRY_SCP_SINK_TREE | WHERRY_SCP_SINK_ANY_TOP_NAME);
  ahead = data[0] >> 4;
  piece = 1 + data[1] % 32;

  whole = run (flags, ahead, data + 2, size - 2, size);
  pieces = run (flags, ahead, data + 2, size - 2, piece);
  g_assert (strcmp (whole, pieces) == 0);
  return 0;
}
