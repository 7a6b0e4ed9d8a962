/* Host keys as values, logins as values, and the key after each further key exchange. */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wherry-error.h"
#include "ssh-fixture.h"
#include "ssh/wherry-session-private.h"
#include "wherry-test-dir.h"

/* An Ed25519 key; the fingerprint is ssh-keygen's. */
#define KEY "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
#define FINGERPRINT "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"

static void
test_host_key (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryHostKey) key = wherry_host_key_new_from_base64 (KEY, &error);
  g_autoptr (WherryHostKey) same = NULL;
  g_autofree char *base64 = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (wherry_host_key_get_key_type (key), ==, "ssh-ed25519");
  g_assert_cmpstr (wherry_host_key_get_fingerprint (key), ==, FINGERPRINT);
  base64 = wherry_host_key_to_base64 (key);
  g_assert_cmpstr (base64, ==, KEY);
  same = wherry_host_key_new (wherry_host_key_get_blob (key), &error);
  g_assert_true (wherry_host_key_equal (key, same));
}

static void
test_host_key_malformed (void)
{
  static const struct {
    const char *bytes;
    gsize size;
  } blobs[] = {
    { "", 0 },
    { "\0\0\0", 3 },
    { "\0\0\0\0", 4 },
    { "\0\0\0\5abc", 7 },
    { "\377\377\377\377abc", 7 },
    { "\0\0\0\3a\0b", 7 },
    { "\0\0\0\3a b", 7 },
    { "\0\0\0\3a\033b", 7 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (blobs); i++)
    {
      g_autoptr (GBytes) blob = g_bytes_new_static (blobs[i].bytes, blobs[i].size);
      g_autoptr (GError) error = NULL;

      g_assert_null (wherry_host_key_new (blob, &error));
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
    }
}

/* The picture is ssh-keygen's, whatever the key. */
static void
test_picture (void)
{
  static const char *const kinds[][2]
      = { { "ed25519", "256" }, { "ecdsa", "256" }, { "ecdsa", "384" }, { "ecdsa", "521" },
          { "rsa", "1024" },    { "rsa", "2048" },  { "rsa", "3072" } };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = wherry_test_dir_new ();
  g_autofree char *file = g_build_filename (folder, "key", NULL);
  g_autofree char *public_file = g_strconcat (file, ".pub", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds) * 3; i++)
    {
      const char *const *kind = kinds[i % G_N_ELEMENTS (kinds)];
      const char *const make[]
          = { "ssh-keygen", "-q", "-t", kind[0], "-b", kind[1], "-N", "", "-f", file, NULL };
      const char *const show[] = { "ssh-keygen", "-lvf", public_file, NULL };
      g_autofree char *text = NULL;
      g_autofree char *shown = NULL;
      g_autofree char *picture = NULL;
      g_auto (GStrv) words = NULL;
      g_autoptr (WherryHostKey) key = NULL;

      g_spawn_sync (NULL, (char **) make, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                    &error);
      g_assert_no_error (error);
      g_spawn_sync (NULL, (char **) show, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &shown, NULL, NULL,
                    &error);
      g_assert_no_error (error);
      g_file_get_contents (public_file, &text, NULL, &error);
      g_assert_no_error (error);
      words = g_strsplit (text, " ", 3);
      key = wherry_host_key_new_from_base64 (words[1], &error);
      g_assert_no_error (error);
      picture = wherry_host_key_to_picture (key);
      g_strchomp (shown);
      g_assert_cmpstr (picture, ==, strchr (shown, '\n') + 1);
      g_assert_cmpuint (wherry_host_key_get_bits (key), ==, (guint) atoi (kind[1]));
      g_assert_cmpint (g_unlink (file), ==, 0);
      g_assert_cmpint (g_unlink (public_file), ==, 0);
    }
  wherry_test_dir_remove (folder);
}

static void
test_login (void)
{
  g_autoptr (WherryLogin) login = wherry_login_new ("u", "Host.example", 22);
  g_autoptr (WherryLogin) same = wherry_login_new ("u", "host.EXAMPLE", 22);
  g_autoptr (WherryLogin) copy = NULL;
  const char *files[] = { "/a", "/b", NULL };

  g_assert_true (wherry_login_equal (login, same));
  same->identity_files = g_strdupv ((char **) files);
  g_assert_false (wherry_login_equal (login, same));
  copy = wherry_login_copy (same);
  g_assert_true (wherry_login_equal (copy, same));
  copy->port = 23;
  g_assert_false (wherry_login_equal (copy, same));
  copy->port = 22;
  copy->identities_only = TRUE;
  g_assert_false (wherry_login_equal (copy, same));
}

/* Stands in for the session's thread, up to the login. */
static void
become_session_thread (WherrySessionImpl *impl)
{
  g_autoptr (GError) error = NULL;
  int fd;

  impl->impl.thread = g_thread_self ();
  impl->impl.context = g_main_context_new ();
  impl->impl.cancel_fd = g_cancellable_get_fd (impl->cancellable);
  impl->impl.streams = g_ptr_array_new ();
  g_main_context_push_thread_default (impl->impl.context);
  if (wherry_session_open_socket_in_impl (impl, &fd, &error)
      && wherry_session_exchange_keys_in_impl (impl, fd, &error)
      && wherry_session_check_host_key_in_impl (impl, &error))
    wherry_session_authenticate_in_impl (impl, &error);
  g_assert_no_error (error);
  impl->impl.event = ssh_event_new ();
  ssh_event_add_session (impl->impl.event, impl->impl.session);
}

static void
leave_session_thread (WherrySessionImpl *impl)
{
  wherry_session_disconnect_in_impl (impl, TRUE);
  g_main_context_pop_thread_default (impl->impl.context);
  g_main_context_unref (impl->impl.context);
  g_cancellable_release_fd (impl->cancellable);
  g_ptr_array_unref (impl->impl.streams);
  wherry_host_key_unref (impl->impl.host_key);
}

/* Has the server exchange keys again, by sending more than it lets pass under one key. */
static void
provoke_rekey (WherrySessionImpl *impl)
{
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  g_autofree char *ballast = g_strnfill (16 * 1024, 'x');

  for (guint i = 0; i < 80; i++)
    {
      ssh_send_ignore (impl->impl.session, ballast);
      ssh_blocking_flush (impl->impl.session, 1000);
    }
  while (!impl->impl.rekeyed)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_assert_cmpint (ssh_event_dopoll (impl->impl.event, 100), !=, SSH_ERROR);
    }
}

/* A server that shows another key in a later key exchange is left (rule R10). */
static void
test_key_after_rekey (void)
{
  const char *const lines[] = { "RekeyLimit 1M", NULL };
  g_autoptr (WherryTestSshd) sshd = wherry_test_sshd_start (lines);
  g_autoptr (WherryLogin) login = wherry_test_sshd_make_login (sshd);
  g_autoptr (WherryTestHostKeys) host_keys = wherry_test_host_keys_new ();
  g_autoptr (WherrySessionImpl) impl = NULL;
  g_autoptr (GError) error = NULL;

  wherry_test_host_keys_accept_all (host_keys);
  impl = wherry_session_impl_new (login, WHERRY_HOST_KEY_STORE (host_keys), NULL);
  become_session_thread (impl);

  /* The first key exchange counts as one as well. */
  g_assert_true (impl->impl.rekeyed);
  g_assert_true (wherry_session_check_rekey_in_impl (impl, &error));
  g_assert_no_error (error);
  g_assert_false (impl->impl.rekeyed);

  provoke_rekey (impl);
  g_assert_true (wherry_session_check_rekey_in_impl (impl, &error));
  g_assert_no_error (error);

  /* As if the key that was accepted had been another one. */
  wherry_host_key_unref (impl->impl.host_key);
  impl->impl.host_key = wherry_host_key_new_from_base64 (KEY, NULL);
  provoke_rekey (impl);
  g_assert_false (wherry_session_check_rekey_in_impl (impl, &error));
  g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_CHANGED);
  leave_session_thread (impl);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SSH_AUTH_SOCK");

  g_test_add_func ("/ssh/keys/host-key", test_host_key);
  g_test_add_func ("/ssh/keys/host-key-malformed", test_host_key_malformed);
  g_test_add_func ("/ssh/keys/host-key-picture", test_picture);
  g_test_add_func ("/ssh/keys/login", test_login);
  g_test_add_func ("/ssh/keys/after-rekey", test_key_after_rekey);

  return g_test_run ();
}
