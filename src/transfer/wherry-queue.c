#include "transfer/wherry-queue.h"

/* Transfers at work at once, unless set. */
#define DEFAULT_LIMIT 4

struct _WherryQueue {
  GObject parent_instance;

  WherrySessionPool *pool;
  GPtrArray *transfers; /* element-type WherryTransfer, owned */
  GQueue waiting;       /* unowned: those in line, cancelled ones among them */
  GHashTable *active;   /* unowned: those that take a place */
  guint limit;
  guint n_unfinished;
};

enum { PROP_0, PROP_N_ACTIVE, PROP_N_UNFINISHED, N_PROPERTIES };

static GParamSpec *properties[N_PROPERTIES];

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WherryQueue,
                               wherry_queue,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return WHERRY_TYPE_TRANSFER;
}

static guint
get_n_items (GListModel *model)
{
  return WHERRY_QUEUE (model)->transfers->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WherryQueue *self = WHERRY_QUEUE (model);
  return position < self->transfers->len ? g_object_ref (self->transfers->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void on_state (WherryTransfer *transfer, GParamSpec *pspec, WherryQueue *self);

static void
wherry_queue_dispose (GObject *object)
{
  WherryQueue *self = WHERRY_QUEUE (object);

  for (guint i = 0; i < self->transfers->len; i++)
    {
      WherryTransfer *transfer = self->transfers->pdata[i];
      g_signal_handlers_disconnect_by_func (transfer, on_state, self);
      if (!wherry_transfer_is_over (transfer))
        wherry_transfer_cancel (transfer);
    }
  g_queue_clear (&self->waiting);
  g_hash_table_remove_all (self->active);
  g_ptr_array_set_size (self->transfers, 0);
  g_clear_object (&self->pool);
  G_OBJECT_CLASS (wherry_queue_parent_class)->dispose (object);
}

static void
wherry_queue_finalize (GObject *object)
{
  WherryQueue *self = WHERRY_QUEUE (object);

  g_ptr_array_unref (self->transfers);
  g_hash_table_unref (self->active);
  G_OBJECT_CLASS (wherry_queue_parent_class)->finalize (object);
}

static void
wherry_queue_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WherryQueue *self = WHERRY_QUEUE (object);

  switch (id)
    {
    case PROP_N_ACTIVE:
      g_value_set_uint (value, g_hash_table_size (self->active));
      break;
    case PROP_N_UNFINISHED:
      g_value_set_uint (value, self->n_unfinished);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
wherry_queue_class_init (WherryQueueClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wherry_queue_dispose;
  object_class->finalize = wherry_queue_finalize;
  object_class->get_property = wherry_queue_get_property;

  properties[PROP_N_ACTIVE] = g_param_spec_uint ("n-active", NULL, NULL, 0, G_MAXUINT, 0,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_N_UNFINISHED] = g_param_spec_uint ("n-unfinished", NULL, NULL, 0, G_MAXUINT, 0,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wherry_queue_init (WherryQueue *self)
{
  self->transfers = g_ptr_array_new_with_free_func (g_object_unref);
  self->active = g_hash_table_new (NULL, NULL);
  self->limit = DEFAULT_LIMIT;
  g_queue_init (&self->waiting);
}

/**
 * wherry_queue_new:
 * @pool: connects to servers
 *
 * Returns: (transfer full): an empty queue
 */
WherryQueue *
wherry_queue_new (WherrySessionPool *pool)
{
  WherryQueue *self = g_object_new (WHERRY_TYPE_QUEUE, NULL);
  self->pool = g_object_ref (pool);
  return self;
}

static void
notify_counts (WherryQueue *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ACTIVE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_UNFINISHED]);
}

/* Starts what has been waiting longest, as far as there are places. */
static void
schedule (WherryQueue *self)
{
  WherryTransfer *transfer;

  while (g_hash_table_size (self->active) < self->limit
         && (transfer = g_queue_pop_head (&self->waiting)) != NULL)
    {
      if (wherry_transfer_get_state (transfer) != WHERRY_TRANSFER_WAITING)
        continue;
      g_hash_table_add (self->active, transfer);
      wherry_transfer_start (transfer, self->pool);
    }
  notify_counts (self);
}

static void
on_state (WherryTransfer *transfer, GParamSpec *pspec, WherryQueue *self)
{
  if (!wherry_transfer_is_over (transfer))
    return;
  g_hash_table_remove (self->active, transfer);
  self->n_unfinished--;
  schedule (self);
}

/**
 * wherry_queue_append:
 * @self: a queue
 * @transfer: a waiting transfer; a reference is kept
 *
 * Adds a transfer at the end. It starts when a place is free.
 */
void
wherry_queue_append (WherryQueue *self, WherryTransfer *transfer)
{
  g_return_if_fail (WHERRY_IS_QUEUE (self));
  g_return_if_fail (wherry_transfer_get_state (transfer) == WHERRY_TRANSFER_WAITING);

  g_ptr_array_add (self->transfers, g_object_ref (transfer));
  g_queue_push_tail (&self->waiting, transfer);
  self->n_unfinished++;
  g_signal_connect (transfer, "notify::state", G_CALLBACK (on_state), self);
  g_list_model_items_changed (G_LIST_MODEL (self), self->transfers->len - 1, 0, 1);
  schedule (self);
}

static void
remove_at (WherryQueue *self, guint position)
{
  g_autoptr (WherryTransfer) transfer = g_object_ref (self->transfers->pdata[position]);

  g_signal_handlers_disconnect_by_func (transfer, on_state, self);
  g_ptr_array_remove_index (self->transfers, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  g_queue_remove (&self->waiting, transfer);
  g_hash_table_remove (self->active, transfer);
  if (!wherry_transfer_is_over (transfer))
    {
      self->n_unfinished--;
      wherry_transfer_cancel (transfer);
    }
}

/**
 * wherry_queue_remove:
 * @self: a queue
 * @transfer: one of its transfers
 *
 * Takes a transfer out; it is cancelled if it is not over.
 */
void
wherry_queue_remove (WherryQueue *self, WherryTransfer *transfer)
{
  guint position;

  if (!g_ptr_array_find (self->transfers, transfer, &position))
    return;
  remove_at (self, position);
  schedule (self);
}

/**
 * wherry_queue_clear_finished:
 * @self: a queue
 *
 * Takes out what is over.
 */
void
wherry_queue_clear_finished (WherryQueue *self)
{
  for (guint i = self->transfers->len; i > 0; i--)
    if (wherry_transfer_is_over (self->transfers->pdata[i - 1]))
      remove_at (self, i - 1);
  schedule (self);
}

/**
 * wherry_queue_cancel_all:
 * @self: a queue
 *
 * Cancels what is not over.
 */
void
wherry_queue_cancel_all (WherryQueue *self)
{
  /* A copy: who hears of an end may take the transfer out. From the end, so that none that waits is
   * started in the place of one before it. */
  g_autoptr (GPtrArray) transfers = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->transfers->len; i++)
    g_ptr_array_add (transfers, g_object_ref (self->transfers->pdata[i]));
  for (guint i = transfers->len; i > 0; i--)
    if (!wherry_transfer_is_over (transfers->pdata[i - 1]))
      wherry_transfer_cancel (transfers->pdata[i - 1]);
}

/**
 * wherry_queue_set_limit:
 * @self: a queue
 * @n_at_once: transfers at work at once, at least 1
 */
void
wherry_queue_set_limit (WherryQueue *self, guint n_at_once)
{
  g_return_if_fail (n_at_once >= 1);
  self->limit = n_at_once;
  schedule (self);
}

/**
 * wherry_queue_get_n_active:
 * @self: a queue
 *
 * Returns: transfers connecting or running
 */
guint
wherry_queue_get_n_active (WherryQueue *self)
{
  return g_hash_table_size (self->active);
}

/**
 * wherry_queue_get_n_unfinished:
 * @self: a queue
 *
 * Returns: transfers that are not over
 */
guint
wherry_queue_get_n_unfinished (WherryQueue *self)
{
  return self->n_unfinished;
}
