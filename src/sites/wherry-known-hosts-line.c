/* The lines of known_hosts files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), and reading such a file.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "sites/wherry-known-hosts-private.h"
#include "sites/wherry-pattern.h"

/* No known_hosts file is longer; an endless one must not fill the memory. */
#define FILE_MAX (64 * 1024 * 1024)

/* The bytes of @name's HMAC under @salt, as in hostfile.c's host_hash(). */
void
wherry_known_hosts_hash_name (const guint8 *salt,
                              const char *name,
                              guint8 digest[WHERRY_KNOWN_HOSTS_HASH_LENGTH])
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA1, salt, WHERRY_KNOWN_HOSTS_HASH_LENGTH);
  gsize length = WHERRY_KNOWN_HOSTS_HASH_LENGTH;

  g_hmac_update (hmac, (const guchar *) name, -1);
  g_hmac_get_digest (hmac, digest, &length);
}

static gboolean
matches_hash (const char *hashed, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (hashed + strlen (WHERRY_KNOWN_HOSTS_HASH_MARK), "|", 3);
  guint8 digest[WHERRY_KNOWN_HOSTS_HASH_LENGTH];
  gsize salt_length, length;

  if (g_strv_length (parts) != 2)
    return FALSE;
  g_autofree guint8 *salt = g_base64_decode (parts[0], &salt_length);
  g_autofree guint8 *recorded = g_base64_decode (parts[1], &length);
  if (salt_length != WHERRY_KNOWN_HOSTS_HASH_LENGTH || length != WHERRY_KNOWN_HOSTS_HASH_LENGTH)
    return FALSE;
  wherry_known_hosts_hash_name (salt, name, digest);
  return memcmp (digest, recorded, WHERRY_KNOWN_HOSTS_HASH_LENGTH) == 0;
}

/* Whether a line's names are meant for @name, in lower case. */
gboolean
wherry_known_hosts_match_names (const char *names, const char *name)
{
  if (g_str_has_prefix (names, WHERRY_KNOWN_HOSTS_HASH_MARK))
    return matches_hash (names, name);

  g_autofree char *lower = g_ascii_strdown (names, -1);
  g_auto (GStrv) patterns = g_strsplit (lower, ",", -1);
  return wherry_pattern_match_list ((const char *const *) patterns, name) == WHERRY_PATTERN_MATCH;
}

/* The next word of a line; NULL at its end. */
static char *
next_word (char **line)
{
  char *word = *line + strspn (*line, " \t");
  char *end = word + strcspn (word, " \t");

  if (*word == '\0')
    return NULL;
  *line = *end == '\0' ? end : end + 1;
  *end = '\0';
  return word;
}

/* The key of a line, or NULL: a line that can't be read records nothing, as in OpenSSH. */
static WherryHostKey *
read_key (char *line)
{
  const char *key_type = next_word (&line);
  const char *base64 = next_word (&line);

  if (key_type == NULL || base64 == NULL)
    return NULL;

  g_autoptr (WherryHostKey) key = wherry_host_key_new_from_base64 (base64, NULL);
  if (key == NULL || !g_str_equal (wherry_host_key_get_key_type (key), key_type))
    return NULL;
  return g_steal_pointer (&key);
}

/*
 * Takes one line apart, which is changed by it and has to outlive @line. FALSE if
 * it is blank, a comment, or one that can't be understood: that records nothing,
 * as in OpenSSH.
 */
gboolean
wherry_known_hosts_parse_line (char *text, WherryKnownHostsLine *line)
{
  g_strchomp (text);
  line->marker = WHERRY_KNOWN_HOSTS_PLAIN;
  line->names = next_word (&text);
  if (line->names == NULL || *line->names == '#')
    return FALSE;
  if (*line->names == '@')
    {
      if (g_str_equal (line->names, "@revoked"))
        line->marker = WHERRY_KNOWN_HOSTS_REVOKED;
      else if (g_str_equal (line->names, "@cert-authority"))
        line->marker = WHERRY_KNOWN_HOSTS_AUTHORITY;
      else
        return FALSE;
      line->names = next_word (&text);
      if (line->names == NULL)
        return FALSE;
    }
  line->key = read_key (text);
  return line->key != NULL;
}

void
wherry_known_hosts_line_clear (WherryKnownHostsLine *line)
{
  g_clear_pointer (&line->key, wherry_host_key_unref);
}

/* Reads a file whole; an absent one is empty. */
char *
wherry_known_hosts_read_file (const char *file, GError **error)
{
  /* Without O_NONBLOCK a FIFO of that name would hang the login. */
  int fd = open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  g_autoptr (GString) text = g_string_new (NULL);
  int failure = 0;

  if (fd < 0 && errno == ENOENT)
    return g_strdup ("");
  if (fd < 0 || fstat (fd, &st) != 0)
    failure = errno;
  else if (S_ISREG (st.st_mode))
    {
      char block[65536];
      gssize n;

      while ((n = read (fd, block, sizeof block)) != 0 && failure == 0)
        {
          if (n > 0)
            g_string_append_len (text, block, n);
          else if (errno != EINTR)
            failure = errno;
          if (text->len > FILE_MAX)
            failure = EFBIG;
        }
    }
  else if (!S_ISCHR (st.st_mode)) /* /dev/null is a common way to say "none" */
    failure = S_ISDIR (st.st_mode) ? EISDIR : EINVAL;

  if (fd >= 0)
    close (fd);
  if (failure == 0)
    {
      /* A stray NUL must not hide the keys after it. */
      for (gsize i = 0; i < text->len; i++)
        if (text->str[i] == '\0')
          text->str[i] = '\n';
      return g_string_free (g_steal_pointer (&text), FALSE);
    }

  g_autofree char *shown = wherry_text_display_name (file);
  g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_HOST_KEY_UNCHECKED,
               _ ("The known host keys in “%s” can’t be read: %s"), shown, g_strerror (failure));
  return NULL;
}
