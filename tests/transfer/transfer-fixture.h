#pragma once

#include "transfer/wherry-queue.h"
#include "wherry-test-dir.h"
#include "wherry-test-sshd.h"

G_BEGIN_DECLS

/* A server, a connection pool that knows its host key, and two folders: one of
 * this machine's, one of the server's. */
typedef struct {
  WherryTestSshd    *sshd;
  WherryLogin       *login;
  WherryProtocol     protocol;  /* of the endpoints on the server */
  WherrySessionPool *pool;
  char              *here;
  char              *there;
} TransferFixture;

void            transfer_fixture_set_up    (TransferFixture      *self,
                                            const char * const   *config_lines);
void            transfer_fixture_tear_down (TransferFixture      *self);
WherryTransfer *transfer_fixture_new       (TransferFixture      *self,
                                            const char           *source,
                                            const char           *target,
                                            WherryTransferFlags   flags);
void            transfer_fixture_wait      (WherryTransfer       *transfer);
WherryTransfer *transfer_fixture_run       (TransferFixture      *self,
                                            const char           *source,
                                            const char           *target,
                                            WherryTransferFlags   flags);
void            transfer_fixture_assert_done (WherryTransfer     *transfer);
void            transfer_fixture_make_tree (const char           *folder);
void            transfer_fixture_assert_same_trees (const char   *a,
                                            const char           *b);
char           *transfer_fixture_list      (const char           *folder);
void            transfer_fixture_assert_list (const char         *folder,
                                            const char           *expected);
void            transfer_fixture_write_bytes (const char         *folder,
                                            const char           *name,
                                            const char           *bytes,
                                            gsize                 length);
void            transfer_fixture_write_text (const char          *folder,
                                            const char           *name,
                                            const char           *text);
char           *transfer_fixture_read_text (const char           *folder,
                                            const char           *name);
void            transfer_fixture_assert_text (const char         *folder,
                                            const char           *name,
                                            const char           *expected);
void            transfer_fixture_make_folder (const char         *folder,
                                            const char           *name);

G_END_DECLS
