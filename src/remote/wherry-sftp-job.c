/*
 * Requests of SFTP and their answers, as operations use them: what the server
 * refuses becomes an error that names the path.
 */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/wherry-error.h"
#include "remote/wherry-sftp-job-private.h"

static gboolean
fail_protocol (GError **error)
{
  g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL,
                       _ ("The server’s answer is not SFTP"));
  return FALSE;
}

/* An answer that is not of the wanted type is a refusal, or nonsense. */
static gboolean
expect (WherrySftpJob *self,
        guint32 id,
        WherrySftpType type,
        const char *path,
        WherrySftpReply *reply,
        GError **error)
{
  g_autofree char *words = NULL;
  guint32 status;

  if (!wherry_sftp_client_receive (self->client, id, reply, self->cancellable, error))
    return FALSE;
  if (reply->type == type)
    return TRUE;
  if (reply->type != WHERRY_SFTP_STATUS)
    return fail_protocol (error);
  status = wherry_sftp_reply_get_status (reply, &words);
  if (status == WHERRY_SFTP_OK)
    return fail_protocol (error);
  wherry_remote_set_error_status (error, self->doing, path, status, words);
  return FALSE;
}

gboolean
wherry_sftp_job_status (WherrySftpJob *self, guint32 id, const char *path, GError **error)
{
  g_auto (WherrySftpReply) reply = { 0 };
  g_autofree char *words = NULL;
  guint32 status;

  if (!wherry_sftp_client_receive (self->client, id, &reply, self->cancellable, error))
    return FALSE;
  if (reply.type != WHERRY_SFTP_STATUS)
    return fail_protocol (error);
  status = wherry_sftp_reply_get_status (&reply, &words);
  if (status == WHERRY_SFTP_OK)
    return TRUE;
  wherry_remote_set_error_status (error, self->doing, path, status, words);
  return FALSE;
}

gboolean
wherry_sftp_job_attrs (WherrySftpJob *self,
                       guint32 id,
                       const char *path,
                       WherrySftpAttrs *attrs,
                       GError **error)
{
  g_auto (WherrySftpReply) reply = { 0 };

  if (!expect (self, id, WHERRY_SFTP_ATTRS, path, &reply, error))
    return FALSE;
  wherry_sftp_get_attrs (&reply.reader, attrs);
  return !reply.reader.bad || fail_protocol (error);
}

GBytes *
wherry_sftp_job_handle (WherrySftpJob *self, guint32 id, const char *path, GError **error)
{
  g_auto (WherrySftpReply) reply = { 0 };
  const char *handle;
  gsize length;

  if (!expect (self, id, WHERRY_SFTP_HANDLE, path, &reply, error))
    return NULL;
  handle = wherry_sftp_get_bytes (&reply.reader, &length);
  /* Section 6.2 allows 256 bytes. */
  if (reply.reader.bad || length > 256)
    {
      fail_protocol (error);
      return NULL;
    }
  return g_bytes_new (handle, length);
}

/* The one name of an answer to READLINK or REALPATH. */
char *
wherry_sftp_job_name (WherrySftpJob *self, guint32 id, const char *path, GError **error)
{
  g_auto (WherrySftpReply) reply = { 0 };
  WherrySftpName name;

  if (!expect (self, id, WHERRY_SFTP_NAME, path, &reply, error))
    return NULL;
  if (wherry_sftp_get_u32 (&reply.reader) < 1 || !wherry_sftp_get_name (&reply.reader, &name)
      || memchr (name.name, '\0', name.name_length) != NULL)
    {
      fail_protocol (error);
      return NULL;
    }
  return g_strndup (name.name, name.name_length);
}

/* @type: STAT or LSTAT. ProFTPD 1.3.8 tells of what a link leads to also where it is asked about
 * the link, and who deletes a link to a folder must not delete what is in there: so it is asked
 * twice. */
gboolean
wherry_sftp_job_look (WherrySftpJob *self,
                      WherrySftpType type,
                      const char *path,
                      WherrySftpAttrs *attrs,
                      GError **error)
{
  guint32 id = wherry_sftp_client_send_path (self->client, type, path);
  guint32 link_id = 0;
  g_autofree char *target = NULL;

  if (type == WHERRY_SFTP_LSTAT)
    link_id = wherry_sftp_client_send_path (self->client, WHERRY_SFTP_READLINK, path);
  if (!wherry_sftp_job_attrs (self, id, path, attrs, error))
    {
      if (link_id != 0)
        wherry_sftp_client_forget (self->client, link_id);
      return FALSE;
    }
  if (link_id != 0)
    target = wherry_sftp_job_name (self, link_id, path, NULL);
  if (!wherry_sftp_client_is_sound (self->client))
    {
      if (!g_cancellable_set_error_if_cancelled (self->cancellable, error))
        g_set_error_literal (error, WHERRY_ERROR, WHERRY_ERROR_DISCONNECTED,
                             _ ("The server’s SFTP program ended"));
      return FALSE;
    }
  if (target != NULL && !S_ISLNK (attrs->mode))
    attrs->mode = S_IFLNK | 0777;
  return TRUE;
}

guint32
wherry_sftp_job_send_handle (WherrySftpJob *self, WherrySftpType type, GBytes *handle)
{
  GByteArray *output = wherry_sftp_client_begin (self->client, type, NULL);
  gsize length;
  gconstpointer data = g_bytes_get_data (handle, &length);

  wherry_sftp_put_bytes (output, data, length);
  return wherry_sftp_client_send (self->client);
}

guint32
wherry_sftp_job_send_attrs (WherrySftpJob *self,
                            WherrySftpType type,
                            const char *path,
                            const WherrySftpAttrs *attrs)
{
  GByteArray *output = wherry_sftp_client_begin (self->client, type, NULL);

  wherry_sftp_put_string (output, path);
  wherry_sftp_put_attrs (output, attrs);
  return wherry_sftp_client_send (self->client);
}

/* @extension: (nullable): the name of an EXTENDED request */
guint32
wherry_sftp_job_send_two (WherrySftpJob *self,
                          const char *extension,
                          WherrySftpType type,
                          const char *first,
                          const char *second)
{
  GByteArray *output = wherry_sftp_client_begin (self->client, type, NULL);

  if (extension != NULL)
    wherry_sftp_put_string (output, extension);
  wherry_sftp_put_string (output, first);
  wherry_sftp_put_string (output, second);
  return wherry_sftp_client_send (self->client);
}

void
wherry_sftp_job_close (WherrySftpJob *self, GBytes *handle)
{
  guint32 id = wherry_sftp_job_send_handle (self, WHERRY_SFTP_CLOSE, handle);

  wherry_sftp_client_forget (self->client, id);
}

gboolean
wherry_sftp_job_go_on (WherrySftpJob *self, GError **error, GError **fatal)
{
  GError *one = g_steal_pointer (error);

  if (g_cancellable_is_cancelled (self->cancellable)
      || g_error_matches (one, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (one, WHERRY_ERROR, WHERRY_ERROR_PROTOCOL)
      || g_error_matches (one, WHERRY_ERROR, WHERRY_ERROR_TOO_DEEP)
      || !wherry_sftp_client_is_sound (self->client))
    {
      g_propagate_error (fatal, one);
      return FALSE;
    }
  if (self->first_error == NULL)
    self->first_error = one;
  else
    g_error_free (one);
  return TRUE;
}

/* The outcome of an operation on many files. */
gboolean
wherry_sftp_job_finish (WherrySftpJob *self, GError **error)
{
  if (self->first_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->first_error));
  return FALSE;
}
