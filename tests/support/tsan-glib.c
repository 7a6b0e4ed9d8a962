/*
 * Tells ThreadSanitizer what GLib's locks order.
 *
 * GLib is not instrumented and its locks are futexes of its own, so without this every value behind
 * a GMutex would look like a race. Calls of Wherry's own code come here first, since the
 * executable's symbols go before those of libraries; each is handed on to GLib. Only built for
 * -Db_sanitize=thread.
 */
#include <dlfcn.h>
#include <gio/gio.h>

extern void __tsan_acquire (void *address);
extern void __tsan_release (void *address);

#define REAL(name) ((__typeof__ (&name)) find (#name))

static void *
find (const char *name)
{
  void *symbol = dlsym (RTLD_NEXT, name);
  if (symbol == NULL)
    __builtin_trap ();
  return symbol;
}

void
g_mutex_lock (GMutex *mutex)
{
  REAL (g_mutex_lock) (mutex);
  __tsan_acquire (mutex);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean locked = REAL (g_mutex_trylock) (mutex);
  if (locked)
    __tsan_acquire (mutex);
  return locked;
}

void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_mutex_unlock) (mutex);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_cond_wait) (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  __tsan_release (mutex);
  gboolean signalled = REAL (g_cond_wait_until) (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return signalled;
}

gboolean (g_atomic_ref_count_dec) (gatomicrefcount *count)
{
  __tsan_release (count);
  gboolean last = REAL (g_atomic_ref_count_dec) (count);
  if (last)
    __tsan_acquire (count);
  return last;
}

/* Whoever drops the last reference sees what the others did before they dropped theirs. The
 * finalizer runs within, hence both before. */
void (g_object_unref) (gpointer object)
{
  __tsan_release (object);
  __tsan_acquire (object);
  REAL (g_object_unref) (object);
}

void
g_cancellable_cancel (GCancellable *cancellable)
{
  __tsan_release (cancellable);
  REAL (g_cancellable_cancel) (cancellable);
}

gboolean
g_cancellable_is_cancelled (GCancellable *cancellable)
{
  gboolean cancelled = REAL (g_cancellable_is_cancelled) (cancellable);
  if (cancelled)
    __tsan_acquire (cancellable);
  return cancelled;
}

/* What is handed to a main loop is seen by the thread that runs it. */
typedef struct {
  GSourceFunc function;
  gpointer data;
  GDestroyNotify notify;
} Call;

static gboolean
run_call (gpointer data)
{
  Call *call = data;
  __tsan_acquire (call);
  return call->function (call->data);
}

static void
free_call (gpointer data)
{
  Call *call = data;
  __tsan_acquire (call);
  if (call->notify != NULL)
    call->notify (call->data);
  g_free (call);
}

static Call *
make_call (GSourceFunc function, gpointer data, GDestroyNotify notify)
{
  Call *call = g_new (Call, 1);
  *call = (Call){ function, data, notify };
  __tsan_release (call);
  return call;
}

guint
g_idle_add_full (gint priority, GSourceFunc function, gpointer data, GDestroyNotify notify)
{
  return REAL (g_idle_add_full) (priority, run_call, make_call (function, data, notify), free_call);
}

void
g_main_context_invoke_full (GMainContext *context,
                            gint priority,
                            GSourceFunc function,
                            gpointer data,
                            GDestroyNotify notify)
{
  REAL (g_main_context_invoke_full)
  (context, priority, run_call, make_call (function, data, notify), free_call);
}

guint
g_idle_add (GSourceFunc function, gpointer data)
{
  return g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, function, data, NULL);
}

/* Only of sources whose functions are known to be of this kind. */
void
g_source_set_callback (GSource *source, GSourceFunc function, gpointer data, GDestroyNotify notify)
{
  if (source->source_funcs == &g_idle_funcs || source->source_funcs == &g_timeout_funcs)
    {
      data = make_call (function, data, notify);
      function = run_call;
      notify = free_call;
    }
  REAL (g_source_set_callback) (source, function, data, notify);
}

/* A task goes to a thread of GLib's, and its outcome comes back. */
static GQuark
get_function_key (void)
{
  return g_quark_from_static_string ("wherry-tsan-function");
}

static void
run_task (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  __tsan_acquire (task);
  GTaskThreadFunc function
      = (GTaskThreadFunc) g_object_get_qdata (G_OBJECT (task), get_function_key ());
  function (task, source, data, cancellable);
}

void
g_task_run_in_thread (GTask *task, GTaskThreadFunc function)
{
  g_object_set_qdata (G_OBJECT (task), get_function_key (), (gpointer) function);
  __tsan_release (task);
  REAL (g_task_run_in_thread) (task, run_task);
}

void
g_task_return_pointer (GTask *task, gpointer result, GDestroyNotify notify)
{
  __tsan_release (task);
  REAL (g_task_return_pointer) (task, result, notify);
}

void
g_task_return_boolean (GTask *task, gboolean result)
{
  __tsan_release (task);
  REAL (g_task_return_boolean) (task, result);
}

void
g_task_return_int (GTask *task, gssize result)
{
  __tsan_release (task);
  REAL (g_task_return_int) (task, result);
}

void
g_task_return_error (GTask *task, GError *error)
{
  __tsan_release (task);
  REAL (g_task_return_error) (task, error);
}

void
g_task_return_new_error (GTask *task, GQuark domain, gint code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  GError *error = g_error_new_valist (domain, code, format, arguments);
  va_end (arguments);
  g_task_return_error (task, error);
}

gboolean
g_task_return_error_if_cancelled (GTask *task)
{
  __tsan_release (task);
  return REAL (g_task_return_error_if_cancelled) (task);
}

gpointer
g_task_propagate_pointer (GTask *task, GError **error)
{
  __tsan_acquire (task);
  return REAL (g_task_propagate_pointer) (task, error);
}

gboolean
g_task_propagate_boolean (GTask *task, GError **error)
{
  __tsan_acquire (task);
  return REAL (g_task_propagate_boolean) (task, error);
}

gssize
g_task_propagate_int (GTask *task, GError **error)
{
  __tsan_acquire (task);
  return REAL (g_task_propagate_int) (task, error);
}

/* Also where a callback asks before it takes the outcome. */
gpointer
g_task_get_task_data (GTask *task)
{
  __tsan_acquire (task);
  return REAL (g_task_get_task_data) (task);
}

/* What is put into a queue is seen by who takes it out. */
void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  __tsan_release (data);
  REAL (g_async_queue_push) (queue, data);
}

static gpointer
taken (gpointer data)
{
  if (data != NULL)
    __tsan_acquire (data);
  return data;
}

gpointer
g_async_queue_pop (GAsyncQueue *queue)
{
  return taken (REAL (g_async_queue_pop) (queue));
}

gpointer
g_async_queue_try_pop (GAsyncQueue *queue)
{
  return taken (REAL (g_async_queue_try_pop) (queue));
}

gpointer
g_async_queue_timeout_pop (GAsyncQueue *queue, guint64 timeout)
{
  return taken (REAL (g_async_queue_timeout_pop) (queue, timeout));
}

/* Likewise by the thread of a pool that works on it. Pools live as long as their owners; what each
 * stands on is not freed. */
typedef struct {
  GFunc function;
  gpointer data;
} Work;

static void
run_work (gpointer item, gpointer data)
{
  Work *work = data;
  __tsan_acquire (item);
  work->function (item, work->data);
}

GThreadPool *
g_thread_pool_new (GFunc function, gpointer data, gint n_max, gboolean exclusive, GError **error)
{
  Work *work = g_new (Work, 1);
  *work = (Work){ function, data };
  return REAL (g_thread_pool_new) (run_work, work, n_max, exclusive, error);
}

gboolean
g_thread_pool_push (GThreadPool *pool, gpointer item, GError **error)
{
  __tsan_release (item);
  return REAL (g_thread_pool_push) (pool, item, error);
}
