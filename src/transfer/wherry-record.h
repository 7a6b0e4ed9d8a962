#pragma once

#include "transfer/wherry-ledger.h"
#include "transfer/wherry-partials.h"
#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/**
 * WherryRecord:
 *
 * A transfer as the journal keeps it: what it is to do and how far it came. No
 * secret is part of it. A plain value that owns its members.
 */
typedef struct {
  gint64               id;            /* unique, and larger than those before it */
  gint64               position;      /* by which the queue orders */
  WherryTransferState  state;
  WherryPriority       priority;
  GVariant            *what;          /* of type a{sv}: ends, flags, rules */
  char                *name;          /* as shown; what history is searched by, with @route */
  char                *route;         /* likewise: from and to */
  gint64               added;         /* seconds since 1970 */
  gint64               ended;         /* likewise; 0: it is not over */
  guint64              bytes_done;
  guint64              files_done;
  guint64              files_failed;
  GError              *error;         /* (nullable) */
  WherryLedger        *ledger;        /* (nullable): of one that was loaded: its files in place */
  WherryPartials      *partials;      /* (nullable): likewise: its files half there */
  GPtrArray           *failures;      /* (nullable) (element-type WherryFailure) */
} WherryRecord;

/* Of wherry_record_pack_endpoint(). */
#define WHERRY_RECORD_ENDPOINT_TYPE G_VARIANT_TYPE ("(ayma{sv}u)")

WherryRecord   *wherry_record_new          (void);
void            wherry_record_free         (WherryRecord          *self);
GVariant       *wherry_record_pack_endpoint (const WherryEndpoint *endpoint);
WherryEndpoint *wherry_record_unpack_endpoint (GVariant           *packed);

/* A transfer and its record. */
WherryRecord   *wherry_transfer_to_record  (WherryTransfer        *self);
WherryTransfer *wherry_transfer_new_from_record (const WherryRecord *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryRecord, wherry_record_free)

G_END_DECLS
