#include "config.h"

#include "ui/wherry-dialog-prompter.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "ui/wherry-host-key-dialog.h"
#include "ui/wherry-key-changed-dialog.h"
#include "ui/wherry-login-dialog.h"

struct _WherryDialogPrompter {
  GObject parent_instance;

  /* Borrowed */
  gboolean anywhere; /* over whatever window is in use then */
  GtkWindow *parent; /* weak */

  /* Owned */
  GQueue waiting; /* of Question */
  GList *current; /* link taken out of @waiting while its dialog is shown */
  GtkWidget *dialog;
};

/* One call of ask_async(). */
typedef struct {
  GTask *task;
  WherryPrompt *prompt;
  GSource *cancelled;
} Question;

static void wherry_dialog_prompter_iface_init (WherryPrompterInterface *iface);
static void on_parent_destroyed (WherryDialogPrompter *self);
static void show_next (WherryDialogPrompter *self);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryDialogPrompter,
                               wherry_dialog_prompter,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_PROMPTER,
                                                      wherry_dialog_prompter_iface_init))

static void
question_free (Question *question)
{
  g_source_destroy (question->cancelled);
  g_source_unref (question->cancelled);
  g_object_unref (question->prompt);
  g_object_unref (question->task);
  g_free (question);
}

/* Ends a question that is no longer in @waiting; @answered by the person, or declined. */
static void
finish (Question *question, gboolean answered)
{
  g_autoptr (GTask) task = g_object_ref (question->task);

  question_free (question);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (answered)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
}

static Question *
take_current (WherryDialogPrompter *self)
{
  Question *question = self->current->data;

  g_list_free_1 (g_steal_pointer (&self->current));
  return question;
}

static void
close_dialog (WherryDialogPrompter *self)
{
  GtkWidget *dialog = g_steal_pointer (&self->dialog);

  g_signal_handlers_disconnect_by_data (dialog, self);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
on_response (WherryDialogPrompter *self, const char *response, AdwMessageDialog *dialog)
{
  g_assert (GTK_WIDGET (dialog) == self->dialog);

  g_autoptr (WherryDialogPrompter) keep = g_object_ref (self);
  gboolean answered;

  if (WHERRY_IS_HOST_KEY_DIALOG (dialog))
    answered = wherry_host_key_dialog_answer (WHERRY_HOST_KEY_DIALOG (dialog), response);
  else if (WHERRY_IS_KEY_CHANGED_DIALOG (dialog))
    answered = wherry_key_changed_dialog_answer (WHERRY_KEY_CHANGED_DIALOG (dialog), response);
  else
    answered = wherry_login_dialog_answer (WHERRY_LOGIN_DIALOG (dialog), response);

  /* The dialog closes itself once this handler returns. */
  g_signal_handlers_disconnect_by_data (dialog, self);
  self->dialog = NULL;

  finish (take_current (self), answered);
  show_next (self);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (WherryDialogPrompter) self = g_object_ref (g_task_get_source_object (question->task));

  if (self->current != NULL && self->current->data == question)
    {
      close_dialog (self);
      finish (take_current (self), FALSE);
      show_next (self);
    }
  else
    {
      g_queue_remove (&self->waiting, question);
      finish (question, FALSE);
    }

  return G_SOURCE_REMOVE;
}

/* Dialogs of its own are windows of the application, too. */
static GtkWindow *
find_window_in_use (void)
{
  GtkApplication *application = GTK_APPLICATION (g_application_get_default ());
  GtkWindow *window = gtk_application_get_active_window (application);

  while (window != NULL && gtk_window_get_transient_for (window) != NULL)
    window = gtk_window_get_transient_for (window);
  return window;
}

static void
set_parent (WherryDialogPrompter *self, GtkWindow *parent)
{
  if (self->parent != NULL)
    g_signal_handlers_disconnect_by_func (self->parent, on_parent_destroyed, self);
  g_set_weak_pointer (&self->parent, parent);
  if (parent != NULL)
    g_signal_connect_object (parent, "destroy", G_CALLBACK (on_parent_destroyed), self,
                             G_CONNECT_SWAPPED);
}

static void
show_next (WherryDialogPrompter *self)
{
  if (self->current != NULL)
    return;
  self->current = g_queue_pop_head_link (&self->waiting);
  if (self->current == NULL)
    return;

  Question *question = self->current->data;

  if (self->anywhere)
    set_parent (self, find_window_in_use ());
  if (self->parent == NULL)
    {
      finish (take_current (self), FALSE);
      show_next (self);
      return;
    }

  if (wherry_prompt_get_known_keys (question->prompt) != NULL)
    self->dialog = wherry_key_changed_dialog_new (question->prompt);
  else if (wherry_prompt_get_kind (question->prompt) == WHERRY_PROMPT_HOST_KEY)
    self->dialog = wherry_host_key_dialog_new (question->prompt);
  else
    self->dialog = wherry_login_dialog_new (question->prompt);

  gtk_window_set_transient_for (GTK_WINDOW (self->dialog), self->parent);
  g_signal_connect_object (self->dialog, "response", G_CALLBACK (on_response), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self->dialog));
}

static void
wherry_dialog_prompter_ask_async (WherryPrompter *prompter,
                                  WherryPrompt *prompt,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  WherryDialogPrompter *self = WHERRY_DIALOG_PROMPTER (prompter);
  Question *question = g_new0 (Question, 1);

  question->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (question->task, wherry_dialog_prompter_ask_async);
  question->prompt = g_object_ref (prompt);

  /* A source, as the session cancels from a thread of its own. Without a cancellable it never
   * fires. */
  question->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (question->cancelled, G_SOURCE_FUNC (on_cancelled), question, NULL);
  g_source_attach (question->cancelled, NULL);

  g_queue_push_tail (&self->waiting, question);
  show_next (self);
}

static gboolean
wherry_dialog_prompter_ask_finish (WherryPrompter *prompter, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, prompter), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
wherry_dialog_prompter_iface_init (WherryPrompterInterface *iface)
{
  iface->ask_async = wherry_dialog_prompter_ask_async;
  iface->ask_finish = wherry_dialog_prompter_ask_finish;
}

/* Every question holds a reference by its task: none is left when this runs. */
static void
wherry_dialog_prompter_dispose (GObject *object)
{
  WherryDialogPrompter *self = WHERRY_DIALOG_PROMPTER (object);

  g_assert (self->current == NULL && g_queue_is_empty (&self->waiting));
  g_clear_weak_pointer (&self->parent);

  G_OBJECT_CLASS (wherry_dialog_prompter_parent_class)->dispose (object);
}

static void
wherry_dialog_prompter_class_init (WherryDialogPrompterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wherry_dialog_prompter_dispose;
}

static void
wherry_dialog_prompter_init (WherryDialogPrompter *self)
{
  g_queue_init (&self->waiting);
}

/* The window goes, and its dialogs with it: nobody is left to answer. */
static void
on_parent_destroyed (WherryDialogPrompter *self)
{
  g_autoptr (WherryDialogPrompter) keep = g_object_ref (self);

  g_clear_weak_pointer (&self->parent);
  if (self->current != NULL)
    {
      close_dialog (self);
      finish (take_current (self), FALSE);
    }
  show_next (self);
}

/**
 * wherry_dialog_prompter_new:
 * @parent: (nullable): the window that the dialogs belong to; held weakly. Once it
 *   is gone every question is answered as declined. %NULL: each belongs to the
 *   application's window in use then
 *
 * Returns: (transfer full): a prompter
 */
WherryPrompter *
wherry_dialog_prompter_new (GtkWindow *parent)
{
  g_return_val_if_fail (parent == NULL || GTK_IS_WINDOW (parent), NULL);

  WherryDialogPrompter *self = g_object_new (WHERRY_TYPE_DIALOG_PROMPTER, NULL);

  self->anywhere = parent == NULL;
  set_parent (self, parent);

  return WHERRY_PROMPTER (self);
}
