#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>

namespace osler::test {

struct FreeOfOpenSsl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(FILE* file) const { std::fclose(file); }
};

/// A certificate for 127.0.0.1 that only its own file vouches for.
struct SelfSigned {
  SelfSigned() : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    X509* x = certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key.get());
    const unsigned char name[] = "127.0.0.1";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    const std::unique_ptr<X509_EXTENSION, FreeOfOpenSsl> address(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"));
    X509_add_ext(x, address.get(), -1);
    X509_sign(x, key.get(), EVP_sha256());
  }

  void write(const std::filesystem::path& path) const {
    const std::unique_ptr<FILE, FreeOfOpenSsl> file(std::fopen(path.c_str(), "wb"));
    PEM_write_X509(file.get(), certificate.get());
  }

  std::unique_ptr<EVP_PKEY, FreeOfOpenSsl> key;
  std::unique_ptr<X509, FreeOfOpenSsl> certificate;
};

}  // namespace osler::test
