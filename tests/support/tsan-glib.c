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
