/*
 * A FIDO security key without hardware, for ssh-keygen and ssh-agent: the private
 * key is in what a real one calls the key's handle, and nobody has to touch it.
 *
 * The functions are those that OpenSSH looks for in a SecurityKeyProvider (its
 * sk-api.h, version 10); the signature is CTAP2's (OpenSSH's PROTOCOL.u2f).
 */
#include <gcrypt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION 0x000a0000
#define UNSUPPORTED (-2)
#define FAILED (-1)

#define HANDLE_MAX 4096

enum { ECDSA, ED25519 };

struct sk_option;
struct sk_resident_key;

struct sk_enroll_response {
  uint8_t flags;
  uint8_t *public_key;
  size_t public_key_len;
  uint8_t *key_handle;
  size_t key_handle_len;
  uint8_t *signature;
  size_t signature_len;
  uint8_t *attestation_cert;
  size_t attestation_cert_len;
  uint8_t *authdata;
  size_t authdata_len;
};

struct sk_sign_response {
  uint8_t flags;
  uint32_t counter;
  uint8_t *sig_r;
  size_t sig_r_len;
  uint8_t *sig_s;
  size_t sig_s_len;
};

uint32_t sk_api_version (void);
int sk_enroll (uint32_t algorithm,
               const uint8_t *challenge,
               size_t challenge_size,
               const char *application,
               uint8_t flags,
               const char *pin,
               struct sk_option **options,
               struct sk_enroll_response **response);
int sk_sign (uint32_t algorithm,
             const uint8_t *data,
             size_t size,
             const char *application,
             const uint8_t *handle,
             size_t handle_size,
             uint8_t flags,
             const char *pin,
             struct sk_option **options,
             struct sk_sign_response **response);
int sk_load_resident_keys (const char *pin,
                           struct sk_option **options,
                           struct sk_resident_key ***keys,
                           size_t *n_keys);

uint32_t
sk_api_version (void)
{
  gcry_check_version (NULL);
  gcry_control (GCRYCTL_DISABLE_SECMEM, 0);
  gcry_control (GCRYCTL_INITIALIZATION_FINISHED, 0);
  return API_VERSION;
}

static uint8_t *
copy (const void *data, size_t size)
{
  uint8_t *bytes = malloc (size);

  if (bytes != NULL)
    memcpy (bytes, data, size);
  return bytes;
}

/* Appends the bytes that follow NAME somewhere in an expression; as many as WIDTH, if that is not
 * 0. */
static int
append_bytes (gcry_sexp_t expression, const char *name, size_t width, uint8_t **bytes, size_t *size)
{
  gcry_sexp_t found = gcry_sexp_find_token (expression, name, 0);
  size_t length = 0;
  const char *data = found != NULL ? gcry_sexp_nth_data (found, 1, &length) : NULL;
  size_t lacking = width > length ? width - length : 0;
  uint8_t *longer = data != NULL ? realloc (*bytes, *size + lacking + length) : NULL;

  if (longer != NULL)
    {
      memset (longer + *size, 0, lacking);
      memcpy (longer + *size + lacking, data, length);
      *bytes = longer;
      *size += lacking + length;
    }
  gcry_sexp_release (found);
  return longer != NULL;
}

int
sk_enroll (uint32_t algorithm,
           const uint8_t *challenge,
           size_t challenge_size,
           const char *application,
           uint8_t flags,
           const char *pin,
           struct sk_option **options,
           struct sk_enroll_response **response)
{
  const char *kind = algorithm == ED25519 ? "(genkey (ecc (curve Ed25519) (flags eddsa)))"
                                          : "(genkey (ecc (curve \"NIST P-256\")))";
  struct sk_enroll_response *made = calloc (1, sizeof *made);
  gcry_sexp_t parameters = NULL, pair = NULL, private_key = NULL;
  char handle[HANDLE_MAX];
  int worked = 0;

  if (made != NULL && gcry_sexp_new (&parameters, kind, 0, 1) == 0
      && gcry_pk_genkey (&pair, parameters) == 0)
    private_key = gcry_sexp_find_token (pair, "private-key", 0);
  if (private_key != NULL)
    made->key_handle_len
        = gcry_sexp_sprint (private_key, GCRYSEXP_FMT_CANON, handle, sizeof handle);
  if (private_key != NULL && made->key_handle_len > 0)
    {
      made->flags = flags;
      made->key_handle = copy (handle, made->key_handle_len);
      made->signature = copy ("", 1); /* of the attestation, which nobody looks at */
      made->signature_len = 1;
      worked = append_bytes (private_key, "q", 0, &made->public_key, &made->public_key_len)
               && made->key_handle != NULL && made->signature != NULL;
    }
  gcry_sexp_release (private_key);
  gcry_sexp_release (pair);
  gcry_sexp_release (parameters);
  *response = made;
  return worked ? 0 : FAILED;
}

int
sk_sign (uint32_t algorithm,
         const uint8_t *data,
         size_t size,
         const char *application,
         const uint8_t *handle,
         size_t handle_size,
         uint8_t flags,
         const char *pin,
         struct sk_option **options,
         struct sk_sign_response **response)
{
  struct sk_sign_response *made = calloc (1, sizeof *made);
  gcry_sexp_t key = NULL, message = NULL, signature = NULL;
  uint8_t said[32 + 1 + 4 + 32];
  uint8_t digest[32];
  int worked = 0;

  /* Whom it is for, that somebody is there, how often it was used, what is signed. */
  gcry_md_hash_buffer (GCRY_MD_SHA256, said, application, strlen (application));
  said[32] = flags;
  memcpy (said + 33, "\0\0\0\1", 4);
  gcry_md_hash_buffer (GCRY_MD_SHA256, said + 37, data, size);
  gcry_md_hash_buffer (GCRY_MD_SHA256, digest, said, sizeof said);

  if (made != NULL && gcry_sexp_new (&key, handle, handle_size, 1) == 0
      && (algorithm == ED25519
              ? gcry_sexp_build (&message, NULL,
                                 "(data (flags eddsa) (hash-algo sha512) (value %b))",
                                 (int) sizeof said, said)
              : gcry_sexp_build (&message, NULL, "(data (flags raw) (hash sha256 %b))",
                                 (int) sizeof digest, digest))
             == 0
      && gcry_pk_sign (&signature, message, key) == 0)
    {
      made->flags = flags;
      made->counter = 1;
      worked = append_bytes (signature, "r", 32, &made->sig_r, &made->sig_r_len);
      /* Ed25519's is one string. */
      worked = worked
               && (algorithm == ED25519
                       ? append_bytes (signature, "s", 32, &made->sig_r, &made->sig_r_len)
                       : append_bytes (signature, "s", 0, &made->sig_s, &made->sig_s_len));
    }
  gcry_sexp_release (signature);
  gcry_sexp_release (message);
  gcry_sexp_release (key);
  *response = made;
  return worked ? 0 : FAILED;
}

int
sk_load_resident_keys (const char *pin,
                       struct sk_option **options,
                       struct sk_resident_key ***keys,
                       size_t *n_keys)
{
  return UNSUPPORTED;
}
