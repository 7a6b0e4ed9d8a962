#include "config.h"

#include "ui/wherry-view-options.h"

#include "ui/wherry-folder-model.h"

struct _WherryViewOptions {
  GObject parent_instance;

  gboolean show_hidden;
  gboolean show_size;
  gboolean show_modified;
  gboolean show_permissions;
  gboolean show_owner;
  guint sort;
  gboolean sort_descending;
  gboolean local_pane;
  char *local_folder;
  char **columns;
};

G_DEFINE_FINAL_TYPE (WherryViewOptions, wherry_view_options, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_SHOW_HIDDEN,
  PROP_SHOW_SIZE,
  PROP_SHOW_MODIFIED,
  PROP_SHOW_PERMISSIONS,
  PROP_SHOW_OWNER,
  PROP_SORT_DESCENDING,
  PROP_LOCAL_PANE,
  PROP_SORT,
  PROP_LOCAL_FOLDER,
  PROP_COLUMNS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static const struct {
  const char *name;
  gsize offset;
  gboolean initial;
} flags[] = {
  [PROP_SHOW_HIDDEN] = { "show-hidden", G_STRUCT_OFFSET (WherryViewOptions, show_hidden), FALSE },
  [PROP_SHOW_SIZE] = { "show-size", G_STRUCT_OFFSET (WherryViewOptions, show_size), TRUE },
  [PROP_SHOW_MODIFIED]
  = { "show-modified", G_STRUCT_OFFSET (WherryViewOptions, show_modified), TRUE },
  [PROP_SHOW_PERMISSIONS]
  = { "show-permissions", G_STRUCT_OFFSET (WherryViewOptions, show_permissions), TRUE },
  [PROP_SHOW_OWNER] = { "show-owner", G_STRUCT_OFFSET (WherryViewOptions, show_owner), TRUE },
  [PROP_SORT_DESCENDING]
  = { "sort-descending", G_STRUCT_OFFSET (WherryViewOptions, sort_descending), FALSE },
  [PROP_LOCAL_PANE] = { "local-pane", G_STRUCT_OFFSET (WherryViewOptions, local_pane), FALSE },
};

static void
wherry_view_options_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WherryViewOptions *self = WHERRY_VIEW_OPTIONS (object);

  if (id == PROP_SORT)
    g_value_set_uint (value, self->sort);
  else if (id == PROP_LOCAL_FOLDER)
    g_value_set_string (value, self->local_folder);
  else if (id == PROP_COLUMNS)
    g_value_set_boxed (value, self->columns);
  else if (id < G_N_ELEMENTS (flags))
    g_value_set_boolean (value, G_STRUCT_MEMBER (gboolean, self, flags[id].offset));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wherry_view_options_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  WherryViewOptions *self = WHERRY_VIEW_OPTIONS (object);

  if (id == PROP_SORT)
    self->sort = g_value_get_uint (value);
  else if (id == PROP_LOCAL_FOLDER)
    {
      g_free (self->local_folder);
      self->local_folder = g_value_dup_string (value);
    }
  else if (id == PROP_COLUMNS)
    {
      g_strfreev (self->columns);
      self->columns = g_value_dup_boxed (value);
    }
  else if (id < G_N_ELEMENTS (flags))
    G_STRUCT_MEMBER (gboolean, self, flags[id].offset) = g_value_get_boolean (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wherry_view_options_finalize (GObject *object)
{
  WherryViewOptions *self = WHERRY_VIEW_OPTIONS (object);

  g_free (self->local_folder);
  g_strfreev (self->columns);

  G_OBJECT_CLASS (wherry_view_options_parent_class)->finalize (object);
}

static void
wherry_view_options_class_init (WherryViewOptionsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = wherry_view_options_get_property;
  object_class->set_property = wherry_view_options_set_property;
  object_class->finalize = wherry_view_options_finalize;

  for (guint id = 1; id < G_N_ELEMENTS (flags); id++)
    properties[id]
        = g_param_spec_boolean (flags[id].name, NULL, NULL, flags[id].initial,
                                G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  properties[PROP_SORT]
      = g_param_spec_uint ("sort", NULL, NULL, 0, WHERRY_SORT_N - 1, WHERRY_SORT_NAME,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_LOCAL_FOLDER] = g_param_spec_string ("local-folder", NULL, NULL, "",
                                                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_COLUMNS] = g_param_spec_boxed ("columns", NULL, NULL, G_TYPE_STRV,
                                                 G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wherry_view_options_init (WherryViewOptions *self)
{
  self->local_folder = g_strdup ("");
}

/**
 * wherry_view_options_new:
 * @settings: (nullable): where they are kept; the keys bear the properties' names
 *
 * Returns: (transfer full): the options
 */
WherryViewOptions *
wherry_view_options_new (GSettings *settings)
{
  g_return_val_if_fail (settings == NULL || G_IS_SETTINGS (settings), NULL);

  WherryViewOptions *self = g_object_new (WHERRY_TYPE_VIEW_OPTIONS, NULL);

  for (guint id = 1; settings != NULL && id < N_PROPERTIES; id++)
    g_settings_bind (settings, properties[id]->name, self, properties[id]->name,
                     G_SETTINGS_BIND_DEFAULT);
  return self;
}

/**
 * wherry_view_options_add_actions:
 * @self: the options
 * @map: gets an action that bears its name for each option that is on or off
 */
void
wherry_view_options_add_actions (WherryViewOptions *self, GActionMap *map)
{
  g_return_if_fail (WHERRY_IS_VIEW_OPTIONS (self));
  g_return_if_fail (G_IS_ACTION_MAP (map));

  for (guint id = 1; id < G_N_ELEMENTS (flags); id++)
    {
      g_autoptr (GPropertyAction) action
          = g_property_action_new (flags[id].name, self, flags[id].name);

      g_action_map_add_action (map, G_ACTION (action));
    }
}
