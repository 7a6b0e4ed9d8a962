#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The SFTP protocol, version 3 (draft-ietf-secsh-filexfer-02), as bytes: packets
 * are written into and read from memory. No I/O, no waiting.
 */

/** The longest packet that is accepted. OpenSSH sends at most 256 KiB. */
#define WHERRY_SFTP_PACKET_MAX (1024 * 1024)

/** How much a READ or WRITE may ask for that every server takes (section 3). */
#define WHERRY_SFTP_BLOCK 32768

/** Packet types (section 3). */
typedef enum {
  WHERRY_SFTP_INIT           = 1,
  WHERRY_SFTP_VERSION        = 2,
  WHERRY_SFTP_OPEN           = 3,
  WHERRY_SFTP_CLOSE          = 4,
  WHERRY_SFTP_READ           = 5,
  WHERRY_SFTP_WRITE          = 6,
  WHERRY_SFTP_LSTAT          = 7,
  WHERRY_SFTP_FSTAT          = 8,
  WHERRY_SFTP_SETSTAT        = 9,
  WHERRY_SFTP_FSETSTAT       = 10,
  WHERRY_SFTP_OPENDIR        = 11,
  WHERRY_SFTP_READDIR        = 12,
  WHERRY_SFTP_REMOVE         = 13,
  WHERRY_SFTP_MKDIR          = 14,
  WHERRY_SFTP_RMDIR          = 15,
  WHERRY_SFTP_REALPATH       = 16,
  WHERRY_SFTP_STAT           = 17,
  WHERRY_SFTP_RENAME         = 18,
  WHERRY_SFTP_READLINK       = 19,
  WHERRY_SFTP_SYMLINK        = 20,
  WHERRY_SFTP_STATUS         = 101,
  WHERRY_SFTP_HANDLE         = 102,
  WHERRY_SFTP_DATA           = 103,
  WHERRY_SFTP_NAME           = 104,
  WHERRY_SFTP_ATTRS          = 105,
  WHERRY_SFTP_EXTENDED       = 200,
  WHERRY_SFTP_EXTENDED_REPLY = 201,
} WherrySftpType;

/** Status codes (section 7). */
typedef enum {
  WHERRY_SFTP_OK                = 0,
  WHERRY_SFTP_EOF               = 1,
  WHERRY_SFTP_NO_SUCH_FILE      = 2,
  WHERRY_SFTP_PERMISSION_DENIED = 3,
  WHERRY_SFTP_FAILURE           = 4,
  WHERRY_SFTP_BAD_MESSAGE       = 5,
  WHERRY_SFTP_NO_CONNECTION     = 6,
  WHERRY_SFTP_CONNECTION_LOST   = 7,
  WHERRY_SFTP_OP_UNSUPPORTED    = 8,
} WherrySftpStatus;

/** Flags of an OPEN (section 6.3). */
typedef enum {
  WHERRY_SFTP_READ_FLAG  = 0x01,
  WHERRY_SFTP_WRITE_FLAG = 0x02,
  WHERRY_SFTP_CREATE     = 0x08,
  WHERRY_SFTP_TRUNCATE   = 0x10,
  WHERRY_SFTP_EXCLUSIVE  = 0x20,
} WherrySftpOpenFlags;

/** Which members of WherrySftpAttrs are there (section 5). */
typedef enum {
  WHERRY_SFTP_ATTR_SIZE     = 0x01,
  WHERRY_SFTP_ATTR_OWNERS   = 0x02,
  WHERRY_SFTP_ATTR_MODE     = 0x04,
  WHERRY_SFTP_ATTR_TIMES    = 0x08,
  WHERRY_SFTP_ATTR_EXTENDED = 0x80000000,
} WherrySftpAttrFlags;

typedef struct {
  guint32 flags;
  guint64 size;  /* bytes */
  guint32 uid;
  guint32 gid;
  guint32 mode;  /* with the type's bits, as st_mode */
  guint32 atime; /* seconds since 1970 */
  guint32 mtime;
} WherrySftpAttrs;

/**
 * WherrySftpReader:
 *
 * Reads what a packet holds, in order. Once something is not there it is bad
 * for good, and gives zeros and empty strings.
 */
typedef struct {
  const guint8 *data;
  gsize         left;
  gboolean      bad;
} WherrySftpReader;

/**
 * WherrySftpName:
 *
 * One name of a NAME packet; points into the packet.
 */
typedef struct {
  const char     *name;
  gsize           name_length;
  const char     *long_name; /* a line of `ls -l`, if the server is a kind one */
  gsize           long_name_length;
  WherrySftpAttrs attrs;
} WherrySftpName;

/* Writing. */
gsize       wherry_sftp_begin            (GByteArray            *output,
                                          WherrySftpType         type,
                                          guint32                id);
void        wherry_sftp_put_u32          (GByteArray            *output,
                                          guint32                value);
void        wherry_sftp_put_u64          (GByteArray            *output,
                                          guint64                value);
void        wherry_sftp_put_bytes        (GByteArray            *output,
                                          gconstpointer          bytes,
                                          gsize                  length);
void        wherry_sftp_put_string       (GByteArray            *output,
                                          const char            *string);
void        wherry_sftp_put_attrs        (GByteArray            *output,
                                          const WherrySftpAttrs *attrs);
void        wherry_sftp_end              (GByteArray            *output,
                                          gsize                  start);

/* Reading. */
gboolean    wherry_sftp_measure_packet   (const guint8          *data,
                                          gsize                  length,
                                          gsize                 *packet_length,
                                          GError               **error);
guint8      wherry_sftp_get_u8           (WherrySftpReader      *self);
guint32     wherry_sftp_get_u32          (WherrySftpReader      *self);
guint64     wherry_sftp_get_u64          (WherrySftpReader      *self);
const char *wherry_sftp_get_bytes        (WherrySftpReader      *self,
                                          gsize                 *length);
void        wherry_sftp_get_attrs        (WherrySftpReader      *self,
                                          WherrySftpAttrs       *attrs);
gboolean    wherry_sftp_get_name         (WherrySftpReader      *self,
                                          WherrySftpName        *name);
gboolean    wherry_sftp_split_long_name  (const char            *long_name,
                                          gsize                  length,
                                          char                 **owner,
                                          char                 **group);

G_END_DECLS
