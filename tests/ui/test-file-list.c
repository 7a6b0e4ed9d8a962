/* The files of a transfer as a list, without a display. */
#include "transfer/wherry-transfer-private.h"
#include "ui/wherry-file-item.h"
#include "ui/wherry-file-list.h"

#define MANY 100000

/* What somebody who only hears of the changes believes is there. */
typedef struct {
  GArray *indices;
  guint n_changes;
} Listener;

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  Listener *listener = data;

  g_assert_cmpuint (position + removed, <=, listener->indices->len);
  if (removed > 0)
    g_array_remove_range (listener->indices, position, removed);
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (WherryFileItem) item = g_list_model_get_item (model, position + i);
      guint index = wherry_file_item_get_index (item);

      g_array_insert_val (listener->indices, position + i, index);
    }
  listener->n_changes++;
}

static void
assert_shown (WherryFileList *list, Listener *listener, const char *expected)
{
  g_autoptr (GString) numbers = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++)
    {
      g_autoptr (WherryFileItem) item = g_list_model_get_item (G_LIST_MODEL (list), i);
      g_string_append_printf (numbers, "%u ", wherry_file_item_get_index (item));
      g_assert_cmpuint (g_array_index (listener->indices, guint, i), ==,
                        wherry_file_item_get_index (item));
    }
  g_assert_cmpuint (listener->indices->len, ==, g_list_model_get_n_items (G_LIST_MODEL (list)));
  g_assert_cmpstr (numbers->str, ==, expected);
}

static WherryTransfer *
new_transfer (void)
{
  g_autoptr (WherryLogin) login = wherry_login_new ("anna", "localhost", 22);
  g_autoptr (WherryEndpoint) here = wherry_endpoint_new_local ("/tree");
  g_autoptr (WherryEndpoint) there = wherry_endpoint_new_remote (login, "");

  return wherry_transfer_new (here, there, WHERRY_TRANSFER_RECURSIVE);
}

static void
test_changes (void)
{
  g_autoptr (WherryTransfer) transfer = new_transfer ();
  g_autoptr (WherryFileList) list = wherry_file_list_new (transfer);
  g_autoptr (GArray) indices = g_array_new (FALSE, FALSE, sizeof (guint));
  Listener listener = { indices, 0 };

  g_signal_connect (list, "items-changed", G_CALLBACK (on_items_changed), &listener);
  g_assert_null (wherry_file_list_get_log (list));
  wherry_job_note (transfer->job, "a.txt", 1, WHERRY_FILE_WAITING);
  wherry_job_note (transfer->job, "b.jpg", 1, WHERRY_FILE_WAITING);
  wherry_job_note (transfer->job, "c.txt", 1, WHERRY_FILE_RUNNING);
  wherry_file_list_update (list);
  assert_shown (list, &listener, "0 1 2 ");

  /* A new state alone is no other list. */
  listener.n_changes = 0;
  wherry_job_note (transfer->job, "b.jpg", 1, WHERRY_FILE_DONE);
  wherry_file_list_update (list);
  g_assert_cmpuint (listener.n_changes, ==, 0);

  wherry_file_list_set_filter (list, "TXT", WHERRY_FILE_ALL_STATES);
  assert_shown (list, &listener, "0 2 ");
  wherry_job_note (transfer->job, "d.txt", 1, WHERRY_FILE_DONE);
  wherry_job_note (transfer->job, "e.jpg", 1, WHERRY_FILE_DONE);
  wherry_file_list_update (list);
  assert_shown (list, &listener, "0 2 3 ");

  wherry_file_list_set_filter (list, "txt", 1u << WHERRY_FILE_DONE);
  assert_shown (list, &listener, "3 ");
  wherry_job_note (transfer->job, "a.txt", 1, WHERRY_FILE_DONE);
  wherry_file_list_update (list);
  assert_shown (list, &listener, "0 3 ");
  wherry_file_list_set_filter (list, "", 1u << WHERRY_FILE_WAITING);
  assert_shown (list, &listener, "");
  wherry_file_list_set_filter (list, "", WHERRY_FILE_ALL_STATES);
  assert_shown (list, &listener, "0 1 2 3 4 ");
}

/* However many there are, those that stay are not told of, and only what is looked at is made. */
static void
test_many (void)
{
  g_autoptr (WherryTransfer) transfer = new_transfer ();
  g_autoptr (WherryFileList) list = wherry_file_list_new (transfer);
  g_autoptr (GArray) indices = g_array_new (FALSE, FALSE, sizeof (guint));
  Listener listener = { indices, 0 };
  gint64 begin, worst = 0;

  g_signal_connect (list, "items-changed", G_CALLBACK (on_items_changed), &listener);
  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *name = g_strdup_printf ("folder %u/a file %u", i / 1000, i);

      wherry_job_note (transfer->job, name, i,
                       i % 10 == 0 ? WHERRY_FILE_DONE : WHERRY_FILE_RUNNING);
      if (i % 1000 == 0)
        {
          begin = g_get_monotonic_time ();
          wherry_file_list_update (list);
          worst = MAX (worst, g_get_monotonic_time () - begin);
        }
    }
  wherry_file_list_update (list);
  g_assert_cmpuint (indices->len, ==, MANY);
  g_test_message ("the longest update took %" G_GINT64_FORMAT " us", worst);

  begin = g_get_monotonic_time ();
  wherry_file_list_set_filter (list, "file 9999", WHERRY_FILE_ALL_STATES);
  g_test_message ("a search took %" G_GINT64_FORMAT " us", g_get_monotonic_time () - begin);
  g_assert_cmpuint (indices->len, ==, 11);
  begin = g_get_monotonic_time ();
  wherry_file_list_set_filter (list, "", 1u << WHERRY_FILE_DONE);
  g_test_message ("a choice took %" G_GINT64_FORMAT " us", g_get_monotonic_time () - begin);
  g_assert_cmpuint (indices->len, ==, MANY / 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-list/changes", test_changes);
  g_test_add_func ("/file-list/many", test_many);
  return g_test_run ();
}
