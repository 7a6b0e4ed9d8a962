#include "config.h"

#include "ui/wherry-preferences-window.h"

#include "ui/wherry-settings.h"

struct _WherryPreferencesWindow {
  AdwPreferencesWindow parent_instance;

  /* Template widgets */
  GtkSwitch *hidden_switch;
  AdwComboRow *secrets_row;
  AdwComboRow *closed_row;
  GtkSpinButton *at_once_spin;
  GtkSpinButton *per_site_spin;
  GtkSwitch *limit_switch;
  GtkWidget *limit_row;
  GtkSpinButton *limit_spin;
  AdwComboRow *conflicts_row;
  GtkSwitch *preserve_switch;
  GtkSwitch *verify_switch;
};

G_DEFINE_FINAL_TYPE (WherryPreferencesWindow,
                     wherry_preferences_window,
                     ADW_TYPE_PREFERENCES_WINDOW)

/* The words of the settings, in the order of the rows' choices. */
static const char *const secrets_words[] = { "never", "session", "keyring", NULL };
static const char *const closed_words[] = { "ask", "background", "later", NULL };
static const char *const conflicts_words[]
    = { "ask", "replace", "replace-older", "replace-different", "skip", "rename", "resume", NULL };

static gboolean
get_choice (GValue *value, GVariant *variant, gpointer words)
{
  const char *word = g_variant_get_string (variant, NULL);

  for (guint i = 0; ((const char *const *) words)[i] != NULL; i++)
    if (g_str_equal (((const char *const *) words)[i], word))
      {
        g_value_set_uint (value, i);
        return TRUE;
      }
  return FALSE;
}

static GVariant *
set_choice (const GValue *value, const GVariantType *type, gpointer words)
{
  guint n = g_strv_length (words);
  guint choice = g_value_get_uint (value);

  return choice < n ? g_variant_new_string (((const char *const *) words)[choice]) : NULL;
}

static void
bind_choice (GSettings *settings, const char *key, AdwComboRow *row, const char *const *words)
{
  g_settings_bind_with_mapping (settings, key, row, "selected", G_SETTINGS_BIND_DEFAULT, get_choice,
                                set_choice, (gpointer) words, NULL);
}

/* The range of a number is the schema's. */
static void
bind_number (GSettings *settings, const char *key, GtkSpinButton *spin, GSettingsBindFlags flags)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettingsSchemaKey) schema_key = NULL;
  g_autoptr (GVariant) range = NULL;
  g_autoptr (GVariant) limits = NULL;
  guint lower = 0, upper = G_MAXINT;

  g_object_get (settings, "settings-schema", &schema, NULL);
  schema_key = g_settings_schema_get_key (schema, key);
  range = g_settings_schema_key_get_range (schema_key);
  g_variant_get (range, "(&sv)", NULL, &limits);
  if (g_variant_is_of_type (limits, G_VARIANT_TYPE ("(uu)")))
    g_variant_get (limits, "(uu)", &lower, &upper);
  gtk_spin_button_set_range (spin, lower, upper);
  g_settings_bind (settings, key, spin, "value", flags);
}

static void
wherry_preferences_window_class_init (WherryPreferencesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/app/wherry/Wherry/ui/wherry-preferences-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, hidden_switch);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, secrets_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, closed_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, at_once_spin);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, per_site_spin);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, limit_switch);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, limit_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, limit_spin);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, conflicts_row);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, preserve_switch);
  gtk_widget_class_bind_template_child (widget_class, WherryPreferencesWindow, verify_switch);
}

static void
wherry_preferences_window_init (WherryPreferencesWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* Of the row alone, assistive technology would not tell. */
  g_object_bind_property (self->limit_switch, "active", self->limit_row, "sensitive",
                          G_BINDING_SYNC_CREATE);
  g_object_bind_property (self->limit_switch, "active", self->limit_spin, "sensitive",
                          G_BINDING_SYNC_CREATE);
}

/**
 * wherry_preferences_window_new:
 * @settings: the settings
 *
 * Returns: (transfer none): a window; not presented
 */
GtkWidget *
wherry_preferences_window_new (GSettings *settings)
{
  g_return_val_if_fail (G_IS_SETTINGS (settings), NULL);

  WherryPreferencesWindow *self = g_object_new (WHERRY_TYPE_PREFERENCES_WINDOW, NULL);
  const struct {
    const char *key;
    GtkSwitch *widget;
  } switches[] = {
    { WHERRY_SETTINGS_SHOW_HIDDEN, self->hidden_switch },
    { WHERRY_SETTINGS_LIMIT_SPEED, self->limit_switch },
    { WHERRY_SETTINGS_PRESERVE, self->preserve_switch },
    { WHERRY_SETTINGS_VERIFY, self->verify_switch },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (switches); i++)
    g_settings_bind (settings, switches[i].key, switches[i].widget, "active",
                     G_SETTINGS_BIND_DEFAULT);
  bind_choice (settings, WHERRY_SETTINGS_KEEP_SECRETS, self->secrets_row, secrets_words);
  bind_choice (settings, WHERRY_SETTINGS_WHEN_CLOSED, self->closed_row, closed_words);
  bind_choice (settings, WHERRY_SETTINGS_CONFLICTS, self->conflicts_row, conflicts_words);
  bind_number (settings, WHERRY_SETTINGS_TRANSFERS_AT_ONCE, self->at_once_spin,
               G_SETTINGS_BIND_DEFAULT);
  bind_number (settings, WHERRY_SETTINGS_TRANSFERS_PER_SITE, self->per_site_spin,
               G_SETTINGS_BIND_DEFAULT);
  bind_number (settings, WHERRY_SETTINGS_SPEED_LIMIT, self->limit_spin,
               G_SETTINGS_BIND_NO_SENSITIVITY);
  return GTK_WIDGET (self);
}
