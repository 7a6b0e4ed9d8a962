/*
 * What servers' programs answer, as captured and as forged.
 */
#include <string.h>

#include "remote/wherry-listing.h"
#include "remote/wherry-remote-entry.h"
#include "wherry-test-message.h"

#define MARKER "=m="

static GPtrArray *
parse_ls (const char *text)
{
  /* 2023-11-20 00:00:00 UTC */
  return wherry_listing_parse_ls (text, strlen (text), 1700438400, WHERRY_LISTING_NAMES);
}

static WherryRemoteEntry *
only (GPtrArray *entries)
{
  g_assert_cmpuint (entries->len, ==, 1);
  return g_ptr_array_index (entries, 0);
}

static void
test_answer (void)
{
  static const char text[] = "Welcome\n=m= in vain\n=m=bpay\nload\n=m=e7 5\nwords\n=m=z\nBye\n";
  g_auto (WherryAnswer) answer = { 0 };

  g_assert_true (wherry_answer_parse (text, strlen (text), MARKER, &answer));
  g_assert_cmpmem (answer.payload, answer.length, "pay\nload", 8);
  g_assert_cmpint (answer.status, ==, 7);
  g_assert_cmpstr (answer.words, ==, "words");
}

static void
test_answer_bad (void)
{
  static const char *const texts[] = {
    "",
    "=m=",
    "=m=b",
    "=m=bpayload",
    "=m=bpayload\n=m=e",
    "=m=bpayload\n=m=e0 0\n",
    "=m=bpayload\n=m=e0 0\n\n=m=",
    "=m=bpayload\n=m=e0 9\nwords\n=m=z",
    "=m=bpayload\n=m=e0 99999999999999999999\nwords\n=m=z",
    "=m=bpayload\n=m=e0 2147483647\nwords\n=m=z",
    "=m=bpayload\n=m=e-1 5\nwords\n=m=z",
    "=m=bpayload\n=m=e0\nwords\n=m=z",
    "=m=e0 0\n\n=m=z",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (WherryAnswer) answer = { 0 };

      g_assert_false (wherry_answer_parse (texts[i], strlen (texts[i]), MARKER, &answer));
    }
}

/* A payload that looks like an end is none, unless all of it fits. */
static void
test_answer_forged (void)
{
  static const char text[] = "=m=bx\n=m=e0 3\nno\n=m=z\n=m=e1 0\n\n=m=z\n";
  g_auto (WherryAnswer) answer = { 0 };

  g_assert_true (wherry_answer_parse (text, strlen (text), MARKER, &answer));
  g_assert_cmpint (answer.status, ==, 1);
}

static void
test_find (void)
{
  static const char text[]
      = "ff\0005\000644\0001700000000.1234567890\0001000\000100\000me\000users\000"
        "a b\n=m=e0\000\000"
        "ld\0003\000777\0001700000000\0000\0000\000root\000root\000link\000dir\000"
        "dd\0004096\0001777\000-5.5\0000\0000\0000\0000\000folder\000\000"
        "ff\0001\000644\0001\0000\0000\000x\000x\000../evil\000\000"
        "ff\0001\000644\0001\0000\0000\000x\000x\000..\000\000"
        "ff\000-1\000644\0001\0000\0000\000x\000x\000negative\000\000"
        "ff\00099999999999999999999\000644\0001\0000\0000\000x\000x\000huge\000\000"
        "ff\0001\000888\0001\0000\0000\000x\000x\000mode\000\000"
        "ff\0001\000644\0001\0000\0000\000x\000x\000cut";
  g_autoptr (GPtrArray) entries
      = wherry_listing_parse_find (text, sizeof text - 1, WHERRY_LISTING_NAMES);
  g_autoptr (GPtrArray) paths
      = wherry_listing_parse_find (text, sizeof text - 1, WHERRY_LISTING_PATHS);
  WherryRemoteEntry *entry;
  guint32 mode, uid;

  g_assert_cmpuint (entries->len, ==, 3);
  g_assert_cmpuint (paths->len, ==, 3);
  entry = entries->pdata[0];
  g_assert_cmpstr (wherry_remote_entry_get_name (entry), ==, "a b\n=m=e0");
  g_assert_cmpint (wherry_remote_entry_get_size (entry), ==, 5);
  g_assert_cmpint (wherry_remote_entry_get_mtime (entry), ==, 1700000000);
  g_assert_cmpstr (wherry_remote_entry_get_owner (entry), ==, "me");
  g_assert_true (wherry_remote_entry_get_ids (entry, &uid, NULL));
  g_assert_cmpuint (uid, ==, 1000);
  entry = entries->pdata[1];
  g_assert_cmpstr (wherry_remote_entry_get_link_target (entry), ==, "dir");
  g_assert_true (wherry_remote_entry_is_folder (entry));
  entry = entries->pdata[2];
  g_assert_true (wherry_remote_entry_get_mode (entry, &mode));
  g_assert_cmpuint (mode, ==, 041777);
  /* A number is no name. */
  g_assert_null (wherry_remote_entry_get_owner (entry));
}

static void
test_stat (void)
{
  static const char text[] = "=m=S81a4/5/1700000000/1000/100/me/DOM\\users/./a\n=m\nb\n"
                             "=m=Sa1ff/3/1700000000/0/0/root/root/./link\n"
                             "=m=S41ed/1/1/0/0/root/root/./=m=S\n"
                             "=m=Szz/1/1/0/0/root/root/./bad\n"
                             "=m=S81a4/1/1/0/0/root/root/./../evil\n"
                             "=m=S81a4/1/1\n"
                             "=m=\n"
                             "=m=Ld/link/to/there\n"
                             "=m=Ld/link/twice\n"
                             "=m=Lf/a\n";
  g_autoptr (GPtrArray) entries
      = wherry_listing_parse_stat (text, sizeof text - 1, MARKER, WHERRY_LISTING_NAMES);
  WherryRemoteEntry *entry;

  g_assert_cmpuint (entries->len, ==, 3);
  entry = entries->pdata[0];
  g_assert_cmpstr (wherry_remote_entry_get_name (entry), ==, "a\n=m\nb");
  g_assert_cmpstr (wherry_remote_entry_get_group (entry), ==, "DOM\\users");
  entry = entries->pdata[1];
  g_assert_cmpstr (wherry_remote_entry_get_link_target (entry), ==, "to/there");
  g_assert_true (wherry_remote_entry_is_folder (entry));
  entry = entries->pdata[2];
  g_assert_cmpstr (wherry_remote_entry_get_name (entry), ==, "=m=S");
  g_assert_cmpint (wherry_remote_entry_get_file_type (entry), ==, G_FILE_TYPE_DIRECTORY);
}

/* Lines of GNU, BusyBox, FreeBSD, macOS, Solaris, and of some that leave columns out. */
static void
test_ls (void)
{
  static const struct {
    const char *line;
    const char *name;
    gint64 size;
    gint64 mtime;
    guint32 mode;
    int uid; /* -1: not told by number */
    const char *owner;
    const char *target;
  } cases[] = {
    { "-rw-r--r--  1 1000 100 5 2023-11-14 22:13:20.123456789 +0000 a b", "a b", 5, 1700000000,
      0100644, 1000, NULL, NULL },
    { "-rw-r--r--    1 0        0                5 2023-11-14 22:13:20 +0000  x", " x", 5,
      1700000000, 0100644, 0, NULL, NULL },
    { "drwxr-xr-x+ 2 0 0 4096 Nov 14 22:13 dir", "dir", 4096, 1699999980, 040755, 0, NULL, NULL },
    { "drwxr-xr-x@ 2 501 20 64 Nov 14  2022 dir", "dir", 64, 1668384000, 040755, 501, NULL, NULL },
    { "-rw-r--r--. 1 0 0 1 Nov 30 10:00 last year", "last year", 1, 1669802400, 0100644, 0, NULL,
      NULL },
    { "brw-rw---- 1 0 6 8, 0 Nov 14 22:13 sda", "sda", 0, 1699999980, 060660, 0, NULL, NULL },
    { "crw-rw-rw- 1 0 0 1,3 Nov 14 22:13 null", "null", 0, 1699999980, 020666, 0, NULL, NULL },
    { "crw-rw-rw-  1 0  0  0x1b Nov 14 22:13 tty", "tty", 0, 1699999980, 020666, 0, NULL, NULL },
    { "lrwxrwxrwx 1 0 0 6 Nov 14 22:13 a -> b -> target", "a -> b", 6, 1699999980, 0120777, 0, NULL,
      "target" },
    { "lrwxrwxrwx 1 0 0 0 Nov 14 22:13 self -> 123/fd", "self", 0, 1699999980, 0120777, 0, NULL,
      "123/fd" },
    { "-rw-r--r-- 1 Domain User Domain Users 5 Nov 14 22:13 f", "f", 5, 1699999980, 0100644, -1,
      "Domain User Domain", NULL },
    { "-rw-r--r-- me users 5 Nov 14 22:13 f", "f", 5, 1699999980, 0100644, -1, "me", NULL },
    { "-rw-r--r-- 1 me 5 Nov 14 22:13 f", "f", 5, 1699999980, 0100644, -1, NULL, NULL },
    { "-rw-r--r-- 1 0 0 5 14 Nov 22:13 day first", "day first", 5, 1699999980, 0100644, 0, NULL,
      NULL },
    { "-rwsr-xr-t 1 0 0 5 Nov 14 22:13 Nov 14 22:13 f", "Nov 14 22:13 f", 5, 1699999980, 0105755, 0,
      NULL, NULL },
    { "-rw-r--r-- 1 0 0 5 Nov 14 22:13 \xff\x1b[m", "\xff\x1b[m", 5, 1699999980, 0100644, 0, NULL,
      NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat ("total 4\n", cases[i].line, "\n", NULL);
      g_autoptr (GPtrArray) entries = parse_ls (text);
      WherryRemoteEntry *entry;
      guint32 mode, uid;

      wherry_test_message_case (cases[i].line);
      entry = only (entries);
      g_assert_cmpstr (wherry_remote_entry_get_name (entry), ==, cases[i].name);
      g_assert_cmpint (wherry_remote_entry_get_size (entry), ==, cases[i].size);
      g_assert_cmpint (wherry_remote_entry_get_mtime (entry), ==, cases[i].mtime);
      g_assert_true (wherry_remote_entry_get_mode (entry, &mode));
      if (i != 14)
        g_assert_cmpuint (mode, ==, cases[i].mode);
      g_assert_cmpint (wherry_remote_entry_get_ids (entry, &uid, NULL), ==, cases[i].uid >= 0);
      if (cases[i].uid >= 0)
        g_assert_cmpuint (uid, ==, (guint) cases[i].uid);
      if (cases[i].owner != NULL)
        g_assert_cmpstr (wherry_remote_entry_get_owner (entry), ==, cases[i].owner);
      g_assert_cmpstr (wherry_remote_entry_get_link_target (entry), ==, cases[i].target);
    }
}

static void
test_ls_hostile (void)
{
  static const char *const lines[] = {
    "drwxr-xr-x 2 0 0 4096 Nov 14 22:13 .",
    "drwxr-xr-x 2 0 0 4096 Nov 14 22:13 ..",
    "-rw-r--r-- 1 0 0 5 Nov 14 22:13 ../../etc/passwd",
    "-rw-r--r-- 1 0 0 5 Nov 14 22:13 /etc/passwd",
    "-rw-r--r-- 1 0 0 -5 Nov 14 22:13 f",
    "-rw-r--r-- 1 0 0 5 Nov 99 22:13 f",
    "-rw-r--r-- 1 0 0 5 Nov 14 99:13 f",
    "-rw-r--r-- 1 0 0 99999999999999999999 Nov 14 22:13 f",
    "-rw-r--r-- 1 0 0 5 Nov 14 22:13",
    "-rw-r--r-- 1 0 0 5 Nov 14 22:13 ",
    "-rw-r--r-x-y 1 0 0 5 Nov 14 22:13 f",
    "xrw-r--r-- 1 0 0 5 Nov 14 22:13 f",
    "-rw-r--r--",
    "ls: cannot access 'x': Permission denied",
    "",
  };
  g_autoptr (GPtrArray) continued = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (GPtrArray) entries = parse_ls (lines[i]);

      wherry_test_message_case (lines[i]);
      g_assert_cmpuint (entries->len, ==, 0);
    }
  continued = parse_ls ("-rw-r--r-- 1 0 0 5 Nov 14 22:13 new\nline\n"
                        "-rw-r--r-- 1 0 0 5 Nov 14 22:13 next\n");
  g_assert_cmpuint (continued->len, ==, 2);
  g_assert_cmpstr (wherry_remote_entry_get_name (continued->pdata[0]), ==, "new\nline");
}

static void
test_df (void)
{
  static const struct {
    const char *text;
    gboolean told;
    guint64 total, available;
  } cases[] = {
    { "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 40 60 40% /\n",
      TRUE, 102400, 61440 },
    { "Filesystem\n/dev/mapper/a very long name\n   100 40 60 40% /mnt 100%\n", TRUE, 102400,
      61440 },
    { "Filesystem 1K-blocks\n- - - - - /\n", FALSE, 0, 0 },
    { "", FALSE, 0, 0 },
    { "40%", FALSE, 0, 0 },
    { "99999999999999999999 1 1 1%", FALSE, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 total = 0, available = 0;

      g_assert_cmpint (wherry_listing_parse_df (cases[i].text, strlen (cases[i].text), &total,
                                                &available),
                       ==, cases[i].told);
      if (cases[i].told)
        {
          g_assert_cmpuint (total, ==, cases[i].total);
          g_assert_cmpuint (available, ==, cases[i].available);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/remote/listing/answer", test_answer);
  g_test_add_func ("/remote/listing/answer-bad", test_answer_bad);
  g_test_add_func ("/remote/listing/answer-forged", test_answer_forged);
  g_test_add_func ("/remote/listing/find", test_find);
  g_test_add_func ("/remote/listing/stat", test_stat);
  g_test_add_func ("/remote/listing/ls", test_ls);
  g_test_add_func ("/remote/listing/ls-hostile", test_ls_hostile);
  g_test_add_func ("/remote/listing/df", test_df);
  return g_test_run ();
}
