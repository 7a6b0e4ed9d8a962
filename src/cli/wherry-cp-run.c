#include "config.h"

#include "cli/wherry-cp-run.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "cli/wherry-cp-output.h"
#include "cli/wherry-cp-progress.h"
#include "cli/wherry-terminal-prompter.h"
#include "sites/wherry-host-key-chain.h"
#include "sites/wherry-jump.h"
#include "sites/wherry-secret-keyring.h"
#include "sites/wherry-secret-memory.h"
#include "sites/wherry-secret-prompter.h"
#include "sites/wherry-ssh-config.h"
#include "transfer/wherry-transfer.h"

#define DEFAULT_PORT 22

/* How long a cancelled transfer may take to end in order, in milliseconds. */
#define END_LIMIT_MS 900

/* One run of the command: its sources are copied in turn. */
typedef struct {
  const WherryCpOptions *options;
  WherrySshConfig *config;    /* (nullable) */
  WherrySecretStore *keyring; /* (nullable) */
  WherryHostKeyChain *host_keys;
  WherryTerminalPrompter *prompter;
  WherrySecretPrompter *secret_prompter;
  WherrySessionPool *pool;
  WherryCpProgress *progress;
  GMainLoop *loop;

  GPtrArray *sources; /* (element-type WherryEndpoint) */
  WherryEndpoint *target;
  guint next;               /* of sources */
  WherryTransfer *transfer; /* (nullable): the one at work */
  GPtrArray
      *unreachable; /* (element-type WherryEndpoint): sources whose connection failed; not owned */

  gboolean any_failed;
  int signal; /* 0: none came */
} Run;

static void start_next (Run *run);

static void
run_clear (Run *run)
{
  g_clear_object (&run->transfer);
  g_clear_pointer (&run->progress, wherry_cp_progress_free);
  g_clear_object (&run->pool);
  g_clear_object (&run->secret_prompter);
  g_clear_object (&run->prompter);
  g_clear_object (&run->host_keys);
  g_clear_object (&run->keyring);
  g_clear_pointer (&run->config, wherry_ssh_config_free);
  g_clear_pointer (&run->sources, g_ptr_array_unref);
  g_clear_pointer (&run->unreachable, g_ptr_array_unref);
  g_clear_pointer (&run->target, wherry_endpoint_free);
  g_clear_pointer (&run->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* Keys of the command line come before those of the configuration, as with ssh(1). */
static void
add_identity_files (Run *run, WherryLogin *login)
{
  g_autoptr (GStrvBuilder) files = g_strv_builder_new ();
  GPtrArray *given = run->options->identity_files;

  if (given->len == 0)
    return;
  for (guint i = 0; i < given->len; i++)
    g_strv_builder_add (files, given->pdata[i]);
  if (login->identity_files != NULL)
    g_strv_builder_addv (files, (const char **) login->identity_files);
  g_strfreev (login->identity_files);
  login->identity_files = g_strv_builder_end (files);
}

static WherryLogin *
make_plain_login (Run *run, const WherryLocation *location, guint16 port, GError **error)
{
  if (run->config != NULL)
    return wherry_ssh_config_make_login (run->config, location->host, location->user, port, error);
  return wherry_login_new (location->user != NULL ? location->user : g_get_user_name (),
                           location->host, port != 0 ? port : DEFAULT_PORT);
}

/* The port of the command line is the servers', not that of the hosts on the way. */
static WherryLogin *
make_hop_login (const WherryLocation *location, gpointer user_data, GError **error)
{
  return make_plain_login (user_data, location, location->port, error);
}

static WherryLogin *
make_login (Run *run, const WherryLocation *location, GError **error)
{
  guint16 port = location->port != 0 ? location->port : run->options->port;
  WherryKnownHosts *openssh = wherry_host_key_chain_get_openssh (run->host_keys);
  g_autoptr (WherryLogin) login = make_plain_login (run, location, port, error);

  if (login == NULL)
    return NULL;
  if (run->options->jumps != NULL
      && !wherry_jump_apply (login, (const char *const *) run->options->jumps, make_hop_login, run,
                             error))
    return NULL;

  for (WherryLogin *each = login; each != NULL; each = each->via)
    {
      add_identity_files (run, each);
      if (each->known_hosts_files != NULL)
        wherry_known_hosts_set_host_files (openssh, wherry_login_get_host_key_name (each),
                                           wherry_login_get_host_key_port (each),
                                           (const char *const *) each->known_hosts_files);
    }
  return g_steal_pointer (&login);
}

static WherryEndpoint *
make_endpoint (Run *run, const WherryLocation *location, GError **error)
{
  if (!location->is_remote)
    return wherry_endpoint_new_local (location->path);

  g_autoptr (WherryLogin) login = make_login (run, location, error);
  if (login == NULL)
    return NULL;

  WherryEndpoint *endpoint = wherry_endpoint_new_remote (login, location->path);
  endpoint->protocol = run->options->protocol;
  return endpoint;
}

static gboolean
make_endpoints (Run *run, GError **error)
{
  const WherryCpOptions *options = run->options;

  if (options->ssh_config != NULL)
    {
      run->config = wherry_ssh_config_load (options->ssh_config, error);
      if (run->config == NULL)
        return FALSE;
    }
  for (guint i = 0; i < options->sources->len; i++)
    {
      WherryEndpoint *source = make_endpoint (run, options->sources->pdata[i], error);
      if (source == NULL)
        return FALSE;
      g_ptr_array_add (run->sources, source);
    }
  run->target = make_endpoint (run, options->target, error);
  return run->target != NULL;
}

static void
show_config_warnings (Run *run)
{
  if (run->config == NULL || run->options->quiet)
    return;

  const char *const *warnings = wherry_ssh_config_get_warnings (run->config);
  for (gsize i = 0; warnings[i] != NULL; i++)
    wherry_cp_output_warn ("%s", warnings[i]);
}

static gboolean
is_connection_error (const GError *error)
{
  static const WherryError CODES[] = {
    WHERRY_ERROR_CONNECT,          WHERRY_ERROR_NO_COMMON_ALGORITHM,
    WHERRY_ERROR_HOST_KEY_UNKNOWN, WHERRY_ERROR_HOST_KEY_CHANGED,
    WHERRY_ERROR_HOST_KEY_REVOKED, WHERRY_ERROR_HOST_KEY_UNCHECKED,
    WHERRY_ERROR_AUTHENTICATION,
  };

  /* A question that was declined is not put again. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (CODES); i++)
    if (g_error_matches (error, WHERRY_ERROR, CODES[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_same_login (const WherryEndpoint *a, const WherryEndpoint *b)
{
  if (a->login == NULL || b->login == NULL)
    return a->login == b->login;
  return wherry_login_equal (a->login, b->login);
}

/* How to get rid of the recorded key of a host that the error is about, if it has one. */
static void
show_removal_hint (Run *run, const WherryLogin *login, const GError *error)
{
  if (login == NULL)
    return;
  show_removal_hint (run, login->via, error);

  const char *host = wherry_login_get_host_key_name (login);
  g_autofree char *shown_host = wherry_text_escape (host, -1, 0);
  g_autofree char *marked = g_strdup_printf ("“%s”", shown_host);
  if (strstr (error->message, marked) == NULL)
    return;

  guint16 port = wherry_login_get_host_key_port (login);
  WherryKnownHosts *openssh = wherry_host_key_chain_get_openssh (run->host_keys);
  g_autofree char *name = wherry_known_hosts_format_name (host, port);
  g_autofree char *quoted_name = wherry_text_quote_shell (name);
  g_auto (GStrv) types = NULL;

  if (wherry_host_key_chain_can_forget (run->host_keys, host, port))
    {
      wherry_cp_output_warn (
          /* Translators: a host, and a command line to be copied */
          _ ("if you know why the key of “%s” changed, forget the recorded one with: "
             "wherry-cp --forget-host %s"),
          host, quoted_name);
      return;
    }
  types = wherry_host_key_store_dup_key_types (WHERRY_HOST_KEY_STORE (openssh), host, port, NULL);
  const char *file = wherry_known_hosts_get_file (openssh, host, port);
  if (types[0] == NULL || file == NULL)
    return;

  g_autofree char *quoted_file = wherry_text_quote_shell (file);
  g_autofree char *shown_file = wherry_text_display_name (quoted_file);
  /* Translators: a host, and a command line to be copied */
  wherry_cp_output_warn (
      _ ("if you know why the key of “%s” changed, remove the recorded one with: "
         "ssh-keygen -f %s -R %s"),
      host, shown_file, quoted_name);
}

static void
show_failures (WherryTransfer *transfer)
{
  g_autoptr (GPtrArray) failures = wherry_transfer_dup_failures (transfer);
  WherryProgress progress;

  for (guint i = 0; i < failures->len; i++)
    {
      const WherryFailure *failure = failures->pdata[i];
      g_autofree char *shown = wherry_text_display_name (failure->path);
      wherry_cp_output_warn ("%s: %s", shown, failure->error->message);
    }

  wherry_transfer_get_progress (transfer, &progress);
  if (progress.files_failed > failures->len)
    wherry_cp_output_warn (g_dngettext (NULL, "and %lu more was not copied",
                                        "and %lu more were not copied",
                                        (gulong) (progress.files_failed - failures->len)),
                           (gulong) (progress.files_failed - failures->len));
}

/* Says what is not there. The sum that INCOMPLETE tells is seen from the lines before it. */
static void
show_outcome (Run *run, const WherryEndpoint *source)
{
  const GError *error = wherry_transfer_get_error (run->transfer);
  WherryTransferState state = wherry_transfer_get_state (run->transfer);
  WherryProgress progress;

  if (state == WHERRY_TRANSFER_DONE)
    return;
  run->any_failed = TRUE;
  show_failures (run->transfer);
  wherry_transfer_get_progress (run->transfer, &progress);
  if (state == WHERRY_TRANSFER_CANCELLED && run->signal != 0)
    return;

  g_autofree char *shown = wherry_endpoint_to_display (source);
  if (error == NULL)
    wherry_cp_output_warn (_ ("%s: not copied"), shown);
  else if (!g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_INCOMPLETE)
           || progress.files_failed == 0)
    wherry_cp_output_warn ("%s: %s", shown, error->message);

  if (error != NULL && is_connection_error (error))
    g_ptr_array_add (run->unreachable, (gpointer) source);
  if (g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED))
    {
      show_removal_hint (run, source->login, error);
      show_removal_hint (run, run->target->login, error);
    }
}

static void
on_tick (WherryTransfer *transfer, GParamSpec *pspec, Run *run)
{
  wherry_cp_progress_update (run->progress, transfer);
}

static void
on_state (WherryTransfer *transfer, GParamSpec *pspec, Run *run)
{
  if (!wherry_transfer_is_over (transfer))
    {
      wherry_cp_progress_update (run->progress, transfer);
      return;
    }

  wherry_cp_progress_end (run->progress, transfer);
  show_outcome (run, run->sources->pdata[run->next - 1]);
  g_signal_handlers_disconnect_by_data (transfer, run);
  g_clear_object (&run->transfer);
  start_next (run);
}

/* Whether a source has the way of one that could not be gone: asking again would only fail again.
 */
static gboolean
is_unreachable (Run *run, const WherryEndpoint *source)
{
  for (guint i = 0; i < run->unreachable->len; i++)
    if (is_same_login (source, run->unreachable->pdata[i]))
      return TRUE;
  return FALSE;
}

static void
start_next (Run *run)
{
  const WherryCpOptions *options = run->options;
  WherryTransferFlags flags = WHERRY_TRANSFER_DEFAULT;

  while (run->next < run->sources->len && run->signal == 0
         && is_unreachable (run, run->sources->pdata[run->next]))
    {
      g_autofree char *shown = wherry_endpoint_to_display (run->sources->pdata[run->next++]);
      wherry_cp_output_warn (_ ("%s: not tried, as the connection failed before"), shown);
    }
  if (run->next == run->sources->len || run->signal != 0)
    {
      g_main_loop_quit (run->loop);
      return;
    }

  if (options->recursive)
    flags |= WHERRY_TRANSFER_RECURSIVE;
  if (options->preserve)
    flags |= WHERRY_TRANSFER_PRESERVE;
  if (options->verify)
    flags |= WHERRY_TRANSFER_VERIFY;
  if (run->sources->len > 1)
    flags |= WHERRY_TRANSFER_INTO;

  run->transfer = wherry_transfer_new (run->sources->pdata[run->next++], run->target, flags);
  wherry_transfer_set_speed_limit (run->transfer, options->bytes_per_second);
  /* Counting costs a walk of the source: not for nobody. */
  wherry_transfer_set_count_ahead (run->transfer, wherry_cp_progress_is_drawn (run->progress));
  if (options->follow_links)
    wherry_transfer_set_links (run->transfer, WHERRY_WALKER_LINKS_FOLLOW);
  g_signal_connect (run->transfer, "notify::progress-tick", G_CALLBACK (on_tick), run);
  g_signal_connect (run->transfer, "notify::state", G_CALLBACK (on_state), run);
  wherry_cp_progress_begin (run->progress);
  wherry_transfer_start (run->transfer, run->pool);
}

static gboolean
on_first_turn (gpointer user_data)
{
  start_next (user_data);
  return G_SOURCE_REMOVE;
}

static void
end_now (Run *run)
{
  wherry_terminal_prompter_restore ();
  _exit (WHERRY_CP_SIGNAL_BASE + run->signal);
}

static gboolean
on_end_limit (gpointer user_data)
{
  end_now (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
interrupt (Run *run, int signal_number)
{
  gboolean is_first = run->signal == 0;

  run->signal = signal_number;
  if (!is_first)
    end_now (run);
  g_timeout_add (END_LIMIT_MS, on_end_limit, run);
  if (run->transfer != NULL)
    wherry_transfer_cancel (run->transfer);
  else
    g_main_loop_quit (run->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_sigint (gpointer user_data)
{
  return interrupt (user_data, SIGINT);
}

static gboolean
on_sigterm (gpointer user_data)
{
  return interrupt (user_data, SIGTERM);
}

static gboolean
on_sighup (gpointer user_data)
{
  return interrupt (user_data, SIGHUP);
}

/* A signal that was ignored from the start, as under nohup(1), stays so. */
static void
watch_signal (int signal_number, GSourceFunc function, Run *run)
{
  struct sigaction now;

  if (sigaction (signal_number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
    g_unix_signal_add (signal_number, function, run);
}

static void
on_notice (gpointer source, const char *text, Run *run)
{
  if (!run->options->quiet)
    wherry_cp_output_warn ("%s", text);
}

/* The keyring, and who looks into it. */
static void
open_stores (Run *run)
{
  const WherryCpOptions *options = run->options;
  WherrySecretFlags flags = options->batch ? WHERRY_SECRET_FLAGS_NONE : WHERRY_SECRET_MAY_PROMPT;
  g_autoptr (WherrySecretStore) memory = wherry_secret_memory_new ();

  if (!options->no_keyring)
    run->keyring = wherry_secret_keyring_new ();
  run->host_keys = wherry_host_key_chain_new_default (run->keyring, flags);
  run->secret_prompter
      = wherry_secret_prompter_new (WHERRY_PROMPTER (run->prompter), run->keyring, memory, flags);
  if (options->remember)
    wherry_secret_prompter_set_usual (run->secret_prompter, WHERRY_PROMPT_KEEP_KEYRING);
  g_signal_connect (run->host_keys, "notice", G_CALLBACK (on_notice), run);
  g_signal_connect (run->secret_prompter, "notice", G_CALLBACK (on_notice), run);
}

/* What is told about it comes by the main loop. */
static void
end_remembering (Run *run)
{
  while (run->signal == 0 && wherry_secret_prompter_is_saving (run->secret_prompter))
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static int
forget_host (Run *run)
{
  const WherryLocation *host = run->options->forget_host;
  guint16 port = host->port != 0 ? host->port : DEFAULT_PORT;
  g_autoptr (GError) error = NULL;

  if (wherry_host_key_chain_forget (run->host_keys, host->host, port, NULL, NULL, &error))
    return WHERRY_CP_ALL_THERE;
  wherry_cp_output_warn ("%s", error->message);
  return WHERRY_CP_NOT_ALL_THERE;
}

/**
 * wherry_cp_run:
 * @options: what to do
 *
 * Copies every source to the target, one after the other, and says on standard
 * error what could not be copied.
 *
 * Returns: the exit status
 */
int
wherry_cp_run (const WherryCpOptions *options)
{
  g_auto (Run) run = { .options = options };
  WherryTerminalPrompterFlags flags = WHERRY_TERMINAL_PROMPTER_DEFAULT;
  g_autoptr (GError) error = NULL;

  if (options->accept_new)
    flags |= WHERRY_TERMINAL_PROMPTER_ACCEPT_NEW;
  if (options->quiet)
    flags |= WHERRY_TERMINAL_PROMPTER_QUIET;
  if (options->batch)
    flags |= WHERRY_TERMINAL_PROMPTER_BATCH;

  run.sources = g_ptr_array_new_with_free_func ((GDestroyNotify) wherry_endpoint_free);
  run.unreachable = g_ptr_array_new ();
  run.prompter = wherry_terminal_prompter_new (flags);
  open_stores (&run);
  if (options->forget_host != NULL)
    return forget_host (&run);
  if (!make_endpoints (&run, &error))
    {
      show_config_warnings (&run);
      wherry_cp_output_warn ("%s", error->message);
      return WHERRY_CP_NOT_ALL_THERE;
    }
  show_config_warnings (&run);

  run.pool = wherry_session_pool_new (WHERRY_HOST_KEY_STORE (run.host_keys),
                                      WHERRY_PROMPTER (run.secret_prompter));
  run.progress = wherry_cp_progress_new (options->quiet, run.prompter);
  run.loop = g_main_loop_new (NULL, FALSE);
  watch_signal (SIGINT, on_sigint, &run);
  watch_signal (SIGTERM, on_sigterm, &run);
  watch_signal (SIGHUP, on_sighup, &run);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_first_turn, &run, NULL);
  g_main_loop_run (run.loop);

  wherry_terminal_prompter_restore ();
  wherry_session_pool_close (run.pool);
  if (run.signal == 0)
    end_remembering (&run);
  if (run.signal != 0)
    return WHERRY_CP_SIGNAL_BASE + run.signal;
  return run.any_failed || run.unreachable->len > 0 ? WHERRY_CP_NOT_ALL_THERE : WHERRY_CP_ALL_THERE;
}
