#pragma once

#include <gio/gio.h>

#include "sites/wherry-location.h"
#include "transfer/wherry-endpoint.h"

G_BEGIN_DECLS

/** What the command line of wherry-cp asks for. */
typedef struct {
  gboolean         recursive;
  gboolean         preserve;
  gboolean         quiet;
  gboolean         accept_new;
  gboolean         batch;             /* ask nothing */
  gboolean         remember;          /* what is typed, in the keyring */
  gboolean         no_keyring;
  gboolean         follow_links;
  gboolean         verify;
  gboolean         show_help;
  gboolean         show_version;
  WherryProtocol   protocol;
  guint16          port;              /* 0 if not given */
  guint64          bytes_per_second;  /* 0: no limit */
  GPtrArray       *identity_files;    /* (element-type filename): absolute */
  char            *ssh_config;        /* (nullable) */
  char           **jumps;             /* (nullable): hosts to lead through, the nearest first; empty: none,
                                         whatever the configuration says */
  GPtrArray       *sources;           /* (element-type WherryLocation) */
  WherryLocation  *target;            /* (nullable): %NULL with help, version or a host to forget */
  WherryLocation  *forget_host;       /* (nullable): whose recorded keys are to be forgotten */
} WherryCpOptions;

WherryCpOptions *wherry_cp_options_parse (int               argc,
                                          char            **argv,
                                          GError          **error);
void             wherry_cp_options_free  (WherryCpOptions  *self);
char            *wherry_cp_options_usage (void);
char            *wherry_cp_options_help  (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryCpOptions, wherry_cp_options_free)

G_END_DECLS
