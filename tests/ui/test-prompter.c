/* Several questions at once, as sessions ask them. Run by test-window.py, on its display. */

#include <adwaita.h>

#include "ui/wherry-application.h"
#include "ui/wherry-conflict-dialog.h"
#include "ui/wherry-dialog-conflict-prompter.h"
#include "ui/wherry-dialog-prompter.h"

static guint n_answered;
static guint n_declined;

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryPrompter *prompter = WHERRY_PROMPTER (source);
  g_autoptr (GError) error = NULL;

  if (WHERRY_PROMPTER_GET_IFACE (prompter)->ask_finish (prompter, result, &error))
    n_answered++;
  else
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      n_declined++;
    }
}

static WherryPrompt *
ask (WherryPrompter *prompter, const char *host, GCancellable *cancellable)
{
  WherryPrompt *prompt = wherry_prompt_new (WHERRY_PROMPT_PASSWORD, "anna", host, 22);

  wherry_prompt_add_field (prompt, "", FALSE);
  WHERRY_PROMPTER_GET_IFACE (prompter)->ask_async (prompter, prompt, cancellable, on_answered,
                                                   NULL);
  return prompt;
}

/* The dialog that is shown; there is never more than one. */
static AdwMessageDialog *
get_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();
  AdwMessageDialog *dialog = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window) && gtk_widget_get_visible (GTK_WIDGET (window)))
        {
          g_assert_null (dialog);
          dialog = ADW_MESSAGE_DIALOG (window);
        }
    }
  return dialog;
}

static void
iterate_until (guint answered, guint declined)
{
  while (n_answered != answered || n_declined != declined)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_asks_for (const char *host)
{
  AdwMessageDialog *dialog = get_dialog ();

  g_assert_nonnull (dialog);
  g_assert_nonnull (strstr (adw_message_dialog_get_body (dialog), host));
}

static WherryConflictAnswer answer;

static void
on_decided (GObject *source, GAsyncResult *result, gpointer user_data)
{
  WherryConflictPrompter *prompter = WHERRY_CONFLICT_PROMPTER (source);
  g_autoptr (GError) error = NULL;

  if (WHERRY_CONFLICT_PROMPTER_GET_IFACE (prompter)->ask_finish (prompter, result, &answer, &error))
    n_answered++;
  else
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      n_declined++;
    }
}

static void
ask_conflict (WherryConflictPrompter *prompter, const char *name, GCancellable *cancellable)
{
  const WherryConflict conflict = { .name = (char *) name,
                                    .source_path = (char *) name,
                                    .target_path = (char *) name,
                                    .source = { TRUE, FALSE, 4200, 1700000000 },
                                    .target = { TRUE, FALSE, -1, 0 } };

  WHERRY_CONFLICT_PROMPTER_GET_IFACE (prompter)->ask_async (prompter, &conflict, cancellable,
                                                            on_decided, NULL);
}

static void
respond (const char *response)
{
  AdwMessageDialog *dialog = get_dialog ();

  adw_message_dialog_response (dialog, response);
  gtk_window_destroy (GTK_WINDOW (dialog)); /* as the button does */
}

/* Several files that are there already, as transfers ask about them. */
static void
test_conflicts (GtkWidget *window)
{
  g_autoptr (WherryConflictPrompter) prompter
      = wherry_dialog_conflict_prompter_new (GTK_WINDOW (window));
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) shown_cancellable = g_cancellable_new ();

  n_answered = n_declined = 0;
  ask_conflict (prompter, "first.txt", NULL);
  ask_conflict (prompter, "second", cancellable);
  ask_conflict (prompter, "third", shown_cancellable);
  ask_conflict (prompter, "fourth", NULL);
  ask_conflict (prompter, "fifth", NULL);
  ask_conflict (prompter, "sixth", NULL);

  assert_asks_for ("first.txt");
  g_cancellable_cancel (cancellable);
  iterate_until (0, 1);
  respond ("overwrite");
  iterate_until (1, 1);
  g_assert_cmpuint (answer.policy, ==, WHERRY_CONFLICT_OVERWRITE);
  g_assert_false (answer.for_all);

  assert_asks_for ("third");
  g_cancellable_cancel (shown_cancellable);
  iterate_until (1, 2);
  assert_asks_for ("fourth");
  respond ("rename");
  iterate_until (2, 2);
  g_assert_cmpuint (answer.policy, ==, WHERRY_CONFLICT_RENAME);
  assert_asks_for ("fifth");
  gtk_window_close (GTK_WINDOW (get_dialog ()));
  iterate_until (2, 3);
  assert_asks_for ("sixth");
  gtk_window_destroy (GTK_WINDOW (window));
  iterate_until (2, 4);
  g_assert_null (get_dialog ());
}

int
main (int argc, char *argv[])
{
  g_autoptr (GApplication) application = wherry_application_new ();
  g_autoptr (WherryPrompter) prompter = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) shown_cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  AdwMessageDialog *dialog;
  GtkWidget *window;

  g_application_set_flags (application, G_APPLICATION_NON_UNIQUE);
  g_application_register (application, NULL, &error);
  g_assert_no_error (error);
  window = adw_window_new ();
  gtk_window_present (GTK_WINDOW (window));
  prompter = wherry_dialog_prompter_new (GTK_WINDOW (window));

  g_autoptr (WherryPrompt) first = ask (prompter, "first", NULL);
  g_autoptr (WherryPrompt) second = ask (prompter, "second", cancellable);
  g_autoptr (WherryPrompt) third = ask (prompter, "third", shown_cancellable);
  g_autoptr (WherryPrompt) fourth = ask (prompter, "fourth", NULL);
  g_autoptr (WherryPrompt) fifth = ask (prompter, "fifth", NULL);

  /* One that waits is cancelled, and never shown. */
  assert_asks_for ("first");
  g_cancellable_cancel (cancellable);
  iterate_until (0, 1);
  assert_asks_for ("first");

  gtk_window_close (GTK_WINDOW (get_dialog ()));
  iterate_until (0, 2);

  /* One that is shown is cancelled, and goes. */
  assert_asks_for ("third");
  g_cancellable_cancel (shown_cancellable);
  iterate_until (0, 3);

  assert_asks_for ("fourth");
  dialog = get_dialog ();
  adw_message_dialog_response (dialog, "login");
  gtk_window_destroy (GTK_WINDOW (dialog)); /* as the button does */
  iterate_until (1, 3);
  g_assert_cmpstr (wherry_prompt_get_answer (fourth, 0), ==, "");

  /* With the window goes who could answer. */
  assert_asks_for ("fifth");
  gtk_window_destroy (GTK_WINDOW (window));
  iterate_until (1, 4);
  g_assert_null (get_dialog ());
  g_autoptr (WherryPrompt) late = ask (prompter, "late", NULL);
  iterate_until (1, 5);

  window = adw_window_new ();
  gtk_window_present (GTK_WINDOW (window));
  test_conflicts (window);
  return 0;
}
