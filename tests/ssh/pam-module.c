/*
 * A PAM module for the tests' sshd: it asks a password and a code, and says of
 * every account what its arguments say. It looks at no system file.
 *
 * Arguments: password=TEXT, code=TEXT (asked if given), new=TEXT (what a changed
 * password has to be), account=expired|denied|new-password, message=TEXT
 */
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>

static const char *
get_argument (int argc, const char **argv, const char *name)
{
  size_t length = strlen (name);

  for (int i = 0; i < argc; i++)
    if (strncmp (argv[i], name, length) == 0 && argv[i][length] == '=')
      return argv[i] + length + 1;
  return NULL;
}

/* Says or asks something; whether the answer is the one that is wanted. */
static int
converse (pam_handle_t *handle, int style, const char *text, const char *wanted)
{
  const struct pam_conv *conversation = NULL;
  const struct pam_message message = { .msg_style = style, .msg = text };
  const struct pam_message *messages[] = { &message };
  struct pam_response *response = NULL;
  int is_right = wanted == NULL;

  if (pam_get_item (handle, PAM_CONV, (const void **) &conversation) != PAM_SUCCESS
      || conversation == NULL
      || conversation->conv (1, messages, &response, conversation->appdata_ptr) != PAM_SUCCESS)
    return 0;
  if (response != NULL && response->resp != NULL)
    is_right = is_right || strcmp (response->resp, wanted) == 0;
  if (response != NULL)
    free (response->resp);
  free (response);
  return is_right;
}

int
pam_sm_authenticate (pam_handle_t *handle, int flags, int argc, const char **argv)
{
  const char *code = get_argument (argc, argv, "code");

  if (!converse (handle, PAM_PROMPT_ECHO_OFF, "Password: ", get_argument (argc, argv, "password")))
    return PAM_AUTH_ERR;
  if (code != NULL && !converse (handle, PAM_PROMPT_ECHO_ON, "Code of the token: ", code))
    return PAM_AUTH_ERR;
  return PAM_SUCCESS;
}

int
pam_sm_setcred (pam_handle_t *handle, int flags, int argc, const char **argv)
{
  return PAM_SUCCESS;
}

int
pam_sm_acct_mgmt (pam_handle_t *handle, int flags, int argc, const char **argv)
{
  const char *account = get_argument (argc, argv, "account");
  const char *message = get_argument (argc, argv, "message");

  if (message != NULL)
    converse (handle, PAM_ERROR_MSG, message, NULL);
  if (account == NULL)
    return PAM_SUCCESS;
  if (strcmp (account, "new-password") == 0)
    return PAM_NEW_AUTHTOK_REQD;
  return strcmp (account, "expired") == 0 ? PAM_ACCT_EXPIRED : PAM_PERM_DENIED;
}

int
pam_sm_chauthtok (pam_handle_t *handle, int flags, int argc, const char **argv)
{
  const char *wanted = get_argument (argc, argv, "new");

  /* Once it is asked whether it can be done, then to do it. */
  if ((flags & PAM_PRELIM_CHECK) != 0)
    return PAM_SUCCESS;
  if (wanted == NULL || !converse (handle, PAM_PROMPT_ECHO_OFF, "New password: ", wanted)
      || !converse (handle, PAM_PROMPT_ECHO_OFF, "Retype new password: ", wanted))
    return PAM_AUTHTOK_ERR;
  return PAM_SUCCESS;
}

int
pam_sm_open_session (pam_handle_t *handle, int flags, int argc, const char **argv)
{
  return PAM_SUCCESS;
}

int
pam_sm_close_session (pam_handle_t *handle, int flags, int argc, const char **argv)
{
  return PAM_SUCCESS;
}
