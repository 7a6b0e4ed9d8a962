#include "config.h"

#include "ui/wherry-transfer-rules.h"

#include "ui/wherry-settings.h"

static WherrySite *
find_site (WherrySiteStore *sites, const WherryEndpoint *endpoint)
{
  if (sites == NULL || !wherry_endpoint_is_remote (endpoint))
    return NULL;
  return wherry_site_store_find_login (sites, endpoint->login);
}

static void
set_protocol (WherryEndpoint *endpoint, WherrySite *site)
{
  if (site == NULL)
    return;
  switch (wherry_site_get_number (site, WHERRY_SITE_PROTOCOL))
    {
    case WHERRY_SITE_PROTOCOL_SCP:
      endpoint->protocol = WHERRY_PROTOCOL_SCP;
      break;
    case WHERRY_SITE_PROTOCOL_SFTP:
      endpoint->protocol = WHERRY_PROTOCOL_SFTP;
      break;
    case WHERRY_SITE_PROTOCOL_AUTOMATIC:
    default:
      break;
    }
}

static gboolean
site_has (WherrySite *site, WherrySiteField field, gboolean otherwise)
{
  return site != NULL ? wherry_site_get_number (site, field) != 0 : otherwise;
}

static gboolean
preserves (WherrySite *site, GSettings *settings)
{
  return (settings == NULL || g_settings_get_boolean (settings, WHERRY_SETTINGS_PRESERVE))
         && site_has (site, WHERRY_SITE_PRESERVE_TIMES, TRUE)
         && site_has (site, WHERRY_SITE_PRESERVE_MODES, TRUE);
}

static gboolean
verifies (WherrySite *site, GSettings *settings)
{
  return (settings != NULL && g_settings_get_boolean (settings, WHERRY_SETTINGS_VERIFY))
         || site_has (site, WHERRY_SITE_VERIFY, FALSE);
}

/* What a person sends is to be the same there, whatever kind it is. */
static WherryTransferFlags
get_flags (WherrySite *site, GSettings *settings)
{
  WherryTransferFlags flags = WHERRY_TRANSFER_RECURSIVE | WHERRY_TRANSFER_INTO;

  if (preserves (site, settings))
    flags |= WHERRY_TRANSFER_PRESERVE;
  if (verifies (site, settings))
    flags |= WHERRY_TRANSFER_VERIFY;
  return flags;
}

/* The preference has the same words as a site's file. */
static WherrySiteConflict
get_usual_conflict (GSettings *settings)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (WHERRY_TYPE_SITE_CONFLICT);
  g_autofree char *word
      = settings != NULL ? g_settings_get_string (settings, WHERRY_SETTINGS_CONFLICTS) : NULL;
  const GEnumValue *value = word != NULL ? g_enum_get_value_by_nick (words, word) : NULL;

  return value != NULL ? (WherrySiteConflict) value->value : WHERRY_SITE_CONFLICT_ASK;
}

static WherryConflictPolicy
get_policy (WherrySite *site, GSettings *settings)
{
  WherrySiteConflict conflict = WHERRY_SITE_CONFLICT_USUAL;

  if (site != NULL)
    conflict = (WherrySiteConflict) wherry_site_get_number (site, WHERRY_SITE_CONFLICTS);
  if (conflict == WHERRY_SITE_CONFLICT_USUAL)
    conflict = get_usual_conflict (settings);
  switch (conflict)
    {
    case WHERRY_SITE_CONFLICT_REPLACE:
      return WHERRY_CONFLICT_OVERWRITE;
    case WHERRY_SITE_CONFLICT_REPLACE_OLDER:
      return WHERRY_CONFLICT_OVERWRITE_OLDER;
    case WHERRY_SITE_CONFLICT_REPLACE_DIFFERENT:
      return WHERRY_CONFLICT_OVERWRITE_OTHER_SIZE;
    case WHERRY_SITE_CONFLICT_SKIP:
      return WHERRY_CONFLICT_SKIP;
    case WHERRY_SITE_CONFLICT_RENAME:
      return WHERRY_CONFLICT_RENAME;
    case WHERRY_SITE_CONFLICT_RESUME:
      return WHERRY_CONFLICT_RESUME;
    case WHERRY_SITE_CONFLICT_ASK:
    case WHERRY_SITE_CONFLICT_USUAL:
    default:
      return WHERRY_CONFLICT_ASK;
    }
}

static WherryWalkerLinks
get_links (WherrySite *site)
{
  switch (wherry_site_get_number (site, WHERRY_SITE_LINKS))
    {
    case WHERRY_SITE_LINKS_FOLLOW:
      return WHERRY_WALKER_LINKS_FOLLOW;
    case WHERRY_SITE_LINKS_SKIP:
      return WHERRY_WALKER_LINKS_SKIP;
    case WHERRY_SITE_LINKS_WITHIN:
    default:
      return WHERRY_WALKER_LINKS_WITHIN;
    }
}

/**
 * wherry_transfer_rules_make:
 * @source: what to copy
 * @target: the folder it goes into
 * @sites: (nullable): the person's sites. What the one of the target's server
 *   says holds, or of the source's where the target's is none
 * @settings: (nullable): the preferences, for what the site leaves open
 * @rules: (nullable): what holds this time in place of what the site says
 *
 * Returns: (transfer full): a transfer that a person asked for; questions are the
 *   queue's to ask
 */
WherryTransfer *
wherry_transfer_rules_make (const WherryEndpoint *source,
                            const WherryEndpoint *target,
                            WherrySiteStore *sites,
                            GSettings *settings,
                            WherrySite *rules)
{
  g_return_val_if_fail (source != NULL && target != NULL, NULL);

  WherrySite *source_site = find_site (sites, source);
  WherrySite *target_site = find_site (sites, target);
  WherrySite *site = rules != NULL ? rules : target_site != NULL ? target_site : source_site;
  g_autoptr (WherryEndpoint) from = wherry_endpoint_copy (source);
  g_autoptr (WherryEndpoint) to = wherry_endpoint_copy (target);
  WherryTransfer *transfer;

  set_protocol (from, source_site);
  set_protocol (to, target_site);
  /* What was chosen for this one is not added to. */
  transfer = wherry_transfer_new (from, to, get_flags (site, rules != NULL ? NULL : settings));
  wherry_transfer_set_conflicts (transfer, get_policy (site, settings), NULL);
  if (site != NULL)
    {
      const char *const *include = wherry_site_get_list (site, WHERRY_SITE_INCLUDE);
      const char *const *exclude = wherry_site_get_list (site, WHERRY_SITE_EXCLUDE);

      wherry_transfer_set_links (transfer, get_links (site));
      if (*include != NULL || *exclude != NULL)
        {
          g_autoptr (WherryFilter) filter = wherry_filter_new (include, exclude);

          wherry_transfer_set_filter (transfer, filter);
        }
    }
  return transfer;
}

/**
 * wherry_transfer_rules_dup:
 * @login: a server
 * @sites: (nullable): the person's sites
 * @settings: (nullable): the preferences
 *
 * Returns: (transfer full): what would hold for a transfer with that server, to be
 *   changed and given to wherry_transfer_rules_make()
 */
WherrySite *
wherry_transfer_rules_dup (const WherryLogin *login, WherrySiteStore *sites, GSettings *settings)
{
  WherrySite *site = sites != NULL ? wherry_site_store_find_login (sites, login) : NULL;
  WherrySite *rules = site != NULL ? wherry_site_duplicate (site) : wherry_site_new ();
  gboolean preserve = preserves (site, settings);

  wherry_site_set_number (rules, WHERRY_SITE_PRESERVE_TIMES, preserve);
  wherry_site_set_number (rules, WHERRY_SITE_PRESERVE_MODES, preserve);
  wherry_site_set_number (rules, WHERRY_SITE_VERIFY, verifies (site, settings));
  return rules;
}
