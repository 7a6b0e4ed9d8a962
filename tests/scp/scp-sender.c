#include "scp-sender.h"

#include <string.h>

static void
tell (Sender *sender, const char *what, const WherryScpSourceEvent *event, gboolean tagged)
{
  g_string_append (sender->told, what);
  if (tagged)
    g_string_append_printf (sender->told, " %" G_GUINT64_FORMAT, event->tag);
  if (event->noise)
    g_string_append (sender->told, " noise");
  if (event->text != NULL)
    g_string_append_printf (sender->told, " [%s]", event->text);
  g_string_append_c (sender->told, '\n');
}

void
sender_feed_piece (Sender *sender, const void *bytes, gsize length)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, length);
  const guint8 *input = copy;

  for (;;)
    {
      WherryScpSourceEvent event;
      WherryScpSourceEventType type
          = wherry_scp_source_next (sender->source, &input, &length, &event);

      switch (type)
        {
        case WHERRY_SCP_SOURCE_NEED_INPUT:
          g_assert_cmpuint (length, ==, 0);
          return;
        case WHERRY_SCP_SOURCE_FILE_DONE:
          g_assert_null (event.text);
          tell (sender, "done", &event, TRUE);
          break;
        case WHERRY_SCP_SOURCE_FILE_FAILED:
          tell (sender, "failed", &event, TRUE);
          break;
        case WHERRY_SCP_SOURCE_DIRECTORY_DONE:
          tell (sender, "opened", &event, TRUE);
          break;
        case WHERRY_SCP_SOURCE_DIRECTORY_FAILED:
          tell (sender, "refused", &event, TRUE);
          break;
        case WHERRY_SCP_SOURCE_DIRECTORY_CLOSED:
          tell (sender, "closed", &event, TRUE);
          break;
        case WHERRY_SCP_SOURCE_BROKE:
          g_assert_cmpint (wherry_scp_source_get_state (sender->source), ==, BROKEN);
          tell (sender, "broke", &event, FALSE);
          break;
        case WHERRY_SCP_SOURCE_WARNING:
          tell (sender, "warning", &event, TRUE);
          break;
        default:
          g_assert_not_reached ();
        }
    }
}

void
sender_feed (Sender *sender, const char *bytes, gsize length)
{
  for (gsize at = 0; at < length; at += sender->chunk)
    sender_feed_piece (sender, bytes + at, MIN (sender->chunk, length - at));
}

void
sender_end (Sender *sender)
{
  wherry_scp_source_end_of_input (sender->source);
  sender_feed_piece (sender, NULL, 0);
}

void
sender_take (Sender *sender)
{
  guint8 buffer[5];
  gsize n;

  while ((n = wherry_scp_source_take_output (sender->source, buffer, sizeof buffer)) > 0)
    g_string_append_len (sender->wire, (const char *) buffer, (gssize) n);
  g_assert_false (wherry_scp_source_has_output (sender->source));
}

void
sender_put (Sender *sender, const char *content)
{
  sender_take (sender);
  g_string_append (sender->wire, content);
  wherry_scp_source_data_sent (sender->source, strlen (content));
}

void
sender_begin (Sender *sender, const char *name, const char *content, guint64 tag)
{
  wherry_scp_source_file (sender->source, name, 0644, strlen (content), NULL,
                          (const guint8 *) content, strlen (content), tag);
  sender_take (sender);
}

/* A file whose content goes out at once. */
void
sender_send (Sender *sender, const char *name, const char *content, guint64 tag)
{
  sender_begin (sender, name, content, tag);
  g_assert_cmpint (wherry_scp_source_get_state (sender->source), ==, DATA);
  sender_put (sender, content);
  g_assert_cmpuint (wherry_scp_source_get_remaining (sender->source), ==, 0);
  wherry_scp_source_end_file (sender->source, NULL);
  sender_take (sender);
}

void
sender_open_directory (Sender *sender, const char *name, guint64 tag)
{
  wherry_scp_source_directory (sender->source, name, 0755, NULL, tag);
  sender_take (sender);
}

void
sender_assert_state (Sender *sender, WherryScpSourceState state)
{
  g_assert_cmpint (wherry_scp_source_get_state (sender->source), ==, state);
}

void
sender_assert_told (Sender *sender, const char *told)
{
  g_assert_cmpstr (sender->told->str, ==, told);
  g_string_truncate (sender->told, 0);
}

void
sender_assert_wire (Sender *sender, const char *wire, gsize length)
{
  g_assert_cmpmem (sender->wire->str, sender->wire->len, wire, length);
  g_string_truncate (sender->wire, 0);
}

void
sender_send_with_times (Sender *s, const char *content, guint64 tag)
{
  const WherryScpTimes times = { 1, 1 };

  if (wherry_scp_source_get_state (s->source) != READY)
    return;
  wherry_scp_source_file (s->source, "f", 0644, strlen (content), &times, (const guint8 *) content,
                          strlen (content), tag);
  sender_put (s, content);
  wherry_scp_source_end_file (s->source, NULL);
  sender_take (s);
}

static void
test_case (gconstpointer data)
{
  const SenderCase *one = data;

  for (gsize chunk = 1; chunk < 40; chunk++)
    {
      Sender sender = {
        .source = wherry_scp_source_new (one->flags),
        .wire = g_string_new (NULL),
        .told = g_string_new (NULL),
        .chunk = chunk,
      };

      one->run (&sender);
      g_string_free (sender.wire, TRUE);
      g_string_free (sender.told, TRUE);
      wherry_scp_source_free (sender.source);
    }
}

void
sender_add_cases (const SenderCase *cases, guint n_cases)
{
  for (guint i = 0; i < n_cases; i++)
    {
      g_autofree char *path = g_strdup_printf ("/scp/source/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
}
