#include "config.h"

#include "ssh/wherry-kex-offer.h"

#include <string.h>

#define MSG_KEXINIT 20

/* Length, padding length, message number, cookie. */
#define HEADER_SIZE (4 + 1 + 1 + 16)

/* Larger than this is no packet (RFC 4253 section 6.1). */
#define PACKET_MAX 35000

static guint32
read_u32 (const guint8 *data)
{
  return (guint32) data[0] << 24 | (guint32) data[1] << 16 | (guint32) data[2] << 8 | data[3];
}

/* What comes after the identification string and any lines before it; %NULL if that is not here. */
static const guint8 *
skip_identification (const guint8 *data, gsize *size)
{
  while (*size > 0)
    {
      const guint8 *end = memchr (data, '\n', *size);
      gboolean is_identification = *size >= 4 && memcmp (data, "SSH-", 4) == 0;

      if (end == NULL)
        return NULL;
      *size -= (gsize) (end + 1 - data);
      data = end + 1;
      if (is_identification)
        return data;
    }
  return NULL;
}

static char *
take_list (const guint8 **data, gsize *size)
{
  guint32 length;
  char *list;

  if (*size < 4)
    return NULL;
  length = read_u32 (*data);
  if (length > *size - 4 || memchr (*data + 4, '\0', length) != NULL)
    return NULL;
  list = g_strndup ((const char *) *data + 4, length);
  *data += 4 + length;
  *size -= 4 + length;
  return list;
}

/*
 * Reads what a server sent from the beginning of the connection on; %FALSE if
 * the offer is not (yet) in it.
 */
gboolean
wherry_kex_offer_read (WherryKexOffer *self, const guint8 *data, gsize size)
{
  gsize left = size;
  const guint8 *p = skip_identification (data, &left);
  guint32 length;

  memset (self, 0, sizeof *self);
  if (p == NULL || left < HEADER_SIZE)
    return FALSE;
  length = read_u32 (p);
  if (length > PACKET_MAX || left - 4 < length || length < HEADER_SIZE - 4 || p[5] != MSG_KEXINIT)
    return FALSE;

  left = length - (HEADER_SIZE - 4);
  p += HEADER_SIZE;
  self->kex = take_list (&p, &left);
  self->host_keys = take_list (&p, &left);
  self->ciphers_out = take_list (&p, &left);
  self->ciphers_in = take_list (&p, &left);
  if (self->ciphers_in != NULL)
    return TRUE;
  wherry_kex_offer_clear (self);
  return FALSE;
}

void
wherry_kex_offer_clear (WherryKexOffer *self)
{
  g_clear_pointer (&self->kex, g_free);
  g_clear_pointer (&self->host_keys, g_free);
  g_clear_pointer (&self->ciphers_out, g_free);
  g_clear_pointer (&self->ciphers_in, g_free);
}

static gboolean
list_contains (const char *list, const char *name)
{
  g_auto (GStrv) names = g_strsplit (list, ",", -1);

  return g_strv_contains ((const char *const *) names, name);
}

/* Whether it starts to count packets anew after the first key exchange (OpenSSH's PROTOCOL, 1.10).
 */
gboolean
wherry_kex_offer_is_strict (const WherryKexOffer *self)
{
  return list_contains (self->kex, "kex-strict-s-v00@openssh.com");
}

/* The first of our names that is among theirs, which is what both sides take (RFC 4253
 * section 7.1); %NULL if none is. */
char *
wherry_kex_list_choose (const char *ours, const char *theirs)
{
  g_auto (GStrv) names = g_strsplit (ours, ",", -1);

  for (guint i = 0; names[i] != NULL; i++)
    if (list_contains (theirs, names[i]))
      return g_strdup (names[i]);
  return NULL;
}

static void
append_names (GString *list, char **names, char **without)
{
  for (guint i = 0; names[i] != NULL; i++)
    {
      gboolean drop = FALSE;

      for (guint j = 0; without != NULL && without[j] != NULL && !drop; j++)
        drop = g_pattern_match_simple (without[j], names[i]);
      if (!drop && *names[i] != '\0')
        g_string_append_printf (list, "%s%s", list->len > 0 ? "," : "", names[i]);
    }
}

/*
 * A list that a person changed: @wanted (nullable) takes the place of @usual, or
 * with a leading "+" is added to it, with "-" taken away (as patterns), with "^"
 * put in front (ssh_config(5), Ciphers).
 */
char *
wherry_kex_list_modify (const char *usual, const char *wanted)
{
  g_auto (GStrv) names = g_strsplit (usual, ",", -1);
  g_auto (GStrv) changes = NULL;
  GString *list = g_string_new (NULL);

  if (wanted == NULL || strchr ("+-^", *wanted) == NULL || *wanted == '\0')
    return g_string_free (g_string_append (list, wanted != NULL ? wanted : usual), FALSE);

  changes = g_strsplit (wanted + 1, ",", -1);
  if (*wanted == '^')
    append_names (list, changes, NULL);
  append_names (list, names, *wanted == '+' ? NULL : changes);
  if (*wanted == '+')
    append_names (list, changes, names);
  return g_string_free (list, FALSE);
}
