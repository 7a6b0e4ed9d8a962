#include "transfer/wherry-record.h"

#include "transfer/wherry-transfer-private.h"

#define KEY_SOURCE "source"
#define KEY_TARGET "target"
#define KEY_FLAGS "flags"
#define KEY_LINKS "links"
#define KEY_SIZE "size"
#define KEY_SPEED_LIMIT "speed-limit"
#define KEY_CONFLICTS "conflicts"
#define KEY_FRESH "fresh"
#define KEY_INCLUDE "include"
#define KEY_EXCLUDE "exclude"

#define LOGIN_HOST "host"
#define LOGIN_PORT "port"
#define LOGIN_USER "user"
#define LOGIN_HOST_KEY_NAME "host-key-name"
#define LOGIN_IDENTITY_FILES "identity-files"
#define LOGIN_IDENTITIES_ONLY "identities-only"
#define LOGIN_CIPHERS "ciphers"
#define LOGIN_CONNECT_TIMEOUT "connect-timeout"
#define LOGIN_VIA "via"

/**
 * wherry_record_new:
 *
 * Returns: (transfer full): an empty record
 */
WherryRecord *
wherry_record_new (void)
{
  return g_new0 (WherryRecord, 1);
}

/**
 * wherry_record_free:
 * @self: (transfer full) (nullable): a record
 */
void
wherry_record_free (WherryRecord *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->what, g_variant_unref);
  g_free (self->name);
  g_free (self->route);
  g_clear_error (&self->error);
  g_clear_pointer (&self->ledger, wherry_ledger_unref);
  g_clear_pointer (&self->partials, wherry_partials_unref);
  g_clear_pointer (&self->failures, g_ptr_array_unref);
  g_free (self);
}

static GVariant *
pack_login (const WherryLogin *login)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, LOGIN_HOST, "s", login->host);
  g_variant_dict_insert (&dict, LOGIN_PORT, "q", login->port);
  g_variant_dict_insert (&dict, LOGIN_USER, "s", login->user);
  if (login->host_key_name != NULL)
    g_variant_dict_insert (&dict, LOGIN_HOST_KEY_NAME, "s", login->host_key_name);
  if (login->identity_files != NULL)
    g_variant_dict_insert (&dict, LOGIN_IDENTITY_FILES, "^aay", login->identity_files);
  g_variant_dict_insert (&dict, LOGIN_IDENTITIES_ONLY, "b", login->identities_only);
  if (login->ciphers != NULL)
    g_variant_dict_insert (&dict, LOGIN_CIPHERS, "s", login->ciphers);
  g_variant_dict_insert (&dict, LOGIN_CONNECT_TIMEOUT, "u", login->connect_timeout);
  if (login->via != NULL)
    g_variant_dict_insert_value (&dict, LOGIN_VIA, pack_login (login->via));
  return g_variant_dict_end (&dict);
}

static WherryLogin *
unpack_login (GVariant *packed, guint n_hops)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (packed);
  const char *host, *user;
  guint16 port;

  if (n_hops > WHERRY_LOGIN_HOPS_MAX || !g_variant_dict_lookup (&dict, LOGIN_HOST, "&s", &host)
      || !g_variant_dict_lookup (&dict, LOGIN_USER, "&s", &user)
      || !g_variant_dict_lookup (&dict, LOGIN_PORT, "q", &port))
    return NULL;

  g_autoptr (WherryLogin) login = wherry_login_new (user, host, port);
  g_variant_dict_lookup (&dict, LOGIN_HOST_KEY_NAME, "s", &login->host_key_name);
  g_variant_dict_lookup (&dict, LOGIN_IDENTITY_FILES, "^aay", &login->identity_files);
  g_variant_dict_lookup (&dict, LOGIN_IDENTITIES_ONLY, "b", &login->identities_only);
  g_variant_dict_lookup (&dict, LOGIN_CIPHERS, "s", &login->ciphers);
  g_variant_dict_lookup (&dict, LOGIN_CONNECT_TIMEOUT, "u", &login->connect_timeout);

  g_autoptr (GVariant) via = g_variant_dict_lookup_value (&dict, LOGIN_VIA, G_VARIANT_TYPE_VARDICT);
  if (via != NULL && (login->via = unpack_login (via, n_hops + 1)) == NULL)
    return NULL;
  return g_steal_pointer (&login);
}

/**
 * wherry_record_pack_endpoint:
 * @endpoint: an endpoint
 *
 * Returns: (transfer floating): the endpoint as a value of type (aym(a{sv})u)
 */
GVariant *
wherry_record_pack_endpoint (const WherryEndpoint *endpoint)
{
  GVariant *login = endpoint->login != NULL ? pack_login (endpoint->login) : NULL;

  return g_variant_new ("(@ay@ma{sv}u)", g_variant_new_bytestring (endpoint->path),
                        g_variant_new_maybe (G_VARIANT_TYPE_VARDICT, login),
                        (guint32) endpoint->protocol);
}

/**
 * wherry_record_unpack_endpoint:
 * @packed: from wherry_record_pack_endpoint(), or anything else
 *
 * Returns: (transfer full) (nullable): the endpoint; %NULL if it is none
 */
WherryEndpoint *
wherry_record_unpack_endpoint (GVariant *packed)
{
  g_autoptr (GVariant) maybe = NULL;
  g_autoptr (GVariant) login_value = NULL;
  const char *path;
  guint32 protocol;

  if (!g_variant_is_of_type (packed, WHERRY_RECORD_ENDPOINT_TYPE))
    return NULL;
  g_variant_get (packed, "(^&ay@ma{sv}u)", &path, &maybe, &protocol);
  login_value = g_variant_get_maybe (maybe);
  if (login_value == NULL)
    return wherry_endpoint_new_local (path);

  g_autoptr (WherryLogin) login = unpack_login (login_value, 0);
  WherryEndpoint *endpoint = login != NULL ? wherry_endpoint_new_remote (login, path) : NULL;
  if (endpoint != NULL)
    endpoint->protocol = MIN (protocol, WHERRY_PROTOCOL_SFTP);
  return endpoint;
}

static GVariant *
pack_what (WherryTransfer *self)
{
  WherryJob *job = self->job;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, KEY_SOURCE, wherry_record_pack_endpoint (job->source));
  g_variant_dict_insert_value (&dict, KEY_TARGET, wherry_record_pack_endpoint (job->target));
  g_variant_dict_insert (&dict, KEY_FLAGS, "u", (guint32) job->flags);
  g_variant_dict_insert (&dict, KEY_LINKS, "u", (guint32) job->links);
  g_variant_dict_insert (&dict, KEY_SPEED_LIMIT, "t", wherry_throttle_get_limit (job->throttle));
  g_mutex_lock (&job->lock);
  g_variant_dict_insert (&dict, KEY_CONFLICTS, "u", (guint32) job->policy);
  g_variant_dict_insert (&dict, KEY_FRESH, "b", job->fresh);
  g_mutex_unlock (&job->lock);
  if (job->filter != NULL)
    {
      g_variant_dict_insert (&dict, KEY_INCLUDE, "^aay", wherry_filter_get_include (job->filter));
      g_variant_dict_insert (&dict, KEY_EXCLUDE, "^aay", wherry_filter_get_exclude (job->filter));
    }
  if (self->size_hint != WHERRY_TRANSFER_SIZE_UNKNOWN)
    g_variant_dict_insert (&dict, KEY_SIZE, "t", self->size_hint);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static GPtrArray *
copy_failures (WherryTransfer *self)
{
  GPtrArray *failures = wherry_transfer_dup_failures (self);

  if (failures->len == 0)
    g_clear_pointer (&failures, g_ptr_array_unref);
  return failures;
}

/**
 * wherry_transfer_to_record:
 * @self: a transfer
 *
 * Returns: (transfer full): its record, without the files that are done: these
 *   are told one by one, see wherry_ledger_set_record()
 */
WherryRecord *
wherry_transfer_to_record (WherryTransfer *self)
{
  WherryRecord *record = wherry_record_new ();
  WherryProgress progress;

  wherry_transfer_get_progress (self, &progress);
  g_autofree char *from = wherry_endpoint_to_display (self->job->source);
  g_autofree char *to = wherry_endpoint_to_display (self->job->target);

  record->id = self->id;
  record->position = self->position;
  record->state = self->state;
  record->priority = self->priority;
  record->what = pack_what (self);
  record->name = wherry_transfer_dup_name (self);
  record->route = g_strdup_printf ("%s → %s", from, to);
  record->added = self->added;
  record->ended = wherry_transfer_is_over (self) ? g_get_real_time () / G_USEC_PER_SEC : 0;
  record->bytes_done = progress.bytes_done;
  record->files_done = progress.files_done;
  record->files_failed = progress.files_failed;
  record->error = self->error != NULL ? g_error_copy (self->error) : NULL;
  if (wherry_transfer_is_over (self))
    record->failures = copy_failures (self);
  return record;
}

/* As it is on start: nothing goes by itself. */
static WherryTransferState
get_restored_state (WherryTransferState state)
{
  switch (state)
    {
    case WHERRY_TRANSFER_DONE:
    case WHERRY_TRANSFER_FAILED:
    case WHERRY_TRANSFER_CANCELLED:
      return state;
    case WHERRY_TRANSFER_WAITING:
    case WHERRY_TRANSFER_CONNECTING:
    case WHERRY_TRANSFER_RUNNING:
    case WHERRY_TRANSFER_STALLED:
    case WHERRY_TRANSFER_NEEDS_PERSON:
    case WHERRY_TRANSFER_PAUSED:
    case WHERRY_TRANSFER_RETRYING:
    default:
      return WHERRY_TRANSFER_PAUSED;
    }
}

static void
restore_progress (WherryTransfer *self, const WherryRecord *record)
{
  WherryJob *job = self->job;

  job->bytes_done = record->bytes_done;
  job->files_done = record->files_done;
  job->files_failed = record->files_failed;
  if (record->ledger != NULL)
    {
      wherry_ledger_unref (job->ledger);
      job->ledger = wherry_ledger_ref (record->ledger);
    }
  if (record->partials != NULL)
    {
      wherry_partials_unref (job->partials);
      job->partials = wherry_partials_ref (record->partials);
    }
  for (guint i = 0; record->failures != NULL && i < record->failures->len; i++)
    {
      const WherryFailure *failure = record->failures->pdata[i];

      wherry_ledger_add_failed (job->ledger, failure->key);
      wherry_job_note_failure (job, failure->key, i);
      g_ptr_array_add (job->failures,
                       wherry_job_failure_new (failure->key, failure->path, failure->error));
    }
}

static void
restore_rules (WherryTransfer *self, GVariantDict *dict)
{
  WherryJob *job = self->job;
  g_auto (GStrv) include = NULL;
  g_auto (GStrv) exclude = NULL;
  guint32 policy;

  if (g_variant_dict_lookup (dict, KEY_CONFLICTS, "u", &policy))
    job->policy = MIN (policy, WHERRY_CONFLICT_ASK);
  g_variant_dict_lookup (dict, KEY_FRESH, "b", &job->fresh);
  g_variant_dict_lookup (dict, KEY_INCLUDE, "^aay", &include);
  g_variant_dict_lookup (dict, KEY_EXCLUDE, "^aay", &exclude);
  if (include != NULL || exclude != NULL)
    job->filter = wherry_filter_new ((const char *const *) include, (const char *const *) exclude);
}

/**
 * wherry_transfer_new_from_record:
 * @record: a record
 *
 * Returns: (transfer full) (nullable): the transfer it is of, paused if it was not
 *   over; %NULL if the record can't be understood
 */
WherryTransfer *
wherry_transfer_new_from_record (const WherryRecord *record)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (record->what);
  g_autoptr (GVariant) packed_source = g_variant_dict_lookup_value (&dict, KEY_SOURCE, NULL);
  g_autoptr (GVariant) packed_target = g_variant_dict_lookup_value (&dict, KEY_TARGET, NULL);
  guint32 flags = 0, links = 0;
  guint64 limit = 0;

  if (packed_source == NULL || packed_target == NULL)
    return NULL;
  g_autoptr (WherryEndpoint) source = wherry_record_unpack_endpoint (packed_source);
  g_autoptr (WherryEndpoint) target = wherry_record_unpack_endpoint (packed_target);
  if (source == NULL || target == NULL || (source->login == NULL && target->login == NULL)
      || !g_variant_dict_lookup (&dict, KEY_FLAGS, "u", &flags))
    return NULL;

  WherryTransfer *self = wherry_transfer_new (source, target, flags);
  if (g_variant_dict_lookup (&dict, KEY_LINKS, "u", &links))
    self->job->links = links;
  if (g_variant_dict_lookup (&dict, KEY_SPEED_LIMIT, "t", &limit))
    wherry_throttle_set_limit (self->job->throttle, limit);
  g_variant_dict_lookup (&dict, KEY_SIZE, "t", &self->size_hint);
  self->id = record->id;
  self->position = record->position;
  self->priority = MIN (record->priority, WHERRY_PRIORITY_HIGH);
  self->added = record->added;
  self->state = get_restored_state (record->state);
  if (record->error != NULL)
    self->error = g_error_copy (record->error);
  restore_rules (self, &dict);
  self->job->ran = TRUE;
  wherry_transfer_set_retries (self, TRUE);
  restore_progress (self, record);
  return self;
}
