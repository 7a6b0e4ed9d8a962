#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WHERRY_ERROR:
 *
 * The one error domain of Wherry. %G_IO_ERROR is used beside it where its
 * codes say exactly what happened (%G_IO_ERROR_CANCELLED,
 * %G_IO_ERROR_NOT_FOUND, %G_IO_ERROR_NO_SPACE and the other errno codes).
 *
 * Messages are translated, valid UTF-8 and fit to be shown: text from a server
 * inside them went through wherry_text_escape() first.
 */
#define WHERRY_ERROR (wherry_error_quark ())

/**
 * WherryError:
 * @WHERRY_ERROR_PROTOCOL: the peer broke the SCP or SSH protocol
 * @WHERRY_ERROR_REFUSED_NAME: a name that may not be written here or sent there
 * @WHERRY_ERROR_REMOTE: the server's program reported an error in words
 * @WHERRY_ERROR_NO_PROGRAM: the server has no such program (exit status 127)
 * @WHERRY_ERROR_CHANGED: the source changed while it was read
 * @WHERRY_ERROR_SKIPPED: an entry that can't be copied: socket, device, link
 * @WHERRY_ERROR_CONFLICT: something in the way that must not be replaced
 * @WHERRY_ERROR_TOO_DEEP: a tree nested beyond the limit
 * @WHERRY_ERROR_DISCONNECTED: the connection broke or went silent
 * @WHERRY_ERROR_CONNECT: the server can't be reached or is no SSH server
 * @WHERRY_ERROR_NO_COMMON_ALGORITHM: key exchange found no common algorithm
 * @WHERRY_ERROR_HOST_KEY_UNKNOWN: the host key is not known and not accepted
 * @WHERRY_ERROR_HOST_KEY_CHANGED: the host key differs from the recorded one
 * @WHERRY_ERROR_HOST_KEY_REVOKED: the host key is marked as revoked
 * @WHERRY_ERROR_HOST_KEY_UNCHECKED: the recorded host keys can't be read
 * @WHERRY_ERROR_AUTHENTICATION: no method of login succeeded
 * @WHERRY_ERROR_BAD_LOCATION: a location, URL, host or user name is malformed
 * @WHERRY_ERROR_INCOMPLETE: the transfer ended, but not every file arrived
 * @WHERRY_ERROR_MISMATCH: a copy is not what was sent, by its checksum
 * @WHERRY_ERROR_NO_KEYRING: there is no secret service in this session
 * @WHERRY_ERROR_KEYRING_LOCKED: the keyring is locked, and was not unlocked
 * @WHERRY_ERROR_KEYRING_FAILED: the keyring does not answer, or holds nonsense
 * @WHERRY_ERROR_UNVERIFIED: a copy is there, but its checksum can't be had
 */
typedef enum {
  WHERRY_ERROR_PROTOCOL,
  WHERRY_ERROR_REFUSED_NAME,
  WHERRY_ERROR_REMOTE,
  WHERRY_ERROR_NO_PROGRAM,
  WHERRY_ERROR_CHANGED,
  WHERRY_ERROR_SKIPPED,
  WHERRY_ERROR_CONFLICT,
  WHERRY_ERROR_TOO_DEEP,
  WHERRY_ERROR_DISCONNECTED,
  WHERRY_ERROR_CONNECT,
  WHERRY_ERROR_NO_COMMON_ALGORITHM,
  WHERRY_ERROR_HOST_KEY_UNKNOWN,
  WHERRY_ERROR_HOST_KEY_CHANGED,
  WHERRY_ERROR_HOST_KEY_REVOKED,
  WHERRY_ERROR_HOST_KEY_UNCHECKED,
  WHERRY_ERROR_AUTHENTICATION,
  WHERRY_ERROR_BAD_LOCATION,
  WHERRY_ERROR_INCOMPLETE,
  WHERRY_ERROR_MISMATCH,
  WHERRY_ERROR_NO_KEYRING,
  WHERRY_ERROR_KEYRING_LOCKED,
  WHERRY_ERROR_KEYRING_FAILED,
  WHERRY_ERROR_UNVERIFIED,
} WherryError;

GQuark wherry_error_quark (void);

G_END_DECLS
