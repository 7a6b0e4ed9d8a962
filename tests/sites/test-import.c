#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-error.h"
#include "sites/wherry-import-private.h"
#include "sites/wherry-site-file.h"
#include "wherry-test-dir.h"

static char *folder;

static WherryImport *
read_text (WherryImportKind kind, const char *text, GError **error)
{
  g_autofree char *file = wherry_test_dir_write (folder, "file", text);
  WherryImport *import = wherry_import_read (kind, file, error);

  for (guint i = 0; import != NULL && i < import->warnings->len; i++)
    {
      g_test_message ("%s", (char *) import->warnings->pdata[i]);
      g_assert_true (g_utf8_validate (import->warnings->pdata[i], -1, NULL));
    }
  return import;
}

static WherrySite *
find (WherryImport *import, const char *name)
{
  for (guint i = 0; i < import->sites->len; i++)
    if (g_str_equal (wherry_site_get_string (import->sites->pdata[i], WHERRY_SITE_NAME), name))
      return import->sites->pdata[i];
  g_error ("no site “%s”", name);
}

static void
assert_field (WherrySite *site, WherrySiteField field, const char *expected)
{
  g_assert_cmpstr (wherry_site_get_string (site, field), ==, expected);
}

static void
assert_warned (WherryImport *import, const char *name, const char *words)
{
  for (guint i = 0; i < import->warnings->len; i++)
    if (strstr (import->warnings->pdata[i], name) != NULL
        && strstr (import->warnings->pdata[i], words) != NULL)
      return;
  g_error ("no warning of “%s” about “%s”", name, words);
}

/* As FileZilla 3.63 writes it, with what it wrote in earlier years below. */
static const char filezilla[]
    = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<FileZilla3 version=\"3.63.0\" platform=\"*nix\">\n"
      "  <Servers>\n"
      "    <Folder expanded=\"1\">Work &amp; play&#xA;      <Folder expanded=\"0\">A/B\n"
      "        <Server>\n"
      "          <Host>web-1.example.org</Host>\n"
      "          <Port>2022</Port>\n"
      "          <Protocol>1</Protocol>\n"
      "          <Type>0</Type>\n"
      "          <User>anna</User>\n"
      "          <Pass encoding=\"base64\">c8O8w59lcyBHZWhlaW1uaXM=</Pass>\n"
      "          <Logontype>1</Logontype>\n"
      "          <EncodingType>Auto</EncodingType>\n"
      "          <BypassProxy>0</BypassProxy>\n"
      "          <Name>web-1</Name>\n"
      "          <Comments>two\nlines</Comments>\n"
      "          <Colour>1</Colour>\n"
      "          <LocalDir>/home/anna/web</LocalDir>\n"
      "          <RemoteDir>1 0 3 srv 5 w w ü</RemoteDir>\n"
      "          <SyncBrowsing>0</SyncBrowsing>\n"
      "          <Bookmark>\n"
      "            <Name>logs</Name>\n"
      "            <LocalDir />\n"
      "            <RemoteDir>1 0 3 var 3 log</RemoteDir>\n"
      "          </Bookmark>\n"
      "        </Server>\n"
      "      </Folder>\n"
      "    </Folder>\n"
      "    <Server>\n"
      "      <Host>key.example.org</Host><Port>22</Port><Protocol>1</Protocol>\n"
      "      <User>bert</User><Keyfile>/home/bert/.ssh/web.ppk</Keyfile>\n"
      "      <Logontype>5</Logontype><Name>key</Name><RemoteDir>1 0</RemoteDir>\n"
      "    </Server>\n"
      "    <Server><Host>old.example.org</Host><Port>22</Port><Protocol>1</Protocol>\n"
      "      <User>carl</User><Pass>plain&amp;old</Pass><Logontype>1</Logontype>old one</Server>\n"
      "    <Server><Host>locked.example.org</Host><Port>22</Port><Protocol>1</Protocol>\n"
      "      <User>d</User><Pass encoding=\"crypt\" pubkey=\"x\">AAAA</Pass>\n"
      "      <Logontype>1</Logontype><Name>locked</Name></Server>\n"
      "    <Server><Host>ftp.example.org</Host><Port>21</Port><Protocol>0</Protocol>\n"
      "      <Name>plain ftp</Name><Pass encoding=\"base64\">c2VjcmV0</Pass></Server>\n"
      "    <Server><Host>-oProxyCommand=touch</Host><Port>22</Port><Protocol>1</Protocol>\n"
      "      <Name>hostile</Name></Server>\n"
      "    "
      "<Server><Host>h</Host><Port>99999</Port><Protocol>1</Protocol><Name>port</Name></Server>\n"
      "    <Server><Host>h</Host><Port>22</Port><Protocol>1</Protocol><Name>paths</Name>\n"
      "      <LocalDir>relative</LocalDir><RemoteDir>1 0 9999999999 srv</RemoteDir></Server>\n"
      "  </Servers>\n"
      "</FileZilla3>\n";

static void
test_filezilla (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryImport) import = read_text (WHERRY_IMPORT_FILEZILLA, filezilla, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (import->sites->len, ==, 5);

  WherrySite *web = find (import, "web-1");
  assert_field (web, WHERRY_SITE_HOST, "web-1.example.org");
  assert_field (web, WHERRY_SITE_USER, "anna");
  assert_field (web, WHERRY_SITE_FOLDER, "Work & play/A-B");
  assert_field (web, WHERRY_SITE_REMOTE_FOLDER, "/srv/w w ü");
  assert_field (web, WHERRY_SITE_LOCAL_FOLDER, "/home/anna/web");
  assert_field (web, WHERRY_SITE_NOTES, "two\nlines");
  g_assert_cmpuint (wherry_site_get_number (web, WHERRY_SITE_PORT), ==, 2022);
  g_assert_cmpuint (wherry_site_get_number (web, WHERRY_SITE_COLOR), ==, WHERRY_SITE_COLOR_RED);
  g_assert_cmpstr (wherry_site_get_list (web, WHERRY_SITE_BOOKMARKS)[0], ==, "/var/log");
  g_assert_cmpstr (wherry_import_get_password (import, web), ==, "süßes Geheimnis");

  WherrySite *key = find (import, "key");
  assert_field (key, WHERRY_SITE_KEY_FILE, "/home/bert/.ssh/web.ppk");
  assert_field (key, WHERRY_SITE_REMOTE_FOLDER, "/");
  assert_field (key, WHERRY_SITE_FOLDER, "");
  g_assert_null (wherry_import_get_password (import, key));
  g_assert_cmpstr (wherry_import_get_password (import, find (import, "old one")), ==, "plain&old");
  g_assert_null (wherry_import_get_password (import, find (import, "locked")));
  assert_field (find (import, "paths"), WHERRY_SITE_LOCAL_FOLDER, "");
  assert_field (find (import, "paths"), WHERRY_SITE_REMOTE_FOLDER, "");

  assert_warned (import, "locked", "master password");
  assert_warned (import, "plain ftp", "not reached over SSH");
  assert_warned (import, "hostile", "can’t be the name of a host");
  assert_warned (import, "port", "port");

  /* No secret in what we would write. */
  g_autofree char *written = wherry_site_file_export (import->sites);
  g_assert_null (strstr (written, "Geheimnis"));
  g_assert_null (strstr (written, "plain&old"));
  g_assert_null (strstr (written, "c8O8w59lcyBHZWhlaW1uaXM="));
}

static void
test_filezilla_hostile (void)
{
  static const char *const texts[] = {
    "",
    "not xml",
    "<FileZilla3><Servers><Server>",
    "<FileZilla3><Servers></Server></Servers></FileZilla3>",
    "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><F><Servers><Server><Host>&b;"
    "</Host></Server></Servers></F>",
    "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><F><Server><Host>&a;</Host></Server>"
    "</F>",
    "<F><Server><Host>\377</Host></Server></F>",
  };
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autoptr (GString) large = g_string_new ("<F><Server><Comments>");

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WherryImport) import = read_text (WHERRY_IMPORT_FILEZILLA, texts[i], &error);

      g_test_message ("%s", error != NULL ? error->message : "read");
      g_assert_null (import);
      g_assert_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION);
    }

  for (guint i = 0; i < 100000; i++)
    g_string_append (deep, "<Folder>");
  for (guint i = 0; i < 100000; i++)
    g_string_append (large, "aaaaaaaaaa");
  g_assert_null (read_text (WHERRY_IMPORT_FILEZILLA, deep->str, NULL));
  g_assert_null (read_text (WHERRY_IMPORT_FILEZILLA, large->str, NULL));

  /* Servers within servers are none. */
  g_autoptr (WherryImport) nested = read_text (
      WHERRY_IMPORT_FILEZILLA,
      "<F><Server><Server><Host>inner</Host></Server><Host>outer</Host><Protocol>1</Protocol>"
      "</Server></F>",
      NULL);
  g_assert_cmpuint (nested->sites->len, ==, 1);
  assert_field (nested->sites->pdata[0], WHERRY_SITE_HOST, "outer");
}

static void
test_putty (void)
{
  g_autofree char *sessions = g_build_filename (folder, "sessions", NULL);
  g_autofree char *fifo = g_build_filename (sessions, "fifo", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (sessions, 0700), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_free (wherry_test_dir_write (sessions, "Default%20Settings", "HostName=\nProtocol=ssh\n"));
  g_free (wherry_test_dir_write (sessions, "My%20web%2F1",
                                 "Present=1\nHostName=anna@web.example.org\nProtocol=ssh\n"
                                 "PortNumber=2022\nUserName=\nPublicKeyFile=/home/anna/web.ppk\n"
                                 "ProxyMethod=2\nProxyHost=localhost\nProxyPort=1080\n"
                                 "ProxyUsername=me\nProxyPassword=hunter2\n"));
  g_free (wherry_test_dir_write (sessions, "jump",
                                 "HostName=inner\nProtocol=ssh\nUserName=bert\nPortNumber=22\n"
                                 "ProxyMethod=6\nProxyHost=gate\nProxyPort=22\n"
                                 "ProxyUsername=me\n"));
  g_free (wherry_test_dir_write (sessions, "six", "HostName=2001:db8::1\nProtocol=ssh\n"));
  g_free (wherry_test_dir_write (sessions, "command",
                                 "HostName=h\nProtocol=ssh\nProxyMethod=5\n"
                                 "ProxyTelnetCommand=touch /tmp/x\n"));
  g_free (wherry_test_dir_write (sessions, "telnet", "HostName=h\nProtocol=telnet\n"));
  g_free (wherry_test_dir_write (sessions, "hostile", "HostName=$(id)\nProtocol=ssh\n"));

  g_autoptr (WherryImport) import = wherry_import_read (WHERRY_IMPORT_PUTTY, sessions, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (import->sites->len, ==, 3);
  WherrySite *web = find (import, "My web/1");
  assert_field (web, WHERRY_SITE_HOST, "web.example.org");
  assert_field (web, WHERRY_SITE_USER, "anna");
  assert_field (web, WHERRY_SITE_KEY_FILE, "/home/anna/web.ppk");
  assert_field (web, WHERRY_SITE_PROXY, "socks5://me@localhost:1080");
  g_assert_cmpuint (wherry_site_get_number (web, WHERRY_SITE_PORT), ==, 2022);
  WherrySite *jump = find (import, "jump");
  g_assert_cmpstr (wherry_site_get_list (jump, WHERRY_SITE_JUMP_HOSTS)[0], ==, "me@gate:22");
  assert_field (find (import, "six"), WHERRY_SITE_HOST, "2001:db8::1");
  assert_warned (import, "command", "proxy");
  assert_warned (import, "telnet", "SSH");
  assert_warned (import, "hostile", "host");
  assert_warned (import, "fifo", "no file");
}

static void
test_remmina (void)
{
  g_autofree char *profiles = g_build_filename (folder, "remmina", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (profiles, 0700), ==, 0);
  g_free (wherry_test_dir_write (profiles, "group_sftp_nas_nas.remmina",
                                 "[remmina]\nname=nas\ngroup=Home/Cellar\nprotocol=SFTP\n"
                                 "server=nas.example.org:2022\nusername=anna\n"
                                 "ssh_privatekey=/home/anna/.ssh/nas\nexecpath=/media\n"
                                 "password=c2VjcmV0c2VjcmV0\nnotes_text=in the cellar\n"
                                 "ssh_tunnel_enabled=1\nssh_tunnel_server=gate:22\n"
                                 "ssh_tunnel_username=me\n"));
  g_free (wherry_test_dir_write (profiles, "old.remmina",
                                 "[remmina]\nname=old\nprotocol=SSH\nserver=old.example.org\n"
                                 "ssh_username=bert\nexecpath=rm -rf\n"));
  g_free (wherry_test_dir_write (profiles, "rdp.remmina",
                                 "[remmina]\nname=win\nprotocol=RDP\nserver=win\n"));
  g_free (wherry_test_dir_write (profiles, "bad.remmina", "no key file\n"));
  g_free (wherry_test_dir_write (profiles, "hostile.remmina",
                                 "[remmina]\nname=hostile\nprotocol=SFTP\nserver=-oX=y\n"));
  g_free (wherry_test_dir_write (profiles, "other.txt", "[remmina]\nprotocol=SFTP\nserver=h\n"));

  g_autoptr (WherryImport) import = wherry_import_read (WHERRY_IMPORT_REMMINA, profiles, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (import->sites->len, ==, 2);
  g_assert_cmpuint (g_hash_table_size (import->passwords), ==, 0);
  WherrySite *nas = find (import, "nas");
  assert_field (nas, WHERRY_SITE_FOLDER, "Home/Cellar");
  assert_field (nas, WHERRY_SITE_HOST, "nas.example.org");
  assert_field (nas, WHERRY_SITE_USER, "anna");
  assert_field (nas, WHERRY_SITE_KEY_FILE, "/home/anna/.ssh/nas");
  assert_field (nas, WHERRY_SITE_REMOTE_FOLDER, "/media");
  assert_field (nas, WHERRY_SITE_NOTES, "in the cellar");
  g_assert_cmpuint (wherry_site_get_number (nas, WHERRY_SITE_PORT), ==, 2022);
  g_assert_cmpstr (wherry_site_get_list (nas, WHERRY_SITE_JUMP_HOSTS)[0], ==, "me@gate:22");
  assert_field (find (import, "old"), WHERRY_SITE_USER, "bert");
  assert_field (find (import, "old"), WHERRY_SITE_REMOTE_FOLDER, "");
  assert_warned (import, "bad.remmina", "");
  assert_warned (import, "hostile", "host");
}

static void
test_bookmarks (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryImport) import
      = read_text (WHERRY_IMPORT_BOOKMARKS,
                   "file:///home/anna/Music\n"
                   "sftp://anna@nas.example.org:2022/media/My%20photos My photos\n"
                   "sftp://web\n"
                   "smb://server/share\n"
                   "sftp://me:secret@host/ with password\n"
                   "sftp://-oX/ hostile\n",
                   &error);

  g_assert_no_error (error);
  g_assert_cmpuint (import->sites->len, ==, 2);
  WherrySite *nas = find (import, "My photos");
  assert_field (nas, WHERRY_SITE_HOST, "nas.example.org");
  assert_field (nas, WHERRY_SITE_USER, "anna");
  assert_field (nas, WHERRY_SITE_REMOTE_FOLDER, "/media/My photos");
  assert_warned (import, "with password", "password");
  assert_warned (import, "hostile", "");
  for (guint i = 0; i < import->warnings->len; i++)
    g_assert_null (strstr (import->warnings->pdata[i], "secret"));
}

static void
test_ssh_config (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WherryImport) import
      = read_text (WHERRY_IMPORT_SSH_CONFIG,
                   "Host web web-*\n HostName web.example.org\n User www\n Port 2022\n"
                   " IdentityFile /keys/web\n"
                   "Host inner\n HostName 10.0.0.7\n ProxyJump me@gate:2200,far\n"
                   "Host command\n ProxyCommand touch /tmp/x\n"
                   "Host hostile\n HostName -oX=y\n"
                   "Host odd\n Ciphers aes256-ctr\n"
                   "Host *\n ConnectTimeout 5\n",
                   &error);

  g_assert_no_error (error);
  g_assert_cmpuint (import->sites->len, ==, 3);
  WherrySite *web = find (import, "web");
  assert_field (web, WHERRY_SITE_HOST, "web.example.org");
  assert_field (web, WHERRY_SITE_USER, "www");
  assert_field (web, WHERRY_SITE_KEY_FILE, "/keys/web");
  g_assert_cmpuint (wherry_site_get_number (web, WHERRY_SITE_PORT), ==, 2022);
  WherrySite *inner = find (import, "inner");
  const char *const *jumps = wherry_site_get_list (inner, WHERRY_SITE_JUMP_HOSTS);
  g_assert_cmpstr (jumps[0], ==, "me@gate:2200");
  g_assert_true (g_str_has_suffix (jumps[1], "@far:22"));
  g_assert_null (jumps[2]);

  /* What leads there through others leads there again. */
  g_autoptr (WherryLogin) login = wherry_site_make_login (inner, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (login->via->host, ==, "far");
  g_assert_cmpstr (login->via->via->host, ==, "gate");
  assert_warned (import, "command", "ProxyCommand");
  assert_warned (import, "hostile", "host");
  assert_warned (import, "odd", "algorithms");
}

static void
test_own (void)
{
  g_autoptr (GPtrArray) sites = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (WherryImport) import = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < 3; i++)
    {
      WherrySite *site = wherry_site_new ();
      g_autofree char *host = g_strdup_printf ("host-%u", i);

      wherry_site_set_string (site, WHERRY_SITE_HOST, host);
      wherry_site_set_string (site, WHERRY_SITE_FOLDER, "A/B");
      g_ptr_array_add (sites, site);
    }
  text = wherry_site_file_export (sites);
  import = read_text (WHERRY_IMPORT_WHERRY, text, NULL);
  g_assert_cmpuint (import->sites->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_true (wherry_site_equal (import->sites->pdata[i], sites->pdata[i]));

  g_autoptr (WherryImport) bad
      = read_text (WHERRY_IMPORT_WHERRY, "[Site x]\nhost=h\nnothing of ours\n", NULL);
  g_assert_cmpuint (bad->sites->len, ==, 0);
  g_assert_cmpuint (bad->warnings->len, ==, 1);
}

static void
test_missing (void)
{
  for (WherryImportKind kind = 0; kind < WHERRY_IMPORT_N_KINDS; kind++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *usual = wherry_import_dup_usual_path (kind);
      g_autoptr (WherryImport) import = wherry_import_read (kind, "/nowhere/at/all", &error);

      g_assert_null (import);
      g_assert_nonnull (error);
      g_assert_nonnull (wherry_import_get_title (kind));
      g_assert_true ((usual == NULL) == (kind == WHERRY_IMPORT_WHERRY));
    }
}

static void
test_guess (void)
{
  g_assert_cmpint (wherry_import_guess_kind ("/h/.ssh/config"), ==, WHERRY_IMPORT_SSH_CONFIG);
  g_assert_cmpint (wherry_import_guess_kind ("/run/doc/1/ssh_config"), ==,
                   WHERRY_IMPORT_SSH_CONFIG);
  g_assert_cmpint (wherry_import_guess_kind ("sitemanager.xml"), ==, WHERRY_IMPORT_FILEZILLA);
  g_assert_cmpint (wherry_import_guess_kind ("/h/.config/gtk-3.0/bookmarks"), ==,
                   WHERRY_IMPORT_BOOKMARKS);
  g_assert_cmpint (wherry_import_guess_kind ("/h/my sites.conf"), ==, WHERRY_IMPORT_WHERRY);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  folder = wherry_test_dir_new ();
  g_test_add_func ("/import/filezilla", test_filezilla);
  g_test_add_func ("/import/filezilla-hostile", test_filezilla_hostile);
  g_test_add_func ("/import/putty", test_putty);
  g_test_add_func ("/import/remmina", test_remmina);
  g_test_add_func ("/import/bookmarks", test_bookmarks);
  g_test_add_func ("/import/ssh-config", test_ssh_config);
  g_test_add_func ("/import/own", test_own);
  g_test_add_func ("/import/missing", test_missing);
  g_test_add_func ("/import/guess", test_guess);

  int status = g_test_run ();
  wherry_test_dir_remove (folder);
  g_free (folder);
  return status;
}
