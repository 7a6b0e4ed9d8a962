#pragma once

#include <glib.h>

#include "scp/wherry-scp-source.h"

G_BEGIN_DECLS

#define PIPELINE WHERRY_SCP_SOURCE_PIPELINE
#define PRESERVE WHERRY_SCP_SOURCE_PRESERVE

#define READY WHERRY_SCP_SOURCE_READY
#define DATA WHERRY_SCP_SOURCE_DATA
#define WAIT WHERRY_SCP_SOURCE_WAIT
#define FINISHED WHERRY_SCP_SOURCE_FINISHED
#define BROKEN WHERRY_SCP_SOURCE_BROKEN

#define S(literal) literal, sizeof (literal) - 1

/* A machine, what went out on its wire, and what it told. */
typedef struct {
  WherryScpSource *source;
  GString         *wire;
  GString         *told;
  gsize            chunk;  /* replies are fed in pieces of so many bytes */
} Sender;

/* A test that is run with replies in pieces of every size. */
typedef struct {
  const char           *name;
  WherryScpSourceFlags  flags;
  void                (*run) (Sender *sender);
} SenderCase;

void  sender_feed_piece       (Sender                *sender,
                               const void            *bytes,
                               gsize                  length);
void  sender_feed             (Sender                *sender,
                               const char            *bytes,
                               gsize                  length);
void  sender_end              (Sender                *sender);
void  sender_take             (Sender                *sender);
void  sender_put              (Sender                *sender,
                               const char            *content);
void  sender_begin            (Sender                *sender,
                               const char            *name,
                               const char            *content,
                               guint64                tag);
void  sender_send             (Sender                *sender,
                               const char            *name,
                               const char            *content,
                               guint64                tag);
void  sender_send_with_times  (Sender                *sender,
                               const char            *content,
                               guint64                tag);
void  sender_open_directory   (Sender                *sender,
                               const char            *name,
                               guint64                tag);
void  sender_assert_state     (Sender                *sender,
                               WherryScpSourceState   state);
void  sender_assert_told      (Sender                *sender,
                               const char            *told);
void  sender_assert_wire      (Sender                *sender,
                               const char            *wire,
                               gsize                  length);
void  sender_add_cases        (const SenderCase      *cases,
                               guint                  n_cases);

G_END_DECLS
