#include <string.h>

#include "base/wherry-error.h"
#include "remote/wherry-sftp-codec.h"

static void
test_packet (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  WherrySftpAttrs attrs = { .flags = 0x0f | WHERRY_SFTP_ATTR_EXTENDED,
                            .size = 1ull << 40,
                            .uid = 1,
                            .gid = 2,
                            .mode = 0100644,
                            .atime = 3,
                            .mtime = 4 };
  WherrySftpAttrs again;
  WherrySftpReader reader;
  g_autoptr (GError) error = NULL;
  const char *name;
  gsize start, length;

  g_byte_array_append (bytes, (const guint8 *) "before", 6);
  start = wherry_sftp_begin (bytes, WHERRY_SFTP_OPEN, 7);
  wherry_sftp_put_string (bytes, "name\xff");
  wherry_sftp_put_u64 (bytes, G_MAXUINT64);
  wherry_sftp_put_attrs (bytes, &attrs);
  wherry_sftp_end (bytes, start);

  g_assert_cmpuint (start, ==, 6);
  for (gsize n = 0; n < 4; n++)
    {
      g_assert_true (wherry_sftp_measure_packet (bytes->data + start, n, &length, &error));
      g_assert_cmpuint (length, ==, 0);
    }
  g_assert_true (wherry_sftp_measure_packet (bytes->data + start, 4, &length, &error));
  g_assert_cmpuint (length, ==, bytes->len - start);

  reader = (WherrySftpReader){ bytes->data + start + 4, bytes->len - start - 4, FALSE };
  g_assert_cmpuint (wherry_sftp_get_u8 (&reader), ==, WHERRY_SFTP_OPEN);
  g_assert_cmpuint (wherry_sftp_get_u32 (&reader), ==, 7);
  name = wherry_sftp_get_bytes (&reader, &length);
  g_assert_cmpmem (name, length, "name\xff", 5);
  g_assert_cmpuint (wherry_sftp_get_u64 (&reader), ==, G_MAXUINT64);
  wherry_sftp_get_attrs (&reader, &again);
  g_assert_false (reader.bad);
  g_assert_cmpuint (reader.left, ==, 0);
  /* Extended attributes are never sent. */
  g_assert_cmpuint (again.flags, ==, 0x0f);
  g_assert_cmpuint (again.size, ==, attrs.size);
  g_assert_cmpuint (again.uid, ==, attrs.uid);
  g_assert_cmpuint (again.gid, ==, attrs.gid);
  g_assert_cmpuint (again.mode, ==, attrs.mode);
  g_assert_cmpuint (again.atime, ==, attrs.atime);
  g_assert_cmpuint (again.mtime, ==, attrs.mtime);
  /* Behind the end there is nothing. */
  g_assert_cmpuint (wherry_sftp_get_u32 (&reader), ==, 0);
  g_assert_true (reader.bad);
}

/* Every cut of a NAME is bad, none is read past its end. */
static void
test_cut (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  WherrySftpAttrs attrs = { .flags = 0x0f };
  WherrySftpName name;
  gsize start = wherry_sftp_begin (bytes, WHERRY_SFTP_NAME, 1);

  wherry_sftp_put_string (bytes, "name");
  wherry_sftp_put_string (bytes, "-rw-r--r-- 1 me users 5 Nov 14 22:13 name");
  wherry_sftp_put_attrs (bytes, &attrs);
  wherry_sftp_end (bytes, start);
  for (gsize n = 9; n <= bytes->len; n++)
    {
      g_autofree guint8 *copy = g_memdup2 (bytes->data, n);
      WherrySftpReader reader = { copy + 9, n - 9, FALSE };

      g_assert_cmpint (wherry_sftp_get_name (&reader, &name), ==, n == bytes->len);
    }
}

static void
test_measure (void)
{
  static const struct {
    const char bytes[5];
    gboolean well;
  } cases[] = {
    { "\0\0\0\0", FALSE }, { "\0\0\0\4", FALSE },  { "\0\0\0\5", TRUE },
    { "\0\20\0\0", TRUE }, { "\0\20\0\1", FALSE }, { "\377\377\377\377", FALSE },
    { "Welc", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize length;

      g_assert_cmpint (wherry_sftp_measure_packet ((const guint8 *) cases[i].bytes, 4, &length,
                                                   &error),
                       ==, cases[i].well);
      if (!cases[i].well)
        g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL);
    }
}

static void
test_extended (void)
{
  /* Two thousand million extended attributes are announced, one is there. */
  static const guint8 lie[]
      = { 0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1, 'a', 0, 0, 0, 0 };
  WherrySftpReader reader = { lie, sizeof lie, FALSE };
  WherrySftpAttrs attrs;

  wherry_sftp_get_attrs (&reader, &attrs);
  g_assert_true (reader.bad);
  g_assert_cmpuint (attrs.flags, ==, 0);
}

static void
test_long_name (void)
{
  static const struct {
    const char *line;
    const char *owner;
    const char *group;
  } cases[] = {
    { "-rw-r--r--    1 me users 5 Nov 14 22:13 x", "me", "users" },
    { "drwxr-xr-x+   ? 0 0 4096 Nov 14 22:13 x", "0", "0" },
    { "name", NULL, NULL },
    { "", NULL, NULL },
    { "-rw-r--r-- me users 5 Nov 14 22:13 x", NULL, NULL },
    { "-rw-r--r-- 1 m\xff users 5", NULL, NULL },
    { "-rw-r--r-- 1 me", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *owner = NULL;
      g_autofree char *group = NULL;

      g_assert_cmpint (wherry_sftp_split_long_name (cases[i].line, strlen (cases[i].line), &owner,
                                                    &group),
                       ==, cases[i].owner != NULL);
      g_assert_cmpstr (owner, ==, cases[i].owner);
      g_assert_cmpstr (group, ==, cases[i].group);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/remote/codec/packet", test_packet);
  g_test_add_func ("/remote/codec/cut", test_cut);
  g_test_add_func ("/remote/codec/measure", test_measure);
  g_test_add_func ("/remote/codec/extended", test_extended);
  g_test_add_func ("/remote/codec/long-name", test_long_name);
  return g_test_run ();
}
