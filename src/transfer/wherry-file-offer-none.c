/* In place of wherry-file-offer.c in a build without FUSE. */

#include "transfer/wherry-file-offer.h"

WherryFileOffer *
wherry_file_offer_new (WherryQueue *queue, WherryRemoteFiles *files)
{
  return NULL;
}

void
wherry_file_offer_release (WherryFileOffer *self)
{
}

void
wherry_file_offer_allow (WherryFileOffer *self)
{
}

char *
wherry_file_offer_to_uri_list (WherryFileOffer *self)
{
  return NULL;
}

void
wherry_file_offer_stop_all (void)
{
}
