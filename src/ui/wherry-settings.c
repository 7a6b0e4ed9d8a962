#include "config.h"

#include "ui/wherry-settings.h"

/**
 * wherry_settings_new:
 *
 * Returns: (transfer full) (nullable): the settings; %NULL if their schema is
 *   not installed, as when started straight from a build folder, where
 *   g_settings_new() would abort
 */
GSettings *
wherry_settings_new (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;

  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, WHERRY_SETTINGS_SCHEMA, TRUE);
  if (schema == NULL)
    return NULL;

  return g_settings_new_full (schema, NULL, NULL);
}
