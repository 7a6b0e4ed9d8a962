#pragma once

#include "transfer/wherry-queue.h"
#include "transfer/wherry-remote-files.h"

G_BEGIN_DECLS

/**
 * WherryFileOffer:
 *
 * Files of a server under paths of this machine, for programs that want to know
 * the paths long before a person decides: in a read-only file system of our own
 * (FUSE). Looking at them costs nothing; they are fetched, all of them, when the
 * first of them is opened. Main thread only.
 *
 * Built without FUSE, in a sandbox, or where the system lets nobody mount, there
 * are no offers.
 */
typedef struct _WherryFileOffer WherryFileOffer;

WherryFileOffer *wherry_file_offer_new         (WherryQueue        *queue,
                                                WherryRemoteFiles  *files);
void             wherry_file_offer_release     (WherryFileOffer    *self);
void             wherry_file_offer_allow       (WherryFileOffer    *self);
char            *wherry_file_offer_to_uri_list (WherryFileOffer    *self);

void             wherry_file_offer_stop_all         (void);

G_END_DECLS
