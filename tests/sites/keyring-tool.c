/*
 * Host keys and secrets by hand, for test-keyring.py: takes commands from
 * standard input, a line each, and answers each with one line.
 *
 * Usage: keyring-tool ANSWER_MS PERSON_MS no-prompt|prompt
 *        keyring-tool unlock PASSWORD
 */
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "sites/wherry-host-key-chain.h"
#include "sites/wherry-secret-keyring.h"

typedef struct {
  WherrySecretStore *secrets;
  WherryHostKeyChain *chain;
  WherrySecretFlags flags;
  char *notice;
} Tool;

static const char *const verdicts[] = { "match", "unknown", "changed", "revoked", "unchecked" };

static const char *
name_error (const GError *error)
{
  if (g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_NO_KEYRING))
    return "none";
  if (g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_KEYRING_LOCKED))
    return "locked";
  if (g_error_matches (error, WHERRY_ERROR, WHERRY_ERROR_KEYRING_FAILED))
    return "failed";
  return "other";
}

static void
answer (gboolean ok, GError *error)
{
  if (ok)
    g_print ("ok\n");
  else
    g_print ("error %s: %s\n", name_error (error), error->message);
  g_clear_error (&error);
}

static GHashTable *
login_attributes (char **words)
{
  return wherry_secret_attributes_new ("user", words[1], "host", words[2], "port", words[3],
                                       "method", "password", NULL);
}

static void
check (Tool *tool, char **words, WherryHostKey *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) known = NULL;
  WherryHostKeyVerdict verdict
      = wherry_host_key_store_check (WHERRY_HOST_KEY_STORE (tool->chain), words[1],
                                     (guint16) atoi (words[2]), key, &known, NULL, &error);

  g_assert_true ((verdict == WHERRY_HOST_KEY_UNCHECKED) == (error != NULL));
  g_assert_true ((verdict == WHERRY_HOST_KEY_CHANGED) == (known != NULL));
  g_print ("%s", verdicts[verdict]);
  for (guint i = 0; known != NULL && i < known->len; i++)
    g_print (" %s", wherry_host_key_get_key_type (known->pdata[i]));
  if (error != NULL)
    g_print (" %s: %s", name_error (error), error->message);
  g_print ("\n");
}

static void
list (Tool *tool)
{
  g_autoptr (GError) error = NULL;
  WherryKnownHostsUnlisted unlisted;
  g_autoptr (GPtrArray) records = wherry_host_key_chain_list (tool->chain, &unlisted, NULL, &error);

  if (records == NULL)
    {
      answer (FALSE, g_steal_pointer (&error));
      return;
    }
  for (guint i = 0; i < records->len; i++)
    {
      const WherryKnownHost *record = records->pdata[i];

      g_print ("%s/%u/%s/%u ", record->host, record->port,
               wherry_host_key_get_key_type (record->key), record->origin);
    }
  g_print ("hashed=%u patterns=%u authorities=%u revoked=%u\n", unlisted.n_hashed,
           unlisted.n_patterns, unlisted.n_authorities, unlisted.n_revoked);
}

static void
login (Tool *tool, char **words)
{
  g_autoptr (GHashTable) attributes = login_attributes (words);
  g_autoptr (GPtrArray) found = NULL;
  GError *error = NULL;

  if (g_str_equal (words[0], "save"))
    {
      gboolean ok = wherry_secret_store_save (tool->secrets, WHERRY_SECRET_PASSWORD, attributes,
                                              "a label", words[4], tool->flags, NULL, &error);
      answer (ok, error);
      return;
    }
  found = wherry_secret_store_search (tool->secrets, WHERRY_SECRET_PASSWORD, attributes,
                                      tool->flags, NULL, &error);
  if (found == NULL)
    answer (FALSE, error);
  else if (found->len == 0)
    g_print ("nothing\n");
  else
    g_print ("found %s\n", ((WherrySecret *) found->pdata[0])->text);
}

static void
obey (Tool *tool, char **words)
{
  WherryHostKeyStore *store = WHERRY_HOST_KEY_STORE (tool->chain);
  guint n_words = g_strv_length (words);
  guint16 port = n_words > 2 ? (guint16) atoi (words[2]) : 0;
  g_autoptr (WherryHostKey) key
      = n_words > 3 ? wherry_host_key_new_from_base64 (words[3], NULL) : NULL;
  GError *error = NULL;
  gboolean ok = FALSE;

  if (g_str_equal (words[0], "check"))
    {
      check (tool, words, key);
      return;
    }
  if (g_str_equal (words[0], "types"))
    {
      g_auto (GStrv) types = wherry_host_key_store_dup_key_types (store, words[1], port, NULL);
      g_autofree char *joined = g_strjoinv (" ", types);

      g_print ("types %s\n", joined);
      return;
    }
  if (g_str_equal (words[0], "list"))
    {
      list (tool);
      return;
    }
  if (g_str_equal (words[0], "save") || g_str_equal (words[0], "lookup"))
    {
      login (tool, words);
      return;
    }
  if (g_str_equal (words[0], "notice"))
    {
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_print ("notice %s\n", tool->notice != NULL ? tool->notice : "none");
      g_clear_pointer (&tool->notice, g_free);
      return;
    }
  if (g_str_equal (words[0], "import"))
    {
      guint n_imported, n_conflicts;

      if (wherry_host_key_chain_import (tool->chain, &n_imported, &n_conflicts, NULL, &error))
        g_print ("imported %u conflicts %u\n", n_imported, n_conflicts);
      else
        answer (FALSE, error);
      return;
    }

  if (g_str_equal (words[0], "remember"))
    ok = wherry_host_key_store_remember (store, words[1], port, key, NULL, &error);
  else if (g_str_equal (words[0], "replace"))
    ok = wherry_host_key_store_replace (store, words[1], port, key, NULL, &error);
  else if (g_str_equal (words[0], "forget"))
    ok = wherry_host_key_chain_forget (tool->chain, words[1], port, words[3], NULL, &error);
  else if (g_str_equal (words[0], "clear-login"))
    ok = wherry_secret_store_clear_login (tool->secrets, words[1], words[2],
                                          (guint16) atoi (words[3]), NULL, &error);
  else
    g_error ("no such command: %s", words[0]);
  answer (ok, error);
}

static void
on_notice (WherryHostKeyChain *chain, const char *text, Tool *tool)
{
  g_assert_null (tool->notice);
  tool->notice = g_strdup (text);
}

static GVariant *
call_keyring (GDBusConnection *bus, const char *interface, const char *method, GVariant *arguments)
{
  g_autoptr (GError) error = NULL;
  GVariant *result
      = g_dbus_connection_call_sync (bus, "org.freedesktop.secrets", "/org/freedesktop/secrets",
                                     interface, method, arguments, NULL, 0, -1, NULL, &error);

  g_assert_no_error (error);
  return result;
}

/* By the interface that gnome-keyring has for tests: no prompt, and so no display. */
static int
unlock (const char *password)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) opened
      = call_keyring (bus, "org.freedesktop.Secret.Service", "OpenSession",
                      g_variant_new ("(sv)", "plain", g_variant_new_string ("")));
  const char *session;

  g_variant_get (opened, "(v&o)", NULL, &session);
  g_variant_unref (call_keyring (
      bus, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface", "UnlockWithMasterPassword",
      g_variant_new ("(o(o@ay@ays))", "/org/freedesktop/secrets/collection/login", session,
                     g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, "", 0, 1),
                     g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, password, strlen (password),
                                                1),
                     "text/plain")));
  return 0;
}

int
main (int argc, char *argv[])
{
  Tool tool = { 0 };
  char line[16384];

  if (argc == 3 && g_str_equal (argv[1], "unlock"))
    return unlock (argv[2]);

  g_assert_cmpint (argc, ==, 4);
  tool.secrets = wherry_secret_keyring_new ();
  wherry_secret_keyring_set_limits (WHERRY_SECRET_KEYRING (tool.secrets),
                                    atoi (argv[1]) * G_TIME_SPAN_MILLISECOND,
                                    atoi (argv[2]) * G_TIME_SPAN_MILLISECOND);
  tool.flags
      = g_str_equal (argv[3], "prompt") ? WHERRY_SECRET_MAY_PROMPT : WHERRY_SECRET_FLAGS_NONE;
  tool.chain = wherry_host_key_chain_new_default (tool.secrets, tool.flags);
  g_signal_connect (tool.chain, "notice", G_CALLBACK (on_notice), &tool);

  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_auto (GStrv) words = g_strsplit (g_strchomp (line), " ", -1);

      obey (&tool, words);
      fflush (stdout);
    }
  g_object_unref (tool.chain);
  g_object_unref (tool.secrets);
  g_free (tool.notice);
  return 0;
}
