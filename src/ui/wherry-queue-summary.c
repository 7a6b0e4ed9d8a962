#include "config.h"

#include "ui/wherry-queue-summary.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-format.h"

static void
add_transfer (WherryQueueSummary *self, WherryTransfer *transfer)
{
  WherryProgress progress;

  switch (wherry_transfer_get_state (transfer))
    {
    case WHERRY_TRANSFER_DONE:
      self->n_done++;
      return;
    case WHERRY_TRANSFER_FAILED:
      self->n_failed++;
      return;
    case WHERRY_TRANSFER_CANCELLED:
      self->n_cancelled++;
      return;
    case WHERRY_TRANSFER_WAITING:
      self->n_waiting++;
      self->progress.totals_known = FALSE;
      return;
    case WHERRY_TRANSFER_PAUSED:
      self->n_paused++;
      return;
    case WHERRY_TRANSFER_CONNECTING:
    case WHERRY_TRANSFER_RUNNING:
    case WHERRY_TRANSFER_STALLED:
    case WHERRY_TRANSFER_NEEDS_PERSON:
    case WHERRY_TRANSFER_RETRYING:
    default:
      break;
    }
  wherry_transfer_get_progress (transfer, &progress);
  self->n_active++;
  self->progress.totals_known = self->progress.totals_known && progress.totals_known;
  self->progress.speed += progress.speed;
  self->progress.bytes_done += progress.bytes_done;
  self->progress.bytes_total += progress.bytes_total;
}

/**
 * wherry_queue_summary_take:
 * @self: (out caller-allocates): what the transfers come to
 * @queue: the transfers
 */
void
wherry_queue_summary_take (WherryQueueSummary *self, WherryQueue *queue)
{
  GListModel *model = G_LIST_MODEL (queue);
  guint n_items = g_list_model_get_n_items (model);

  *self = (WherryQueueSummary){ .n_items = n_items, .progress.totals_known = TRUE };
  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (WherryTransfer) transfer = g_list_model_get_item (model, i);

      add_transfer (self, transfer);
      if (n_items == 1)
        self->only = transfer;
    }
  self->n_waiting += wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_WAITING);
  self->n_paused += wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_PAUSED);
  self->n_failed += wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_FAILED);
  self->n_cancelled += wherry_queue_get_n_stored (queue, WHERRY_TRANSFER_CANCELLED);
  self->n_stored
      = wherry_queue_get_n_unfinished (queue) + wherry_queue_get_n_over (queue) - n_items;
}

/* Appends one part of a line such as "3 active, 41 waiting". */
static void
append_part (GString *line, char *part)
{
  if (line->len > 0)
    g_string_append (line, ", ");
  g_string_append (line, part);
  g_free (part);
}

static char *
format_one (WherryTransfer *transfer)
{
  g_autofree char *name = wherry_transfer_dup_name (transfer);
  g_autofree char *status = NULL;
  WherryProgress progress;

  wherry_transfer_get_progress (transfer, &progress);
  status = wherry_format_outcome (wherry_transfer_get_state (transfer), &progress,
                                  wherry_transfer_get_error (transfer));
  return g_strdup_printf ("%s · %s", name, status);
}

static char *
format_many (const WherryQueueSummary *self)
{
  GString *line = g_string_new (NULL);

  if (self->n_active > 0)
    append_part (line, g_strdup_printf (ngettext ("%u active", "%u active", self->n_active),
                                        self->n_active));
  if (self->n_waiting > 0)
    append_part (line, g_strdup_printf (ngettext ("%u waiting", "%u waiting", self->n_waiting),
                                        self->n_waiting));
  if (self->n_paused > 0)
    append_part (line, g_strdup_printf (ngettext ("%u paused", "%u paused", self->n_paused),
                                        self->n_paused));
  if (self->n_failed > 0)
    append_part (line, g_strdup_printf (ngettext ("%u failed", "%u failed", self->n_failed),
                                        self->n_failed));
  if (self->n_done > 0)
    append_part (line,
                 g_strdup_printf (ngettext ("%u done", "%u done", self->n_done), self->n_done));
  if (self->n_cancelled > 0)
    append_part (line,
                 g_strdup_printf (ngettext ("%u cancelled", "%u cancelled", self->n_cancelled),
                                  self->n_cancelled));
  /* The others come into the list as these are over. */
  if (self->n_stored > 0)
    append_part (line, g_strdup_printf (ngettext ("%u listed", "%u listed", self->n_items),
                                        self->n_items));
  if (self->progress.speed >= 1)
    {
      g_autofree char *speed = g_format_size ((guint64) self->progress.speed);

      g_string_append (line, " · ");
      /* Translators: a speed, as in "84 MB/s". */
      g_string_append_printf (line, _ ("%s/s"), speed);
    }
  return g_string_free (line, FALSE);
}

/**
 * wherry_queue_summary_format:
 * @self: what the transfers come to
 *
 * Returns: (transfer full): a line that says so; about the transfer itself where
 *   there is only one
 */
char *
wherry_queue_summary_format (const WherryQueueSummary *self)
{
  return self->only != NULL ? format_one (self->only) : format_many (self);
}
