#include "config.h"

#include "ui/wherry-dialog-conflict-prompter.h"

#include <glib/gi18n-lib.h>

#include "ui/wherry-conflict-dialog.h"

struct _WherryDialogConflictPrompter {
  GObject parent_instance;

  /* Borrowed */
  GtkWindow *parent; /* weak */

  /* Owned */
  GQueue waiting; /* of Question; the first one's dialog is shown */
  GtkWidget *dialog;
};

/* One call of ask_async(). */
typedef struct {
  GTask *task;
  WherryConflict *conflict;
  GSource *cancelled;
} Question;

static void iface_init (WherryConflictPrompterInterface *iface);
static void show_next (WherryDialogConflictPrompter *self);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryDialogConflictPrompter,
                               wherry_dialog_conflict_prompter,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (WHERRY_TYPE_CONFLICT_PROMPTER, iface_init))

/* Ends a question that is no longer in @waiting; %NULL: without an answer. */
static void
finish (Question *question, const WherryConflictAnswer *answer)
{
  g_autoptr (GTask) task = g_steal_pointer (&question->task);

  g_source_destroy (question->cancelled);
  g_source_unref (question->cancelled);
  wherry_conflict_free (question->conflict);
  g_free (question);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (answer != NULL)
    g_task_return_pointer (task, g_memdup2 (answer, sizeof *answer), g_free);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
}

static void
close_dialog (WherryDialogConflictPrompter *self)
{
  GtkWidget *dialog = g_steal_pointer (&self->dialog);

  g_signal_handlers_disconnect_by_data (dialog, self);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
on_response (WherryDialogConflictPrompter *self, const char *response, AdwMessageDialog *dialog)
{
  g_autoptr (WherryDialogConflictPrompter) keep = g_object_ref (self);
  WherryConflictAnswer answer;
  gboolean answered
      = wherry_conflict_dialog_answer (WHERRY_CONFLICT_DIALOG (dialog), response, &answer);

  /* The dialog closes itself once this handler returns. */
  g_signal_handlers_disconnect_by_data (dialog, self);
  self->dialog = NULL;
  finish (g_queue_pop_head (&self->waiting), answered ? &answer : NULL);
  show_next (self);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (WherryDialogConflictPrompter) self
      = g_object_ref (g_task_get_source_object (question->task));
  gboolean shown = g_queue_peek_head (&self->waiting) == question && self->dialog != NULL;

  if (shown)
    close_dialog (self);
  g_queue_remove (&self->waiting, question);
  finish (question, NULL);
  show_next (self);
  return G_SOURCE_REMOVE;
}

/* Windows share their transfers: when the one that was meant is gone, another one may be there. */
static GtkWindow *
find_parent (WherryDialogConflictPrompter *self)
{
  GApplication *application = g_application_get_default ();

  if (self->parent != NULL || !GTK_IS_APPLICATION (application))
    return self->parent;
  return gtk_application_get_active_window (GTK_APPLICATION (application));
}

static void
show_next (WherryDialogConflictPrompter *self)
{
  GtkWindow *parent = find_parent (self);
  Question *question;

  if (self->dialog != NULL)
    return;
  while (parent == NULL && (question = g_queue_pop_head (&self->waiting)) != NULL)
    finish (question, NULL);
  question = g_queue_peek_head (&self->waiting);
  if (question == NULL)
    return;

  self->dialog = wherry_conflict_dialog_new (question->conflict);
  gtk_window_set_transient_for (GTK_WINDOW (self->dialog), parent);
  g_signal_connect_object (self->dialog, "response", G_CALLBACK (on_response), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self->dialog));
}

static void
ask_async (WherryConflictPrompter *prompter,
           const WherryConflict *conflict,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
  WherryDialogConflictPrompter *self = WHERRY_DIALOG_CONFLICT_PROMPTER (prompter);
  Question *question = g_new0 (Question, 1);

  question->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (question->task, ask_async);
  question->conflict = wherry_conflict_copy (conflict);

  /* A source, as the transfer may be cancelled from a thread of its own. */
  question->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (question->cancelled, G_SOURCE_FUNC (on_cancelled), question, NULL);
  g_source_attach (question->cancelled, NULL);

  g_queue_push_tail (&self->waiting, question);
  show_next (self);
}

static gboolean
ask_finish (WherryConflictPrompter *prompter,
            GAsyncResult *result,
            WherryConflictAnswer *answer,
            GError **error)
{
  g_autofree WherryConflictAnswer *given = g_task_propagate_pointer (G_TASK (result), error);

  if (given == NULL)
    return FALSE;
  *answer = *given;
  return TRUE;
}

static void
iface_init (WherryConflictPrompterInterface *iface)
{
  iface->ask_async = ask_async;
  iface->ask_finish = ask_finish;
}

/* Every question holds a reference by its task: none is left when this runs. */
static void
wherry_dialog_conflict_prompter_dispose (GObject *object)
{
  WherryDialogConflictPrompter *self = WHERRY_DIALOG_CONFLICT_PROMPTER (object);

  g_assert (g_queue_is_empty (&self->waiting));
  g_clear_weak_pointer (&self->parent);
  G_OBJECT_CLASS (wherry_dialog_conflict_prompter_parent_class)->dispose (object);
}

static void
wherry_dialog_conflict_prompter_class_init (WherryDialogConflictPrompterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wherry_dialog_conflict_prompter_dispose;
}

static void
wherry_dialog_conflict_prompter_init (WherryDialogConflictPrompter *self)
{
  g_queue_init (&self->waiting);
}

/* The window goes, and its dialogs with it: nobody is left to answer. */
static void
on_parent_destroyed (WherryDialogConflictPrompter *self)
{
  g_autoptr (WherryDialogConflictPrompter) keep = g_object_ref (self);

  g_clear_weak_pointer (&self->parent);
  if (self->dialog != NULL)
    close_dialog (self);
  show_next (self);
}

/**
 * wherry_dialog_conflict_prompter_new:
 * @parent: the window that the dialogs belong to; held weakly. Once it is gone
 *   no question is answered
 *
 * Returns: (transfer full): a prompter
 */
WherryConflictPrompter *
wherry_dialog_conflict_prompter_new (GtkWindow *parent)
{
  g_return_val_if_fail (GTK_IS_WINDOW (parent), NULL);

  WherryDialogConflictPrompter *self = g_object_new (WHERRY_TYPE_DIALOG_CONFLICT_PROMPTER, NULL);

  g_set_weak_pointer (&self->parent, parent);
  g_signal_connect_object (parent, "destroy", G_CALLBACK (on_parent_destroyed), self,
                           G_CONNECT_SWAPPED);
  return WHERRY_CONFLICT_PROMPTER (self);
}
